//! Accounts as R2R kept them: the columns of its table `users`, of whichever version.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_core::account::{AccountLimits, AliasKind, ImportRow};
use doorward_core::{Error, Secret};
use serde_json::Map;

use super::members::Members;
use super::read::Row;
use crate::dialect::r2r::bounds;

/// The account in `members`.
///
/// # Errors
/// [`doorward_core::Code::InvalidField`].
pub(crate) fn account(members: &Members) -> Row {
    let id = members.text("id").or_else(|| members.text("user_id"));
    let identity = ["google", "github"]
        .into_iter()
        .find_map(|provider| Some((provider.to_owned(), members.text(&format!("{provider}_id"))?)));
    Ok(ImportRow {
        email: members.text("email").unwrap_or_default(),
        password_hash: members.text("hashed_password").map(|text| Secret::new(hash(text))),
        name: members.text("name"),
        bio: members.text("bio"),
        picture: members.text("profile_picture"),
        metadata: members.object("metadata")?,
        is_disabled: members.flag("is_active")? == Some(false),
        is_verified: members.flag("is_verified")? == Some(true),
        is_superuser: members.flag("is_superuser")? == Some(true),
        alias: id.map(|id| (AliasKind::R2r, id.to_ascii_lowercase())),
        identity,
        limits: limits(members)?,
        created_at: members.moment("created_at"),
        ..ImportRow::default()
    })
}

/// What bounds the account; of what is not known here the account goes on without.
fn limits(members: &Members) -> Result<AccountLimits, Error> {
    let said = members.object("limits_overrides")?;
    let known = said
        .into_iter()
        .filter(|(name, value)| bounds::read(&Map::from_iter([(name.clone(), value.clone())])).is_ok());
    bounds::read(&known.collect())
}

/// The hash itself: newer versions have wrapped it in base64.
pub(crate) fn hash(text: String) -> String {
    let whole: String = text.split_whitespace().collect();
    let unwrapped = STANDARD.decode(whole).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    unwrapped.filter(|hash| hash.starts_with('$')).unwrap_or(text)
}
