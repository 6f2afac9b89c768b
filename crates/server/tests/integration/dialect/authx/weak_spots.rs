//! Where AuthX can be led astray, and that Doorward cannot in the same way.

use std::time::Instant;

use doorward_core::Ttl;
use doorward_core::port::Quota;
use http::Method;
use serde_json::{Value, json};

use super::{ACCESS, Browser, PASSWORD, app, check, done, new, with};

const NOTHING: Value = Value::Null;
const OTHER: &str = "another-horse-entirely";

fn attempt(login: &str, password: &str) -> Value {
    json!({ "login": login, "password": password })
}

#[tokio::test]
async fn spot_1_a_broken_or_expired_cookie_is_a_401_everywhere() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut expired = anna.clone();
    app.clock.advance(Ttl::from_minutes(11));
    let mut garbage = Browser { access: Some("garbage".into()), ..Browser::new(&app) };
    let mut none = Browser::new(&app);

    for browser in [&mut expired, &mut garbage, &mut none] {
        for path in ["/token", "/confirm", "/password"] {
            check(&browser.post(path, &NOTHING).await, 401, "Unauthorized");
        }
        for path in ["/confirm", "/password"] {
            check(&browser.get(path).await, 401, "Unauthorized");
        }
        check(&browser.put("/password", &NOTHING).await, 401, "Unauthorized");
    }
    let twice = app.post("/api/users/token").header("cookie", &format!("{ACCESS}=a; {ACCESS}=b")).await;
    check(&twice, 401, "Unauthorized");
    done(&anna.post("/logout", &NOTHING).await);
}

#[tokio::test]
async fn spot_2_a_refresh_token_is_no_access_token_nor_is_an_api_key() {
    let app = app().await;
    let anna = Browser::registered(&app, "anna").await;
    let refresh = anna.refresh.clone();
    let key = app
        .post("/api/v1/api-keys")
        .bearer(anna.access.as_ref().unwrap())
        .json(&json!({ "name": "k" }))
        .await
        .expect(201)
        .json()["key"]
        .as_str()
        .map(str::to_owned);

    for access in [refresh, key] {
        let mut browser = Browser { access, ..anna.clone() };
        check(&browser.post("/token", &NOTHING).await, 401, "Unauthorized");
    }
}

