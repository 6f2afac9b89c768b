//! Applications that people sign in to: OAuth 2.1 and OpenID Connect, from the request that a browser brings to the tokens.

mod admin;
mod attacks;
mod back_channel;
mod by_itself;
mod consents;
mod elsewhere;
mod journey;
mod leaving;
mod questions;
mod real_clients;

use doorward_core::Digest;
use doorward_testkit::{Answer, Call, PASSWORD, SignedIn, TestApp, from_base64url};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

const FORM: &str = "application/x-www-form-urlencoded";
const CALLBACK: &str = "https://shop.example/callback?shop=1";
const GOODBYE: &str = "https://shop.example/goodbye";
const VERIFIER: &str = "a-verifier-of-forty-three-letters-at-the-least";

/// An application that was added.
#[derive(Debug, Clone)]
struct Application {
    id: String,
    secret: Option<String>,
}

/// Adds an application, which is as others are but for `wish`.
async fn added(app: &TestApp, root: &SignedIn, wish: Value) -> Application {
    let mut body = json!({ "name": "Shop", "redirect_uris": [CALLBACK], "post_logout_uris": [GOODBYE] });
    body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
    let added = app.post("/api/v1/admin/clients").bearer(&root.access).json(&body).await.expect(201).json();
    let text = |name: &str| added[name].as_str().map(str::to_owned);
    Application { id: text("client_id").unwrap(), secret: text("client_secret") }
}

/// A server with one application, and ada, who is signed in to the server itself.
struct World {
    app: TestApp,
    root: SignedIn,
    shop: Application,
    ada: SignedIn,
}

impl World {
    async fn new() -> Self {
        Self::with(json!({})).await
    }

    /// A world whose application is as others are but for `wish`.
    async fn with(wish: Value) -> Self {
        Self::on(TestApp::start().await, wish).await
    }

    /// As [`World::with`], on this server.
    async fn on(app: TestApp, wish: Value) -> Self {
        let root = app.superuser().await;
        let shop = added(&app, &root, wish).await;
        let ada = app.user("ada").signed_in_by_cookie().await;
        Self { app, root, shop, ada }
    }

    /// Where the application sends a browser: as usual, but for `wish`; what is empty is left out.
    fn target(&self, wish: &[(&str, &str)]) -> String {
        format!("/oauth2/authorize?{}", self.request(wish))
    }

    fn request(&self, wish: &[(&str, &str)]) -> String {
        let challenge = Digest::of(VERIFIER.as_bytes()).to_string();
        let usual = [
            ("client_id", &*self.shop.id),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("state", "a state &="),
            ("nonce", "n-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let others = usual.iter().filter(|(name, _)| wish.iter().all(|(wished, _)| wished != name));
        let said = others.chain(wish).filter(|(_, value)| !value.is_empty());
        Serializer::new(String::new()).extend_pairs(said).finish()
    }

    /// What ada's browser gets to see.
    async fn opens(&self, wish: &[(&str, &str)]) -> Answer {
        self.app.get(&self.target(wish)).cookie(&self.ada.cookie).await
    }

    /// Ada says yes on the page that asks, when there is one; the code.
    async fn code(&self, wish: &[(&str, &str)]) -> String {
        let page = self.opens(wish).await;
        let answer = if page.status == 200 { self.says(&page, "allow").await } else { page };
        returned(&answer).get("code")
    }

    /// Ada presses a button of a page that asks.
    async fn says(&self, page: &Answer, decision: &str) -> Answer {
        let (request, seal) = (hidden(page, "request"), hidden(page, "seal"));
        let body = form(&[("request", &request), ("seal", &seal), ("decision", decision)]);
        self.app.post("/oauth2/consent").cookie(&self.ada.cookie).body(FORM, body).await
    }

    /// The application comes with a code.
    fn redeem(&self, code: &str) -> Call {
        self.redeem_with(code, &[])
    }

    fn redeem_with(&self, code: &str, wish: &[(&str, &str)]) -> Call {
        let secret = self.shop.secret.clone().unwrap_or_default();
        let usual = [
            ("grant_type", "authorization_code"),
            ("client_id", &*self.shop.id),
            ("client_secret", &secret),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let others = usual.iter().filter(|(name, _)| wish.iter().all(|(wished, _)| wished != name));
        let said: Vec<_> = others.chain(wish).filter(|(_, value)| !value.is_empty()).copied().collect();
        self.token(&said)
    }

    fn token(&self, fields: &[(&str, &str)]) -> Call {
        self.app.post("/oauth2/token").body(FORM, form(fields))
    }

    /// Fresh tokens for the application.
    fn renew(&self, of: &Application, refresh: &str) -> Call {
        let secret = of.secret.clone().unwrap_or_default();
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", &of.id),
            ("client_secret", &secret),
            ("refresh_token", refresh),
        ])
    }

    /// The tokens of a whole login.
    async fn tokens(&self, wish: &[(&str, &str)]) -> Value {
        let code = self.code(wish).await;
        self.redeem(&code).await.expect(200).json()
    }

    async fn userinfo(&self, tokens: &Value) -> Answer {
        self.app.get("/oauth2/userinfo").bearer(tokens["access_token"].as_str().unwrap()).await
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value of a hidden field.
#[track_caller]
fn hidden(page: &Answer, name: &str) -> String {
    let (_, rest) =
        page.text().split_once(&format!("name=\"{name}\" value=\"")).expect("the page has the field");
    let value = rest.split('"').next().unwrap();
    value.replace("&amp;", "&").replace("&#x2f;", "/").replace("&quot;", "\"").replace("&#x27;", "'")
}

/// What the application finds in the address that a browser brings back.
#[derive(Debug)]
struct Returned(Url);

#[track_caller]
fn returned(answer: &Answer) -> Returned {
    assert_eq!(answer.status, 303, "{}", answer.text());
    Returned(answer.header("location").parse().expect("an address"))
}

impl Returned {
    /// The one value of `name`; empty when there is none.
    fn get(&self, name: &str) -> String {
        let mut values = self.0.query_pairs().filter(|(other, _)| other == name).map(|(_, value)| value);
        let value = values.next().unwrap_or_default().into_owned();
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }
}

/// What a JWT says.
fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&from_base64url(&payload)).unwrap()
}

/// A refusal where tokens are given: its status and word.
#[track_caller]
fn refusal(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    (answer.status.as_u16(), body["error"].as_str().unwrap().to_owned())
}

/// Somebody without a session types name and password on the page that asks who they are.
async fn types(app: &TestApp, page: &Answer, password: &str) -> Answer {
    let request = hidden(page, "request");
    let body = form(&[("request", &request), ("identifier", "ada"), ("password", password)]);
    app.post("/oauth2/login").body(FORM, body).await
}

const RIGHT: &str = PASSWORD;
