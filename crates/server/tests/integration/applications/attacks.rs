//! What must not work.

use doorward_core::Ttl;
use doorward_testkit::{Logs, assert_problem};
use serde_json::json;

use super::{CALLBACK, FORM, VERIFIER, World, added, claims, form, hidden, refusal, returned};

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

#[track_caller]
fn is_invalid_grant(answer: &doorward_testkit::Answer) {
    let (status, word) = refusal(answer);
    assert_eq!((status, &*word), INVALID_GRANT);
}

#[tokio::test]
async fn a_code_that_comes_again_ends_what_was_given_for_it() {
    let world = World::new().await;
    let code = world.code(&[]).await;
    let tokens = world.redeem(&code).await.expect(200).json();
    world.userinfo(&tokens).await.expect(200);

    is_invalid_grant(&world.redeem(&code).await);

    assert_eq!(world.userinfo(&tokens).await.code(), "token_revoked");
    is_invalid_grant(&world.renew(&world.shop, tokens["refresh_token"].as_str().unwrap()).await);
    assert_eq!(world.app.verdict(&world.ada.access).await, 200, "ada herself stays signed in");
}

#[tokio::test]
async fn of_many_who_come_with_a_code_at_once_at_most_one_is_given_something() {
    let world = World::new().await;
    let code = world.code(&[]).await;

    let body = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", &world.shop.id),
        ("client_secret", world.shop.secret.as_ref().unwrap()),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]);
    let answers = world.app.race(8, |app, _| app.post("/oauth2/token").body(FORM, body.clone())).await;

    let given: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(world.userinfo(&given[0].json()).await.code(), "token_revoked", "and loses it again");
}

#[tokio::test]
async fn a_code_is_for_its_application_its_address_its_secret_and_a_minute() {
    let world = World::new().await;
    let other = added(&world.app, &world.root, json!({ "name": "Other" })).await;
    let secret = other.secret.unwrap();
    let of_other = [("client_id", &*other.id), ("client_secret", &*secret)];
    let code = world.code(&[]).await;

    for wish in [
        &of_other[..],
        &[("redirect_uri", "https://shop.example/callback")],
        &[("redirect_uri", "https://shop.example/callback?shop=1/")],
        &[("code_verifier", "another-verifier-of-forty-three-letters-or-more")],
        &[("code_verifier", "short")],
        &[("code", "dwa_AAAA")],
    ] {
        is_invalid_grant(&world.redeem_with(&code, wish).await);
    }
    let challenge = doorward_core::Digest::of(VERIFIER.as_bytes()).to_string();
    is_invalid_grant(&world.redeem_with(&code, &[("code_verifier", &challenge)]).await);
    assert_eq!(
        refusal(&world.redeem_with(&code, &[("code_verifier", "")]).await),
        (400, "invalid_request".into())
    );
    world.redeem(&code).await.expect(200);
    let late = world.code(&[]).await;
    world.app.clock.advance(Ttl::from_seconds(60));
    is_invalid_grant(&world.redeem(&late).await);
}

#[tokio::test]
async fn a_code_is_worth_nothing_once_the_login_it_came_from_has_ended() {
    let world = World::new().await;
    let code = world.code(&[]).await;

    world.app.post("/api/v1/logout").bearer(&world.ada.access).await.expect(204);

    is_invalid_grant(&world.redeem(&code).await);
}

