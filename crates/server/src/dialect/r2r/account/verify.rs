//! `POST /v1/verify_email/{code}`, `/v2/verify_email`, `/v3/users/verify-email`: proves the address of an account by what came in
//! the mail, the long token of its link or the short code; and `POST /v3/users/send-verification-email`, which sends it anew.
//!
//! Codes leave by mail only, and asking for one says nothing of whether the address has an account.

use axum::extract::{Path, State};
use doorward_core::client::Client;
use doorward_core::ticket::Presented;
use doorward_core::{Code, Secret};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::wire::{Message, Refused, Results, Sent, Spoken, done};
use crate::http::extract::Caller;

/// Fewer characters than any token has, and more than a code with the blanks that people type.
const CODE_MAX: usize = 16;

/// The code, with the address it went to or alone.
#[derive(Debug, Deserialize)]
pub(in super::super) struct VerifyBody {
    email: Option<String>,
    verification_code: Secret<String>,
}

impl Spoken for VerifyBody {
    const BARE: Option<&'static str> = Some("verification_code");
}

/// An address, in an object or as a bare string.
#[derive(Debug, Deserialize)]
pub(in super::super) struct AddressBody {
    pub(super) email: String,
}

impl Spoken for AddressBody {
    const BARE: Option<&'static str> = Some("email");
}

pub(in super::super) async fn verify_by_path(
    State(app): State<AppState>,
    Caller(client): Caller,
    Path(code): Path<String>,
) -> Result<Results<bool>, Refused> {
    present(&app, VerifyBody { email: None, verification_code: Secret::new(code) }, &client).await?;
    Ok(Results::of(true))
}

pub(in super::super) async fn verify(
    State(app): State<AppState>,
    Caller(client): Caller,
    Sent(body): Sent<VerifyBody>,
) -> Result<Results<Message>, Refused> {
    present(&app, body, &client).await?;
    Ok(done("Email verified successfully"))
}

async fn present(app: &AppState, body: VerifyBody, client: &Client) -> Result<(), Refused> {
    let VerifyBody { email, verification_code: code } = body;
    let presented = match email {
        // A short code is a guess away from any other: it counts only with the address it was sent to.
        None if code.expose().len() <= CODE_MAX => return Err(Code::TicketInvalid.into()),
        Some(email) if code.expose().len() <= CODE_MAX => Presented::Code { email, code },
        _ => Presented::Token(code),
    };
    app.core.verify_email(&presented, client).await?;
    Ok(())
}

pub(in super::super) async fn send_verification(
    State(app): State<AppState>,
    Caller(client): Caller,
    Sent(body): Sent<AddressBody>,
) -> Result<Results<Message>, Refused> {
    app.core.ask_verification(&body.email, None, &client).await?;
    Ok(done("If the address has an account that is not verified, a mail is on its way"))
}
