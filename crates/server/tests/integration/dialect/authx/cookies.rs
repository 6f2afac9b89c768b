//! What the two cookies are like.

use super::{Browser, app, new, with};

#[tokio::test]
async fn no_script_and_no_other_site_has_them_and_they_live_as_long_as_their_tokens() {
    let app = app().await;

    let answer = Browser::new(&app).post("/register", &new("anna")).await;

    let lines: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    for (line, name, life) in
        [(lines[0], "authx_access=", "Max-Age=600;"), (lines[1], "authx_refresh=", "Max-Age=2592000;")]
    {
        assert!(line.starts_with(name) && line.contains(life), "{line}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(line.contains(attribute), "{line}");
        }
        assert!(!line.contains("Secure") && !line.contains("Domain"), "{line}");
    }
}

#[tokio::test]
async fn they_cross_no_plain_connection_where_people_use_tls() {
    let app = with(|plan| plan.http.public_url = "https://auth.example".into()).await;

    let answer = Browser::new(&app).post("/register", &new("anna")).await;

    assert!(
        answer.headers.get_all("set-cookie").iter().all(|line| line.to_str().unwrap().contains("; Secure;"))
    );
}

#[tokio::test]
async fn they_are_called_as_the_operator_says_and_the_routes_are_where_they_say() {
    let app = with(|plan| {
        plan.http.dialects.authx.prefix = "/users".into();
        plan.http.dialects.authx.access_cookie = "access_c".into();
        plan.http.dialects.authx.refresh_cookie = "refresh_c".into();
    })
    .await;

    let answer = app.post("/users/register").json(&new("anna")).await.expect(200);

    let names: Vec<_> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap().split('=').next().unwrap())
        .collect();
    assert_eq!(names, ["access_c", "refresh_c"]);
    assert_eq!(app.post("/api/users/register").json(&new("bert")).await.status, 404);
}

#[tokio::test]
async fn a_server_that_was_not_told_to_serve_them_does_not() {
    let app = with(|plan| plan.http.dialects.authx.enabled = false).await;

    for path in ["/register", "/login", "/token", "/1"] {
        assert_eq!(app.post(&format!("/api/users{path}")).json(&new("anna")).await.code(), "not_found");
    }
}
