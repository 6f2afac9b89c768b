//! `GET /v3/users/{id}/api-keys`: the keys of an account, without what proves them.

use axum::extract::State;
use doorward_core::api_key::ApiKey;
use serde::Serialize;

use crate::app::AppState;
use crate::dialect::r2r::account::own_or_superuser;
use crate::dialect::r2r::wire::{Listed, NamedAccount, Refused};
use crate::http::credential::CurrentUser;

/// A key.
#[derive(Debug, Serialize)]
pub(in super::super) struct KeyBody {
    public_key: String,
    key_id: String,
    name: String,
    description: String,
    /// When it was last used, as R2R tells it.
    updated_at: String,
}

impl From<ApiKey> for KeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            public_key: key.public().map_or_else(|| key.id.to_string(), str::to_owned),
            key_id: key.known_id().to_string(),
            updated_at: key.last_used_at.unwrap_or(key.created_at).to_string(),
            name: key.name,
            description: key.description,
        }
    }
}

pub(in super::super) async fn list(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    NamedAccount(user): NamedAccount,
) -> Result<Listed<KeyBody>, Refused> {
    own_or_superuser(&who, user)?;
    let keys: Vec<KeyBody> = app.core.api_keys_of(user).await?.into_iter().map(KeyBody::from).collect();
    let total = keys.len() as u64;
    Ok(Listed::of(keys, total))
}
