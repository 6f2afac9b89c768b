//! Applications added, listed and removed.

use doorward_testkit::{TestApp, assert_problem};
use serde_json::{Value, json};

use super::{World, refusal};

const CLIENTS: &str = "/api/v1/admin/clients";

#[tokio::test]
async fn the_secret_is_shown_once_and_kept_nowhere() {
    let world = World::new().await;
    let secret = world.shop.secret.clone().unwrap();

    let listed = world.app.get(CLIENTS).bearer(&world.root.access).await.expect(200);

    assert!(secret.starts_with("dwo_") && !listed.text().contains(&secret));
    let shop = &listed.json()[0];
    assert_eq!((&shop["client_id"], &shop["name"]), (&json!(world.shop.id), &json!("Shop")));
    assert_eq!((&shop["scope"], &shop["is_public"]), (&json!("email openid profile"), &json!(false)));
}

#[tokio::test]
async fn what_was_given_to_an_application_ends_with_it() {
    let world = World::new().await;
    let (code, tokens) = (world.code(&[]).await, world.tokens(&[]).await);
    world.userinfo(&tokens).await.expect(200);
    let path = format!("{CLIENTS}/{}", world.shop.id);

    world.app.delete(&path).bearer(&world.root.access).await.expect(204);

    assert_eq!(world.userinfo(&tokens).await.code(), "token_revoked");
    assert_eq!(refusal(&world.redeem(&code).await), (401, "invalid_client".into()));
    assert_eq!(world.opens(&[]).await.status, 400);
    assert_problem!(world.app.delete(&path).bearer(&world.root.access).await, 404, "not_found");
    let other = world.app.another_node().await;
    let access = tokens["access_token"].as_str().unwrap();
    assert!(other.authenticate(access).await.is_err());
}

#[tokio::test]
async fn an_application_that_could_not_be_told_from_another_is_not_added() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let add = |wish: Value| {
        let mut body = json!({ "name": "Shop", "redirect_uris": ["https://shop.example/cb"] });
        body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        app.post(CLIENTS).bearer(&root.access).json(&body)
    };

    for wish in [
        json!({ "name": " " }),
        json!({ "name": "a\nb" }),
        json!({ "redirect_uris": [] }),
        json!({ "redirect_uris": ["http://shop.example/cb"] }),
        json!({ "redirect_uris": ["https://shop.example/cb#x"] }),
        json!({ "redirect_uris": ["https://*.example/ cb"] }),
        json!({ "post_logout_uris": ["javascript:alert(1)"] }),
    ] {
        assert_problem!(add(wish).await, 400, "invalid_field");
    }
    assert_problem!(add(json!({ "scope": "openid nothing" })).await, 400, "invalid_scope");
}

#[tokio::test]
async fn nobody_adds_an_application_that_may_do_what_they_may_not() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").registered().await;
    let role = json!({ "name": "apps", "description": "", "scope": "admin:clients" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let path = format!("/api/v1/admin/users/{}/roles/apps", ada["id"].as_str().unwrap());
    app.put(&path).bearer(&root.access).await.expect(200);
    let ada = app.user("ada").logged_in().await;
    let add = |scope: &str| {
        let body = json!({ "name": "Shop", "redirect_uris": ["https://shop.example/cb"], "scope": scope });
        app.post(CLIENTS).bearer(&ada.access).json(&body)
    };

    assert_problem!(add("openid admin:users").await, 400, "invalid_scope");
    add("openid admin:clients documents:read").await.expect(201);
}

#[tokio::test]
async fn what_an_application_may_do_its_user_may_do_too() {
    let scope = json!({ "scope": "openid admin:users", "is_trusted": true });
    let world = World::with(scope).await;
    let wish = [("scope", "openid admin:users")];
    let of_ada = world.tokens(&wish).await;
    let users = |tokens: &Value| {
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        world.app.get("/api/v1/admin/users").bearer(&access)
    };

    assert_eq!((&of_ada["scope"], users(&of_ada).await.status.as_u16()), (&json!("openid"), 403));

    let role = json!({ "name": "support", "description": "", "scope": "admin:users" });
    world.app.post("/api/v1/admin/roles").bearer(&world.root.access).json(&role).await.expect(201);
    let id = super::claims(&of_ada["access_token"])["sub"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/admin/users/{id}/roles/support");
    world.app.put(&path).bearer(&world.root.access).await.expect(200);
    users(&of_ada).await.expect(200);
}

#[tokio::test]
async fn what_happens_with_applications_is_in_the_audit_log() {
    let world = World::new().await;
    let code = world.code(&[]).await;
    world.redeem(&code).await.expect(200);
    world.redeem(&code).await;
    let path = format!("{CLIENTS}/{}", world.shop.id);
    world.app.delete(&path).bearer(&world.root.access).await.expect(204);

    let log = world.app.get("/api/v1/admin/audit").bearer(&world.root.access).await.expect(200);

    for deed in ["client_added", "consent_given", "client_signed_in", "code_reused", "client_removed"] {
        assert!(log.text().contains(&format!("\"{deed}\"")), "{deed}");
    }
}
