//! `POST /v1/login`, `/v2/login`, `/v3/users/login`: opens a session, by the form of OAuth2's password grant or the same as JSON.

use axum::extract::State;
use doorward_core::login::LoginAttempt;
use doorward_core::{Error, Secret};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::shape::TokensBody;
use crate::dialect::r2r::wire::{Refused, Results, Sent, Spoken};
use crate::http::extract::Caller;

/// Who wants to come in.
#[derive(Debug, Deserialize)]
pub(in super::super) struct LoginBody {
    /// The address; the form calls it so.
    #[serde(alias = "email")]
    username: String,
    password: Secret<String>,
}

impl Spoken for LoginBody {}

pub(in super::super) async fn login(
    State(app): State<AppState>,
    Caller(client): Caller,
    Sent(body): Sent<LoginBody>,
) -> Result<Results<TokensBody>, Refused> {
    let attempt = LoginAttempt {
        identifier: body.username,
        password: body.password,
        wants_cookie: false,
        replaced_cookie: None,
        captcha: None,
        device: None,
        scope: None,
    };
    let signed_in = app.core.login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    Ok(Results::of(TokensBody::from(&signed_in?)))
}
