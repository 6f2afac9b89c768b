//! Which rule a request falls under.

use axum::Router;
use axum::routing::get as on_get;
use doorward_guard::{any, get as get_method, post};
use http::Method;

use crate::app::{ADA, get, guards, send, whoami};

#[tokio::test]
async fn no_method_and_no_spelling_leads_around_a_rule() {
    let guards = guards().rule(get_method(), "/admin", "basic").public(any(), "/*").build().unwrap();
    let app = whoami(&guards);

    for (method, path) in [("GET", "/admin"), ("HEAD", "/admin"), ("GET", "/admin/"), ("GET", "/%61dmin")] {
        let request =
            http::Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
        assert_eq!(send(&app, request).await.status, 401, "{method} {path}");
    }
    for path in ["//admin", "/x/../admin", "/x%2f..%2fadmin", "/./admin"] {
        assert_eq!(get(&app, path, &[]).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn what_has_no_rule_is_open_or_refused_as_chosen() {
    let open = whoami(&guards().rule(any(), "/me", "basic").build().unwrap());
    let closed = whoami(&guards().rule(any(), "/me", "basic").default_deny().build().unwrap());

    assert_eq!(get(&open, "/other", &[]).await.status, 200);
    assert_eq!(get(&closed, "/other", &[("authorization", ADA)]).await.status, 403);
}

#[tokio::test]
async fn a_route_may_have_a_rule_of_its_own() {
    let guards = guards().build().unwrap();
    let app = Router::new()
        .route("/open", on_get(|| async { "open" }))
        .route("/read", on_get(|| async { "read" }).layer(guards.require("bearer").unwrap().scopes(["read"])))
        .route("/write", on_get(|| async { "write" }))
        .route_layer(guards.require("bearer || key").unwrap().scopes(["write"]));
    let bearer = [("authorization", "Bearer tok-1")];

    assert_eq!(get(&app, "/write", &bearer).await.status, 403);
    assert_eq!(get(&app, "/write", &[]).await.status, 401);
    assert_eq!(get(&app, "/read", &bearer).await.status, 403, "both layers count");
    assert_eq!(get(&app, "/nowhere", &[]).await.status, 404, "a route layer leaves other paths alone");
}

#[tokio::test]
async fn an_optional_rule_lets_nobody_in_as_nobody_and_refuses_wrong_credentials() {
    let app = whoami(&guards().rule(any(), "/*", "basic").optional().build().unwrap());

    assert_eq!(get(&app, "/", &[]).await.body, "nobody");
    assert_eq!(get(&app, "/", &[("authorization", ADA)]).await.body, "ada");
    assert_eq!(get(&app, "/", &[("authorization", "Basic eDp5")]).await.status, 401);
}

#[test]
fn everything_that_is_wrong_is_told_when_guards_are_built() {
    let error = guards()
        .guard("basic", doorward_guard::guards::Basic::users([("a", "b")]).realm("line\nbreak"))
        .guard("empty", doorward_guard::guards::ApiKey::header("x").secret(""))
        .rule(any(), "/a", "basic && typo")
        .rule(post(), "/b", "basic &&")
        .rule(any(), "/c", "basic")
        .rule(any(), "/c/", "key")
        .rule(any(), "d", "key")
        .rule(any(), "/e", "key")
        .scopes(["two words"])
        .build()
        .unwrap_err();

    let told: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "there are two guards called \"basic\"",
            "the guard \"basic\" cannot be used: the realm is empty or has control characters",
            "the guard \"empty\" cannot be used: an empty key is no key",
            "the rule for /a names the guard \"typo\", which does not exist",
            "the flow of the rule for /b cannot be read: expected the name of a guard or `(` at column 9",
            "the rule for /c/ cannot be used: an earlier rule has the same path and method",
            "the rule for d cannot be used: a path begins with `/`",
            "the rule for /e asks for the scope \"two words\": a scope is printable ASCII without space, quote and backslash",
        ]
    );
}

#[test]
fn a_rule_explains_itself() {
    let guards = guards()
        .rule(any(), "/*", "basic || key")
        .rule(post(), "/api/*", "bearer && key")
        .scopes(["read"])
        .default_deny()
        .build()
        .unwrap();

    assert_eq!(
        guards.explain(&Method::POST, "/api/x").to_string(),
        "POST /api/x: rule 2: POST /api/*  bearer && key  scope read"
    );
    assert_eq!(guards.explain(&Method::GET, "/api/x").to_string(), "GET /api/x: rule 1: * /*  basic || key");
}

#[tokio::test]
async fn guards_around_an_application_stand_before_its_fallback_too() {
    let guards = guards().rule(any(), "/*", "basic").build().unwrap();
    let router = Router::new().route("/me", on_get(|| async { "me" })).fallback(|| async { "nothing here" });
    let app = Router::new().fallback_service(guards.around(router));

    assert_eq!(get(&app, "/other", &[]).await.status, 401);
    assert_eq!(get(&app, "/other", &[("authorization", ADA)]).await.body, "nothing here");
    assert_eq!(get(&app, "/me", &[("authorization", ADA)]).await.body, "me");
}
