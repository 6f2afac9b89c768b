//! `DELETE /v3/users/{id}/api-keys/{key_id}`: revokes a key; the very next request with it is refused.

use axum::extract::State;
use doorward_core::{ApiKeyId, Core, Error, UserId};

use crate::app::AppState;
use crate::dialect::r2r::account::own_or_superuser;
use crate::dialect::r2r::names;
use crate::dialect::r2r::wire::{Message, Refused, Results, done};
use crate::http::credential::CurrentUser;
use crate::http::extract::{Caller, TwoIds};

/// The key of the account that goes by this id: one that was brought along goes by the id that it had, too.
async fn meant(core: &Core, user: UserId, id: ApiKeyId) -> Result<ApiKeyId, Error> {
    let keys = core.api_keys_of(user).await?;
    Ok(keys.iter().find(|key| key.known_id() == id).map_or(id, |key| key.id))
}

pub(in super::super) async fn revoke(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    TwoIds(user, key): TwoIds<UserId, ApiKeyId>,
) -> Result<Results<Message>, Refused> {
    let user = names::meant(&app.core, user).await?;
    own_or_superuser(&who, user)?;
    let key = meant(&app.core, user, key).await?;
    match who.user_id == user {
        true => app.core.revoke_api_key(&who, key, &client).await?,
        false => app.core.revoke_api_key_of(&who, (user, key), &client).await?,
    }
    Ok(done("API key deleted successfully"))
}