#[tokio::test]
async fn an_application_has_to_be_who_it_says() {
    let world = World::new().await;
    let public = added(&world.app, &world.root, json!({ "name": "Phone", "is_public": true })).await;
    let code = world.code(&[]).await;

    for wish in [
        &[("client_secret", "")][..],
        &[("client_secret", "dwo_AAAA")],
        &[("client_id", "")],
        &[("client_id", "nobody")],
        &[("client_id", "00000000-0000-7000-8000-000000000000")],
        &[("client_id", &*public.id)],
    ] {
        let answer = world.redeem_with(&code, wish).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".into()), "{wish:?}");
        assert!(answer.header("www-authenticate").starts_with("Basic"), "{wish:?}");
    }
    let both = world.redeem(&code).header("authorization", "Basic YTpi");
    assert_eq!(refusal(&both.await), (400, "invalid_request".into()));
    let twice = format!(
        "{}&code=x",
        form(&[("grant_type", "authorization_code"), ("code", &code), ("client_id", &public.id)])
    );
    assert_eq!(
        refusal(&world.app.post("/oauth2/token").body(FORM, twice).await),
        (400, "invalid_request".into())
    );
    let in_query = format!("/oauth2/token?client_secret={}", world.shop.secret.as_ref().unwrap());
    let sent = world
        .app
        .post(&in_query)
        .body(FORM, form(&[("client_id", &world.shop.id), ("grant_type", "refresh_token")]));
    assert_eq!(refusal(&sent.await), (401, "invalid_client".into()));
    world.redeem(&code).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_is_its_applications_and_nobody_elses() {
    let world = World::new().await;
    let other = added(&world.app, &world.root, json!({ "name": "Other" })).await;
    let tokens = world.tokens(&[]).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();

    is_invalid_grant(&world.renew(&other, refresh).await);
    assert_eq!(world.app.refresh(refresh).await.code(), "token_invalid", "nor its owner's own");
    is_invalid_grant(&world.renew(&world.shop, &world.ada.refresh).await);

    world.userinfo(&tokens).await.expect(200);
    let second = world.renew(&world.shop, refresh).await.expect(200).json();
    world.app.clock.advance(Ttl::from_minutes(5));
    is_invalid_grant(&world.renew(&world.shop, refresh).await);
    assert_eq!(world.userinfo(&second).await.code(), "token_revoked", "one that was stolen ends its session");
}

#[tokio::test]
async fn nobody_is_sent_where_the_application_is_not_registered() {
    let world = World::new().await;

    for uri in [
        "",
        "https://evil.example/callback",
        "https://shop.example/callback",
        "https://shop.example/callback/?shop=1",
        "https://shop.example/callback?shop=1&x",
        "https://shop.example.evil.example/callback?shop=1",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        for prompt in ["", "none"] {
            let page = world.opens(&[("redirect_uri", uri), ("prompt", prompt)]).await;
            assert_eq!((page.status.as_u16(), page.header("location")), (400, ""), "{uri}");
            assert!(page.header("content-type").starts_with("text/html"), "{uri}");
        }
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", world.target(&[]));
    assert_eq!(world.app.get(&twice).await.status, 400);
    for id in ["", "nobody", "00000000-0000-7000-8000-000000000000", "<script>"] {
        let page = world.opens(&[("client_id", id)]).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, ""), "{id}");
        assert!(!page.text().contains("<script"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_login_leads_to_the_application_and_nowhere_else() {
    let world = World::new().await;
    let request = world.request(&[("redirect_uri", "https://evil.example/")]);
    let body = form(&[("request", &request), ("identifier", "ada"), ("password", super::RIGHT)]);

    let refused = world.app.post("/oauth2/login").body(FORM, body).await;

    assert_eq!((refused.status.as_u16(), refused.header("location")), (400, ""));
    assert_eq!(refused.set_cookie("__Host-doorward"), "");
}

#[tokio::test]
async fn another_site_neither_signs_in_nor_agrees_in_a_visitors_name() {
    let world = World::new().await;
    let page = world.opens(&[]).await.expect(200);
    let (request, seal) = (hidden(&page, "request"), hidden(&page, "seal"));
    let body = form(&[("request", &request), ("seal", &seal), ("decision", "allow")]);
    let cookie = format!("__Host-doorward={}", world.ada.cookie);
    let from_elsewhere = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];

    for (name, value) in from_elsewhere {
        let agree = world.app.post("/oauth2/consent").header("cookie", &cookie).header(name, value);
        assert_problem!(agree.body(FORM, body.clone()).await, 403, "cross_site");
        let login = form(&[("request", &request), ("identifier", "ada"), ("password", super::RIGHT)]);
        let login = world.app.post("/oauth2/login").header(name, value).body(FORM, login).await;
        assert_eq!((login.code(), login.set_cookie("__Host-doorward")), ("cross_site".to_owned(), ""));
    }
}

#[tokio::test]
async fn a_yes_counts_for_what_was_asked_in_the_session_it_was_asked_in() {
    let world = World::new().await;
    let eve = world.app.user("eve").signed_in_by_cookie().await;
    let page = world.opens(&[("scope", "openid")]).await.expect(200);
    let (request, seal) = (hidden(&page, "request"), hidden(&page, "seal"));
    let more = world.request(&[]);

    for (request, seal, cookie) in [
        (&*more, &*seal, &*world.ada.cookie),
        (&*request, &*seal, &*eve.cookie),
        (&*request, "", &*world.ada.cookie),
        (&*request, "bm90IGl0", &*world.ada.cookie),
    ] {
        let body = form(&[("request", request), ("seal", seal), ("decision", "allow")]);
        let refused = world.app.post("/oauth2/consent").cookie(cookie).body(FORM, body).await;
        assert_eq!((refused.status.as_u16(), refused.header("location")), (403, ""), "{}", refused.text());
    }
    world.opens(&[("scope", "openid"), ("prompt", "none")]).await.expect(303);
    assert_eq!(
        returned(&world.opens(&[("scope", "openid"), ("prompt", "none")]).await).get("error"),
        "consent_required"
    );
}

#[tokio::test]
async fn pages_stand_in_no_frame_load_nothing_and_lead_to_applications_alone() {
    let world = World::new().await;

    for page in [world.opens(&[]).await, world.app.get(&world.target(&[])).await] {
        let policy = page.header("content-security-policy");
        assert_eq!(
            policy,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' https:; frame-ancestors 'none'; base-uri 'none'"
        );
        assert_eq!(
            (page.header("referrer-policy"), page.header("cache-control")),
            ("no-referrer", "no-store")
        );
    }
}

#[tokio::test]
async fn the_token_of_an_application_opens_nothing_that_is_its_owners_alone() {
    let world = World::with(json!({ "scope": "openid profile email" })).await;
    let tokens = world.tokens(&[]).await;
    let access = tokens["access_token"].as_str().unwrap();
    let calls = [
        ("GET", "/api/v1/me"),
        ("DELETE", "/api/v1/me"),
        ("PUT", "/api/v1/me/password"),
        ("PUT", "/api/v1/me/email"),
        ("GET", "/api/v1/me/export"),
        ("GET", "/api/v1/sessions"),
        ("POST", "/api/v1/logout/everywhere"),
        ("POST", "/api/v1/api-keys"),
        ("GET", "/api/v1/admin/users"),
        ("POST", "/api/v1/admin/clients"),
    ];

    for (method, path) in calls {
        let answer = world.app.call(method.parse().unwrap(), path).bearer(access).json(&json!({})).await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (403, "forbidden"), "{method} {path}");
    }
    assert_eq!(world.app.verdict(access).await, 200, "guards believe it");
    assert_eq!(claims(&tokens["access_token"])["client_id"], world.shop.id);
}

#[tokio::test]
async fn an_id_token_opens_nothing() {
    let world = World::new().await;
    let tokens = world.tokens(&[]).await;

    let answer = world.app.get("/oauth2/userinfo").bearer(tokens["id_token"].as_str().unwrap()).await;

    assert_problem!(answer, 401, "token_invalid");
}

#[tokio::test]
async fn no_code_secret_or_token_of_a_login_is_logged() {
    let logs = Logs::capture();
    let world = World::new().await;
    let page = world.opens(&[]).await.expect(200);
    let seal = hidden(&page, "seal");
    let code = returned(&world.says(&page, "allow").await).get("code");
    let tokens = world.redeem(&code).await.expect(200).json();
    world.redeem(&code).await.expect(400);
    world.redeem_with(&code, &[("client_secret", "dwo_AAAA")]).await.expect(401);
    let hint = tokens["id_token"].as_str().unwrap();
    world.app.get(&format!("/oauth2/logout?{}", form(&[("id_token_hint", hint)]))).await.expect(200);

    let text = logs.text();

    assert!(text.contains("was refused"), "the capture works");
    let given = ["access_token", "refresh_token", "id_token"].map(|name| tokens[name].as_str().unwrap());
    let secret = world.shop.secret.as_ref().unwrap();
    for secret in [&*seal, &*code, &**secret, VERIFIER].into_iter().chain(given) {
        // What JWTs begin with is no secret.
        let shown = &secret[secret.len() - 20..];
        assert!(!text.contains(shown), "found in the log: {shown}…");
    }
}
