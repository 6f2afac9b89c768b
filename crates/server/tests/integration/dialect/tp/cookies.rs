//! Cookies, for services that read these.

use doorward_testkit::TestApp;

use super::{logged_in, token, with, with_settings};

const LOGIN: &str = "username=ada&password=correct+horse+battery";

async fn with_cookies() -> TestApp {
    with_settings("cookies = true\n", &[]).await
}

#[tokio::test]
async fn a_login_sets_cookies_that_no_script_and_no_other_site_reads_where_that_is_switched_on() {
    let app = with_cookies().await;

    let answer = token(&app, LOGIN).await.expect(200);

    let body = answer.json();
    assert_eq!(body["token"], body["access_token"]);
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let flags = "; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Strict";
    let text = |name: &str| body[name].as_str().unwrap();
    assert_eq!(
        cookies,
        [
            format!("user_id={}{flags}", text("user_id")),
            format!("access_token={}{flags}", text("access_token"))
        ]
    );
    let plain = token(&with(&[]).await, LOGIN).await;
    assert_eq!(plain.header("set-cookie"), "");
}

#[tokio::test]
async fn the_cookie_stands_for_the_token_and_for_no_other_site() {
    let app = with_cookies().await;
    let cookie = format!("user_id=x; access_token={}", logged_in(&app).await);
    let refresh = |site: &str| app.post("/refresh").header("cookie", &cookie).header("sec-fetch-site", site);

    refresh("cross-site").await.expect(403);
    refresh("same-origin").await.expect(200);
    app.get("/api/v1/me").header("cookie", &cookie).await.expect(401);

    let out = app.post("/logout").header("cookie", &cookie).await.expect(200);
    assert!(
        out.headers.get_all("set-cookie").iter().all(|line| line.to_str().unwrap().contains("Max-Age=0"))
    );
    refresh("same-origin").await.expect(401);
}

#[tokio::test]
async fn where_it_is_not_switched_on_a_cookie_stands_for_nothing() {
    let app = with(&[]).await;
    let cookie = format!("access_token={}", logged_in(&app).await);

    app.post("/refresh").header("cookie", &cookie).await.expect(401);
}
