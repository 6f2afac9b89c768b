//! `POST /account/{page}`: the button was pressed.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::client::Client;
use doorward_core::ticket::Presented;
use doorward_core::{Core, Error, Secret};

use super::page::Page;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::{Problem, status};

pub(super) async fn submit(
    State(app): State<AppState>,
    Path(page): Path<String>,
    Caller(client): Caller,
    form: Form,
) -> Result<Response, Problem> {
    let page = Page::named(&page)?;
    let token = form.field("token");
    match act(&app.core, page, (token.clone(), form.field("new_password")), &client).await {
        Ok(()) => Ok(page.done(&app.http.app_name)),
        Err(fault) if !status(fault.code()).is_server_error() => {
            Ok(page.form(&app.http.app_name, &token, Some(&fault)))
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn act(
    core: &Core,
    page: Page,
    (token, password): (Secret<String>, Secret<String>),
    client: &Client,
) -> Result<(), Error> {
    match page {
        Page::VerifyEmail => core.verify_email(&Presented::Token(token), client).await.map(drop),
        Page::ChangeEmail => core.finish_email_change(token, client).await,
        Page::ResetPassword | Page::Invitation => core.finish_password_reset(token, &password, client).await,
    }
}
