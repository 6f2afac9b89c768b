//! People who use the server.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::TestApp;

/// The password of everybody who is not told to take another one.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody by name: `ada` is `ada@example.com`.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    app: &'a TestApp,
    name: &'a str,
}

/// What a login gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The session's id.
    pub session: String,
    /// The value of the session cookie; empty when none was asked for.
    pub cookie: String,
}

impl<'a> Person<'a> {
    pub(crate) const fn new(app: &'a TestApp, name: &'a str) -> Self {
        Self { app, name }
    }

    /// Makes the account; gives it as the server shows it.
    pub async fn registered(self) -> Value {
        self.register().await.expect(201).json()
    }

    /// Tries to make the account.
    pub async fn register(self) -> Answer {
        let body = json!({
            "email": format!("{}@example.com", self.name),
            "username": self.name,
            "password": PASSWORD,
        });
        self.app.post("/api/v1/users").json(&body).await
    }

    /// Makes the account and logs in.
    pub async fn signed_in(self) -> SignedIn {
        self.registered().await;
        self.logged_in().await
    }

    /// Makes the account and logs in with a session cookie.
    pub async fn signed_in_by_cookie(self) -> SignedIn {
        self.registered().await;
        let body = json!({ "identifier": self.name, "password": PASSWORD, "cookie": true });
        SignedIn::read(&self.app.post("/api/v1/login").json(&body).await.expect(200))
    }

    /// Logs in to the account, which is there.
    pub async fn logged_in(self) -> SignedIn {
        SignedIn::read(&self.login(PASSWORD).await.expect(200))
    }

    /// Tries to log in with `password`.
    pub async fn login(self, password: &str) -> Answer {
        self.app.login(self.name, password).await
    }
}

impl SignedIn {
    /// What the answer to a login or a refresh gives.
    pub fn read(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().expect("the field is text").to_owned();
        let cookie =
            answer.set_cookie("__Host-doorward").split(';').next().and_then(|pair| pair.split_once('='));
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            session: text("session_id"),
            cookie: cookie.map(|(_, value)| value.to_owned()).unwrap_or_default(),
        }
    }
}
