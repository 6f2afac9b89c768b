//! `/password`, `/forgot_password`: a new password, by the old one or by a letter.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::account::PasswordChange;
use doorward_core::{Code, Error, Secret};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Refused, null};
use super::body::Members;
use super::login::tells_of_strangers;
use super::words;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;

/// The password to come, typed twice, and the one that is valid now where it is asked for.
#[derive(Deserialize)]
pub(super) struct Passwords {
    #[serde(alias = "oldPassword")]
    old_password: Option<Secret<String>>,
    password1: Option<Secret<String>>,
    password2: Option<Secret<String>>,
}

/// Whose password was forgotten.
#[derive(Deserialize)]
pub(super) struct Forgotten {
    email: Option<String>,
    captcha: Option<String>,
}

/// `GET /password`: whether there is one to change, or none yet.
pub(super) async fn status(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<Value>, Refused> {
    let user = app.core.current_user(&who).await?;
    Ok(Json(json!({ "status": if user.password.is_usable() { "change" } else { "set" } })))
}

/// `POST /password`: the first one of an account without.
pub(super) async fn set(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Members(given): Members<Passwords>,
) -> Result<Response, Refused> {
    let new = new_password(&app, given.password1, given.password2.as_ref())?;
    match app.core.set_first_password(&who, &new, &client).await {
        Ok(()) => Ok(null()),
        Err(error) if error.code() == Code::WrongPassword => Err(Refused::bad("Password exists")),
        Err(error) => Err(error.into()),
    }
}

/// `PUT /password`: a new one for the old one. The account's other sessions end.
pub(super) async fn change(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Members(given): Members<Passwords>,
) -> Result<Response, Refused> {
    let current = given.old_password.ok_or_else(words::unknown)?;
    let new = new_password(&app, given.password1, given.password2.as_ref())?;
    if new == current {
        return Err(words::unknown());
    }
    app.core.change_password(&who, PasswordChange { current, new }, &client).await?;
    Ok(null())
}

/// `POST /forgot_password`: asks for a letter.
pub(super) async fn forgot(
    State(app): State<AppState>,
    Caller(client): Caller,
    Members(given): Members<Forgotten>,
) -> Result<Response, Refused> {
    let email = words::email(given.email).map_err(|_| Refused::bad("Check data"))?;
    match app.core.ask_password_reset(&email, given.captcha.as_deref(), &client).await {
        Err(error) if error.code() == Code::TooManyAttempts => return Err(too_soon(&error)),
        other => other?,
    }
    if tells_of_strangers(&app) {
        tell(&app, &email).await?;
    }
    Ok(null())
}

/// `POST /password/{token}`: the link of a letter was followed.
pub(super) async fn reset(
    State(app): State<AppState>,
    Caller(client): Caller,
    Path(token): Path<String>,
    Members(given): Members<Passwords>,
) -> Result<Response, Refused> {
    let new = new_password(&app, given.password1, given.password2.as_ref())?;
    match app.core.finish_password_reset(Secret::new(token), &new, &client).await {
        Ok(()) => Ok(null()),
        Err(error) if error.code() == Code::TicketInvalid => Err(Refused::plain(StatusCode::NOT_FOUND)),
        Err(error) => Err(error.into()),
    }
}

fn new_password(
    app: &AppState,
    first: Option<Secret<String>>,
    second: Option<&Secret<String>>,
) -> Result<Secret<String>, Refused> {
    words::password(first, second, &app.core.settings().password)
}

fn too_soon(error: &Error) -> Refused {
    let wait = error.wait();
    let minutes = wait.map_or(1, |wait| (wait.as_seconds_ceil() + 59) / 60).max(1);
    Refused::bad(format!("You can send another email in {minutes} minutes")).after(wait)
}

/// Says that nobody has the address, or that there is no password to forget, where the operator lets strangers learn it.
async fn tell(app: &AppState, email: &str) -> Result<(), Refused> {
    match app.core.account_called(email).await {
        Ok(user) if user.password.is_usable() => Ok(()),
        Ok(_) => Err(Refused::plain(StatusCode::NOT_ACCEPTABLE)),
        Err(error) if error.code() == Code::NotFound => {
            Err(Refused::saying(StatusCode::NOT_FOUND, "Unknown error"))
        }
        Err(error) => Err(error.into()),
    }
}
