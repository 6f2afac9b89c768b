//! `POST /logout`: ends the session of the cookies, and takes them away. Nobody has to be signed in for it.

use axum::extract::State;
use axum::response::Response;
use doorward_core::Code;
use http::{HeaderMap, Method};

use super::answer::{Refused, null};
use super::cookies;
use crate::app::AppState;
use crate::http::csrf;
use crate::http::extract::Caller;

pub(super) async fn logout(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    csrf::check(&Method::POST, &headers, &app.http)?;
    if let Some(token) = cookies::refresh_token(&app, &headers) {
        app.core.logout_by_refresh(&token, &client).await?;
    }
    if let Some(token) = cookies::access_token(&app, &headers) {
        match app.core.authenticate_from(token.as_bytes(), &client).await {
            Ok(who) if who.key_id().is_none() => app.core.logout(&who, &client).await?,
            Err(error) if error.code() == Code::StoreUnavailable => return Err(error.into()),
            // Nobody's cookie: there is no session to end.
            _ => {}
        }
    }
    Ok(cookies::forgotten(&app, null()))
}
