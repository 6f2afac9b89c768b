//! `POST /v1/refresh_access_token`, `/v2/refresh_access_token`, `/v3/users/refresh-token`: exchanges a refresh token, which is
//! all that is needed; an access token that comes along is not looked at, it may have ended.

use axum::extract::State;
use doorward_core::{Error, Secret};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::shape::TokensBody;
use crate::dialect::r2r::wire::{Refused, Results, Sent, Spoken};
use crate::http::extract::Caller;

/// The token, in an object or as a bare string.
#[derive(Debug, Deserialize)]
pub(in super::super) struct RefreshBody {
    refresh_token: Secret<String>,
}

impl Spoken for RefreshBody {
    const BARE: Option<&'static str> = Some("refresh_token");
}

pub(in super::super) async fn refresh(
    State(app): State<AppState>,
    Caller(client): Caller,
    Sent(body): Sent<RefreshBody>,
) -> Result<Results<TokensBody>, Refused> {
    let signed_in = app.core.refresh(&body.refresh_token, &client).await;
    app.metrics.note_refresh(signed_in.as_ref().err().map(Error::code));
    Ok(Results::of(TokensBody::from(&signed_in?)))
}
