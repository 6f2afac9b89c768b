//! Statuses and challenges of refused requests.

use doorward_guard::any;
use doorward_guard::guards::from_async_fn;

use crate::app::{ADA, get, guards, whoami};

#[tokio::test]
async fn every_failed_scheme_is_named_in_the_order_of_the_flow() {
    let app = whoami(&guards().rule(any(), "/*", "basic || bearer || key").build().unwrap());

    let answer = get(&app, "/me", &[("authorization", "Bearer nope")]).await;

    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenges(),
        [r#"Basic realm="api", charset="UTF-8""#, r#"Bearer realm="api", error="invalid_token""#]
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_missing_key_is_a_bad_request_and_a_wrong_one_is_forbidden() {
    let app = whoami(&guards().rule(any(), "/*", "key").build().unwrap());

    assert_eq!(get(&app, "/me", &[]).await.status, 400);
    assert_eq!(get(&app, "/me", &[("x-api-key", "k-2")]).await.status, 403);
    assert_eq!(get(&app, "/me", &[("x-api-key", "k-1"), ("x-api-key", "k-1")]).await.status, 400);
    assert_eq!(get(&app, "/me", &[("x-api-key", "k-1")]).await.body, "robot");
}

#[tokio::test]
async fn a_lacking_scope_is_named() {
    let app = whoami(&guards().rule(any(), "/*", "bearer").scopes(["read", "write"]).build().unwrap());

    let answer = get(&app, "/me", &[("authorization", "Bearer tok-1")]).await;

    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.challenges(),
        [r#"Bearer realm="api", scope="read write", error="insufficient_scope""#]
    );
    assert!(answer.body.contains(r#"the scope \"write\"."#), "{}", answer.body);
}

#[tokio::test]
async fn a_guard_that_cannot_be_asked_is_no_wrong_credential() {
    let broken = from_async_fn(|_| async { Err::<bool, _>(std::io::Error::other("the directory is down")) });
    let guards = guards().guard("broken", broken).rule(any(), "/*", "basic || broken").build().unwrap();
    let app = whoami(&guards);

    let answer = get(&app, "/me", &[]).await;

    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "5");
    assert!(!answer.body.contains("directory"));
    assert_eq!(get(&app, "/me", &[("authorization", ADA)]).await.body, "ada", "another guard vouches");
}

#[tokio::test]
async fn an_application_may_write_its_own_answer_but_let_nobody_in_by_it() {
    let guards = guards()
        .rule(any(), "/*", "basic && key")
        .on_refusal(|refusal| Some(http::Response::new(format!("no: {}", refusal.checked()).into())))
        .build()
        .unwrap();

    let answer = get(&whoami(&guards), "/me", &[("authorization", ADA), ("x-api-key", "k-2")]).await;

    assert_eq!(answer.status, 403);
    assert_eq!(answer.body, "no: * /*  basic && key: refused (basic passed; key wrong: unknown key)");
}

#[tokio::test]
async fn two_authorization_headers_are_a_bad_request() {
    let app = whoami(&guards().rule(any(), "/*", "basic || key").build().unwrap());

    let answer =
        get(&app, "/me", &[("authorization", ADA), ("authorization", ADA), ("x-api-key", "k-1")]).await;

    assert_eq!(answer.status, 400);
}
