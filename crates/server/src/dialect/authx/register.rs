//! `POST /register`: makes an account and opens its first session.

use axum::extract::State;
use axum::response::Response;
use doorward_core::Secret;
use doorward_core::account::{Profile, Registration};
use serde::Deserialize;

use super::answer::{Refused, null};
use super::body::Members;
use super::{cookies, words};
use crate::app::AppState;
use crate::http::extract::Caller;

/// What a new account begins with.
#[derive(Deserialize)]
pub(super) struct New {
    email: Option<String>,
    username: Option<String>,
    password1: Option<Secret<String>>,
    password2: Option<Secret<String>>,
    captcha: Option<String>,
}

pub(super) async fn register(
    State(app): State<AppState>,
    Caller(client): Caller,
    Members(new): Members<New>,
) -> Result<Response, Refused> {
    let email = words::email(new.email)?;
    let username = words::username(&new.username.ok_or_else(words::unknown)?)?;
    let policy = &app.core.settings().password;
    let password = words::password(new.password1, new.password2.as_ref(), policy)?;
    let (username, profile, captcha) = (Some(username), Profile::default(), new.captcha);
    let registration = Registration { email, username, password, profile, captcha };
    let (user, signed_in) = app.core.register_and_sign_in(registration, &client).await?;
    app.core.number_of(user.id).await?;
    Ok(signed_in.map_or_else(null, |signed_in| cookies::given(&app, &signed_in, null())))
}
