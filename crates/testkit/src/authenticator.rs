//! An authenticator app, and what else somebody keeps who has a second factor.

use doorward_core::factor::shown_by_app;
use doorward_core::{Timestamp, Ttl};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::TestApp;
use crate::call::Call;
use crate::person::PASSWORD;

/// How long an app shows a code.
const STEP: Ttl = Ttl::from_seconds(30);

/// An app, and the recovery codes beside it.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// What was typed into the app.
    pub secret: String,
    /// What was written down.
    pub recovery_codes: Vec<String>,
}

impl Authenticator {
    /// What the app shows at this moment of `app`.
    pub fn shows(&self, app: &TestApp) -> String {
        self.shows_after(app, 0)
    }

    /// What it shows so many steps later, or earlier.
    pub fn shows_after(&self, app: &TestApp, steps: i64) -> String {
        shown_by_app(&self.secret, Timestamp::from_millis(app.now() + steps * STEP.as_millis()))
    }
}

impl TestApp {
    /// Sets up the second factor of whoever has this access token. By now the app shows a code that was not used.
    pub async fn second_factor(&self, access: &str) -> Authenticator {
        let path = "/api/v1/me/second-factor";
        let begun = self.post(path).bearer(access).json(&json!({ "password": PASSWORD })).await;
        let secret = begun.expect(200).json()["secret"].as_str().expect("there is a secret").to_owned();
        let mut kept = Authenticator { secret, recovery_codes: Vec::new() };
        let code = json!({ "code": kept.shows(self) });
        let confirmed = self.post(&format!("{path}/confirm")).bearer(access).json(&code).await.expect(200);
        let codes: Value = confirmed.json()["recovery_codes"].clone();
        kept.recovery_codes = serde_json::from_value(codes).expect("there are codes");
        self.clock.advance(STEP);
        kept
    }

    /// The ticket of a login with the right password.
    pub async fn ticket(&self, identifier: &str) -> String {
        let refused: Answer = self.login(identifier, PASSWORD).await;
        let problem = refused.check_problem(403, "second_factor_required");
        problem["ticket"].as_str().expect("there is a ticket").to_owned()
    }

    /// The second half of a login.
    pub fn second_half(&self, ticket: &str, code: &str) -> Call {
        self.post("/api/v1/login/second-factor").json(&json!({ "ticket": ticket, "code": code }))
    }
}
