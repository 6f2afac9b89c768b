//! The page on which people sign in to applications: it asks on a second page, without scripts.

use doorward_core::Digest;
use doorward_testkit::{Answer, Authenticator, PASSWORD, TestApp};
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::ada;

const FORM: &str = "application/x-www-form-urlencoded";

struct World {
    app: TestApp,
    kept: Authenticator,
    /// What an application has sent the browser with.
    request: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let root = app.superuser().await;
        let (_, kept) = ada(&app).await;
        let shop = json!({ "name": "Shop", "redirect_uris": ["https://shop.example/"], "is_trusted": true });
        let added =
            app.post("/api/v1/admin/clients").bearer(&root.access).json(&shop).await.expect(201).json();
        let challenge = Digest::of(b"verifier").to_string();
        let request = form(&[
            ("client_id", added["client_id"].as_str().unwrap()),
            ("redirect_uri", "https://shop.example/"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Self { app, kept, request }
    }

    async fn types(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form(&[&[("request", &*self.request)], fields].concat());
        self.app.post(path).body(FORM, body).await
    }

    /// The ticket on the page that follows the password.
    async fn ticket(&self) -> String {
        let page = self.types("/oauth2/login", &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(page.header("set-cookie"), "");
        ticket_on(&page.expect(200)).expect("the page asks for a code")
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn ticket_on(page: &Answer) -> Option<String> {
    let (_, rest) = page.text().split_once("name=\"ticket\" value=\"")?;
    Some(rest.split('"').next()?.to_owned())
}

#[tokio::test]
async fn a_code_on_the_second_page_brings_the_browser_to_the_application() {
    let world = World::new().await;
    let ticket = world.ticket().await;

    let wrong = world.types("/oauth2/second-factor", &[("ticket", &ticket), ("code", "000000")]).await;
    assert_eq!((wrong.status.as_u16(), ticket_on(&wrong)), (401, Some(ticket.clone())));
    assert!(!wrong.text().contains("<script"), "{}", wrong.text());
    let code = world.kept.shows(&world.app);
    let on = world.types("/oauth2/second-factor", &[("ticket", &ticket), ("code", &code)]).await.expect(303);

    let cookie = on.set_cookie("__Host-doorward").split([';', '=']).nth(1).unwrap().to_owned();
    let back = world.app.get(on.header("location")).cookie(&cookie).await.expect(303);
    assert!(
        back.header("location").starts_with("https://shop.example/?code="),
        "{}",
        back.header("location")
    );
}

#[tokio::test]
async fn without_a_good_ticket_it_begins_anew() {
    let world = World::new().await;
    let ticket = world.ticket().await;
    for _ in 0..5 {
        world.types("/oauth2/second-factor", &[("ticket", &ticket), ("code", "aaaaaa")]).await.expect(401);
    }
    let code = world.kept.shows(&world.app);

    for ticket in [&*ticket, "", "dwf_"] {
        let page = world.types("/oauth2/second-factor", &[("ticket", ticket), ("code", &code)]).await;
        assert_eq!((page.status.as_u16(), page.header("set-cookie")), (400, ""));
        assert!(page.text().contains("name=\"password\""), "{}", page.text());
    }
}

#[tokio::test]
async fn a_page_of_another_site_sends_no_code() {
    let world = World::new().await;
    let fields = [("request", &*world.request), ("ticket", &world.ticket().await), ("code", "000000")];

    let sent = world.app.post("/oauth2/second-factor").body(FORM, form(&fields));

    assert_eq!(sent.header("origin", "https://evil.example").await.status, 403);
}
