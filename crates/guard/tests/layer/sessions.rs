//! What a session remembers of credentials that were sent once.

use axum::Router;
use doorward_guard::guards::Basic;
use doorward_guard::{Guards, any};

use crate::app::{ADA, get, whoami};

fn app() -> Router {
    let basic = Basic::users([("ada", "lovelace"), ("eve", "pw")]).remembered();
    whoami(&Guards::builder().guard("basic", basic).rule(any(), "/*", "basic").build().unwrap())
}

#[tokio::test]
async fn a_remembered_guard_needs_credentials_once() {
    let app = app();
    let first = get(&app, "/", &[("authorization", ADA)]).await;
    let cookie = first.headers["set-cookie"].to_str().unwrap();

    assert!(
        cookie.starts_with("__Host-doorward-guard=") && cookie.contains("; Secure; HttpOnly; SameSite=Lax")
    );
    let cookie = cookie.split(';').next().unwrap();
    let second = get(&app, "/", &[("cookie", cookie)]).await;
    assert_eq!(second.body, "ada");
    assert!(!second.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn credentials_that_are_sent_go_before_the_session() {
    let app = app();
    let first = get(&app, "/", &[("authorization", ADA)]).await;
    let cookie = first.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();

    let eve = get(&app, "/", &[("cookie", &cookie), ("authorization", "Basic ZXZlOnB3")]).await;
    let wrong = get(&app, "/", &[("cookie", &cookie), ("authorization", "Basic ZXZlOng=")]).await;

    assert_eq!(eve.body, "eve");
    assert_ne!(eve.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap(), cookie, "a new name");
    assert_eq!(wrong.status, 401);
}

#[tokio::test]
async fn a_name_that_was_not_given_out_is_nobodys_session() {
    let planted = "__Host-doorward-guard=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    assert_eq!(get(&app(), "/", &[("cookie", planted)]).await.status, 401);
}
