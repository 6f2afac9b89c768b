//! `POST /v1/register`, `/v2/register`, `/v3/users`: makes an account, as long as registration is open.

use axum::extract::State;
use doorward_core::account::{Profile, Registration};
use doorward_core::{Code, Secret};
use http::HeaderMap;
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{Refused, Results, Sent, Spoken};
use crate::http::credential::{api_key, bearer};
use crate::http::extract::Caller;

/// What a new account begins with.
#[derive(Debug, Deserialize)]
pub(in super::super) struct RegisterBody {
    email: String,
    password: Secret<String>,
    name: Option<String>,
    bio: Option<String>,
    profile_picture: Option<String>,
    /// Counts the address as proved, by the word of whoever runs the server.
    is_verified: Option<bool>,
}

impl Spoken for RegisterBody {}

pub(in super::super) async fn register(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    Sent(body): Sent<RegisterBody>,
) -> Result<Results<UserBody>, Refused> {
    let RegisterBody { name, bio, profile_picture: picture, .. } = body;
    let voucher = match body.is_verified {
        Some(true) => {
            let who = match (bearer(&headers)?, api_key(&headers)?) {
                (Some(token), _) => app.core.authenticate_from(token, &client).await?,
                (None, Some(key)) => app.core.authenticate_key_from(key, &client).await?,
                (None, None) => return Err(Code::Forbidden.into()),
            };
            who.require_superuser()?;
            Some(who)
        }
        _ => None,
    };
    let registration = Registration {
        email: body.email,
        username: None,
        password: body.password,
        profile: Profile { name, bio, picture, ..Profile::default() },
        captcha: None,
    };
    let user = app.core.register(registration, &client).await?;
    let user = match voucher {
        Some(who) => app.core.verify_email_of(&who, user.id, &client).await?,
        None => user,
    };
    Ok(Results::of(user.into()))
}