#[tokio::test]
async fn spot_3_a_logout_ends_the_session_also_by_the_refresh_token_alone() {
    let app = app().await;
    let both = Browser::registered(&app, "anna").await;
    let mut bert = Browser::registered(&app, "bert").await;
    bert.access = None;

    for browser in [both, bert] {
        done(&browser.clone().post("/logout", &NOTHING).await);

        check(&browser.clone().post("/token", &NOTHING).await, 401, "Unauthorized");
        check(&browser.clone().post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
    }
}

#[tokio::test]
async fn spot_4_refresh_tokens_rotate_and_a_stolen_one_ends_the_session() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut thief = anna.clone();
    anna.post("/token/refresh", &NOTHING).await.expect(200);
    app.clock.advance(Ttl::from_minutes(1));

    check(&thief.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");

    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    check(&anna.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
}

#[tokio::test]
async fn spot_4_a_new_password_ends_the_other_sessions() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut elsewhere = Browser::new(&app);
    done(&elsewhere.post("/login", &attempt("anna", PASSWORD)).await);
    let change = json!({ "old_password": PASSWORD, "password1": OTHER, "password2": OTHER });

    done(&anna.put("/password", &change).await);

    check(&elsewhere.post("/token", &NOTHING).await, 401, "Unauthorized");
    anna.post("/token", &NOTHING).await.expect(200);
    // Later than the mail about the change: the younger of two is read.
    app.clock.advance(Ttl::from_minutes(1));
    let email = json!({ "email": "anna@example.com" });
    done(&elsewhere.post("/forgot_password", &email).await);
    let path = format!("/password/{}", app.mail_to("anna@example.com").await.token());
    done(&elsewhere.post(&path, &json!({ "password1": PASSWORD, "password2": PASSWORD })).await);
    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
}

#[tokio::test]
async fn spot_5_a_reset_token_works_once_and_for_a_while() {
    let app = app().await;
    Browser::registered(&app, "anna").await;
    let mut stranger = Browser::new(&app);
    let email = json!({ "email": "anna@example.com" });
    let new = json!({ "password1": OTHER, "password2": OTHER });
    done(&stranger.post("/forgot_password", &email).await);
    let path = format!("/password/{}", app.mail_to("anna@example.com").await.token());

    done(&stranger.post(&path, &new).await);
    check(&stranger.post(&path, &new).await, 404, "Not Found");

    done(&stranger.post("/forgot_password", &email).await);
    let path = format!("/password/{}", app.mail_to("anna@example.com").await.token());
    app.clock.advance(Ttl::from_minutes(60));
    check(&stranger.post(&path, &new).await, 404, "Not Found");
}

#[tokio::test]
async fn spot_6_one_account_is_guarded_against_many_addresses_and_its_owner_is_not_locked_out() {
    let app = with(|plan| {
        plan.rules.limits.login_per_account = Quota { burst: 5, refill: Ttl::from_minutes(1) };
        plan.http.trusted_proxies = vec!["203.0.113.1/32".parse().unwrap()];
        plan.http.public_url = "https://auth.example".into();
    })
    .await;
    let mut anna = Browser::registered(&app, "anna").await;
    done(&anna.post("/logout", &NOTHING).await);
    let login =
        |from: &str, password: &str| app.post("/api/users/login").json(&attempt("anna", password)).from(from);
    for number in 0..5 {
        check(&login(&format!("198.51.100.{number}"), "wrong").await, 401, "Unauthorized");
    }

    let stranger = login("198.51.100.9", "wrong").await;
    // What a stranger writes into the header moves no counter.
    let liar = login("198.51.100.9", "wrong").header("x-forwarded-for", "192.0.2.77").await;
    let abroad = anna.call(Method::POST, "/login").json(&attempt("anna", PASSWORD)).from("198.51.100.77");
    let owner = abroad.await;

    check(&stranger, 429, "Too many requests");
    assert!(!stranger.header("retry-after").is_empty());
    check(&liar, 429, "Too many requests");
    done(&owner);
}

#[tokio::test]
async fn spot_7_an_unknown_name_and_a_wrong_password_get_one_answer() {
    let app = app().await;
    Browser::registered(&app, "anna").await;
    let mut stranger = Browser::new(&app);

    let wrong = stranger.post("/login", &attempt("anna", "wrong")).await;
    let unknown = stranger.post("/login", &attempt("nobody", "wrong")).await;
    let forgot = async |name: &str| {
        let body = json!({ "email": format!("{name}@example.com") });
        app.post("/api/users/forgot_password").json(&body).await
    };

    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    done(&forgot("anna").await);
    done(&forgot("nobody").await);
}

#[tokio::test]
async fn spot_8_spellings_of_a_name_are_one_and_of_racing_registrations_one_wins() {
    let app = app().await;
    Browser::registered(&app, "anna").await;
    let mut stranger = Browser::new(&app);
    let mut other = new("other");
    other["email"] = json!("ANNA@example.com");
    check(&stranger.post("/register", &other).await, 400, "Email already exists");
    let mut other = new("other");
    other["username"] = json!("Anna");
    check(&stranger.post("/register", &other).await, 400, "Username already exists");

    let race = app.race(16, |app, _| app.post("/api/users/register").json(&new("bert"))).await;

    assert_eq!(race.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(race.iter().all(|answer| [200, 400].contains(&answer.status.as_u16())));
}

#[tokio::test]
async fn spot_10_a_page_of_another_site_changes_nothing() {
    let app = with(|plan| plan.http.public_url = "https://auth.example".into()).await;
    let anna = Browser::registered(&app, "anna").await;
    let own = |call: doorward_testkit::Call| call.header("origin", "https://auth.example");
    let foreign = |call: doorward_testkit::Call| {
        call.header("origin", "https://evil.example").header("sec-fetch-site", "cross-site")
    };

    for (method, path) in [
        (Method::POST, "/register"),
        (Method::POST, "/login"),
        (Method::POST, "/logout"),
        (Method::POST, "/token"),
        (Method::POST, "/token/refresh"),
        (Method::POST, "/confirm"),
        (Method::PUT, "/password"),
        (Method::POST, "/forgot_password"),
        (Method::POST, "/1/change_username"),
        (Method::POST, "/blackout"),
    ] {
        let answer = foreign(anna.call(method, path).json(&json!({}))).await;

        check(&answer, 403, "A browser sent this request in the name of another site.");
    }
    own(anna.call(Method::POST, "/token")).await.expect(200);
}

#[tokio::test]
async fn spot_11_what_is_looked_for_is_never_a_pattern() {
    let app = app().await;
    Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    let began = Instant::now();

    for pattern in [".*", "a*", "^anna$", "%25", "_nna", "(a%2B)%2B%24", "%5B", &"(a*)*".repeat(40)] {
        let found = root.get(&format!("?username={pattern}")).await.expect(200).json();
        assert_eq!(found["items"], json!([]), "{pattern}");
    }

    assert!(began.elapsed().as_secs() < 20);
    assert_eq!(root.get(&format!("?username={}", "a".repeat(300))).await.status, 400);
}

#[tokio::test]
async fn spot_12_a_blackout_does_not_lock_the_administrator_out() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    check(&root.get("/blackout").await, 404, "Not Found");

    done(&root.post("/blackout", &NOTHING).await);

    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    check(&anna.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
    let notice = root.get("/blackout").await.expect(200).json();
    assert!(notice["ts"].as_str().unwrap().ends_with(" UTC"), "{notice}");
    done(&root.delete("/blackout").await);
    check(&root.get("/blackout").await, 404, "Not Found");
    // What has ended stays ended, and a new login works.
    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    app.clock.advance(Ttl::from_millis(1));
    done(&anna.post("/login", &attempt("anna", PASSWORD)).await);
    anna.post("/token", &NOTHING).await.expect(200);
}

#[tokio::test]
async fn spot_12_what_a_blackout_ended_stays_ended_after_a_restart() {
    let app = app().await;
    let anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    done(&root.post("/blackout", &NOTHING).await);
    done(&root.delete("/blackout").await);
    let (access, refresh) = (anna.access.clone(), anna.refresh.clone());

    let app = app.restart().await;

    let mut anna = Browser { access, refresh, ..Browser::new(&app) };
    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    check(&anna.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
}

#[tokio::test]
async fn spot_13_of_several_letters_the_newest_counts() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let older = app.mail_to("anna@example.com").await.token().to_owned();
    done(&anna.post("/confirm", &NOTHING).await);
    let newer = app.mail_to("anna@example.com").await.token().to_owned();

    check(&anna.post(&format!("/confirm/{older}"), &NOTHING).await, 403, "Forbidden");
    done(&anna.post(&format!("/confirm/{newer}"), &NOTHING).await);
}

#[tokio::test]
async fn spot_14_tokens_say_who_made_them_for_whom_and_with_which_key() {
    let app = app().await;
    let anna = Browser::registered(&app, "anna").await;
    let token = anna.access.unwrap();
    let part = |number: usize| -> Value {
        let text = doorward_testkit::from_base64url(token.split('.').nth(number).unwrap());
        serde_json::from_slice(&text).unwrap()
    };

    let jwks = app.get("/.well-known/jwks.json").await.expect(200).json();

    assert_eq!(part(0)["kid"], jwks["keys"][0]["kid"]);
    for claim in ["iss", "aud", "sub", "jti", "iat", "exp"] {
        assert!(!part(1)[claim].is_null(), "{claim}");
    }
}
