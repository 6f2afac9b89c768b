//! `GET /v2/user/{id}/verification_data`: how the address of an account stands. The code itself leaves by mail only, so it is
//! never told.

use axum::extract::State;
use serde::Serialize;

use crate::app::AppState;
use crate::dialect::r2r::wire::{NamedAccount, Refused, Results};
use crate::http::permission::Superuser;

/// How an address stands.
#[derive(Debug, Serialize)]
pub(in super::super) struct VerificationBody {
    verification_code: Option<String>,
    expiry: Option<String>,
    is_verified: bool,
}

pub(in super::super) async fn verification(
    State(app): State<AppState>,
    _who: Superuser,
    NamedAccount(user): NamedAccount,
) -> Result<Results<VerificationBody>, Refused> {
    let found = app.core.verification_of(user).await?;
    Ok(Results::of(VerificationBody {
        verification_code: None,
        expiry: found.pending_until.map(|until| until.to_string()),
        is_verified: found.is_verified,
    }))
}
