//! `GET /v3/users/oauth/{provider}/authorize` and `/callback`: a login with a provider of the configuration, or one that was built in.
//!
//! The link's state is the provider's to make and to check; a provider that is not set up is not found.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use doorward_core::login::ProviderAttempt;
use doorward_core::port::{Begin, LoginStart};
use doorward_core::{Code, Error, Secret};

use crate::app::AppState;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::shape::TokensBody;
use crate::dialect::r2r::wire::{Message, Params, Refused, Results, done};
use crate::http::extract::Caller;

pub(in super::super) async fn authorize(
    State(app): State<AppState>,
    Caller(client): Caller,
    Path(provider): Path<String>,
) -> Result<Results<Message>, Refused> {
    let start = LoginStart { client, ..LoginStart::default() };
    match app.core.begin_login(&provider, &start).await? {
        Begin::Redirect(address) => Ok(done(address)),
        Begin::Ask(_) => Err(Code::NotFound.into()),
    }
}

pub(in super::super) async fn callback(
    State(app): State<AppState>,
    Caller(client): Caller,
    Path(provider): Path<String>,
    params: Params,
) -> Result<Results<TokensBody>, Refused> {
    let mut fields = BTreeMap::new();
    for name in ["code", "state"] {
        let value = params.text(name).ok_or_else(|| Malformed::missing("query", name))?;
        fields.insert(name.to_owned(), Secret::new(value.to_owned()));
    }
    fields.extend(params.text("iss").map(|issuer| ("iss".to_owned(), Secret::new(issuer.to_owned()))));
    let attempt = ProviderAttempt { provider, fields, ..ProviderAttempt::default() };
    let signed_in = app.core.finish_login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    Ok(Results::of(TokensBody::from(&signed_in.map_err(refusal)?)))
}

/// Nobody comes in for whom no account is there and none can be made: one 401, as of a wrong password.
fn refusal(error: Error) -> Error {
    match error.code() {
        Code::EmailTaken => {
            Error::new(Code::InvalidCredentials, "Another account has this address: log in to it as always.")
        }
        Code::InvalidEmail => {
            Error::new(Code::InvalidCredentials, "The provider tells no email address of you.")
        }
        _ => error,
    }
}
