use doorward_core::Ttl;
use doorward_testkit::TestApp;

#[tokio::test]
async fn the_key_set_has_public_members_only_and_may_be_kept_for_a_while() {
    let app = TestApp::start().await;

    let answer = app.get("/.well-known/jwks.json").await.expect(200);

    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    for secret in ["d", "p", "q", "k"] {
        assert!(keys[0].get(secret).is_none(), "{secret}");
    }
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["crv"], &keys[0]["alg"]),
        (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into())
    );
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_the_one_before_stays_believed() {
    let app = TestApp::start().await;
    let before = app.core.signing_kid();

    app.clock.advance(Ttl::from_days(90));
    app.core.tidy().await.unwrap();
    let published = app.get("/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().len();
    let still = app.core.signing_kid();
    let ada = app.user("ada").signed_in().await;
    app.clock.advance(Ttl::from_minutes(9));
    app.core.tidy().await.unwrap();

    assert_eq!((published, still), (2, before));
    assert_eq!(app.verdict(&ada.access).await, 200);
}

#[tokio::test]
async fn the_front_door_leads_to_the_documentation() {
    let app = TestApp::start().await;

    let front = app.get("/").await;
    let page = app.get("/docs/").await.expect(200);

    assert_eq!((front.status.as_u16(), front.header("location")), (303, "/docs/"));
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let app = TestApp::start().await;

    for path in ["/docs/", "/docs/swagger-initializer.js", "/docs/index.css"] {
        let answer = app.get(path).await.expect(200);
        let policy = answer.header("content-security-policy");

        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        for elsewhere in ["src=\"http", "href=\"http", "url: \"http", "\"url\": \"http", "url(http"] {
            assert!(!answer.text().contains(elsewhere), "{path}: {elsewhere}");
        }
        assert!(!answer.text().contains("<script>"), "{path}: the policy would stop it");
    }
    assert!(app.get("/docs/swagger-initializer.js").await.text().contains("/openapi.json"));
}
