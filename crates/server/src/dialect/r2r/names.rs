//! Ids of accounts, as R2R's clients keep them: an account that was moved in goes by the id it had there, in what they ask for
//! and in what they are told, and every other one by its own.
//!
//! Documents, collections and keys that were moved in have kept their ids. An id is a name: it proves nothing and allows
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use doorward_core::account::AliasKind;
use doorward_core::{Core, Error, UserId};
use serde_json::Value;

use super::wire::{self, Refused};

/// What filters call the owner of a document.
const OWNERS: [&str; 2] = ["owner_id", "user_id"];

/// By which ids some accounts are known.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<UserId, String>);

impl Names {
    /// Those of `users`.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn of(core: &Core, users: impl IntoIterator<Item = UserId>) -> Result<Self, Error> {
        let users: BTreeSet<UserId> = users.into_iter().collect();
        Ok(Self(core.aliases_among(&users, AliasKind::R2r).await?))
    }

    /// The id that clients know `user` by.
    pub(super) fn name(&self, user: UserId) -> String {
        self.0.get(&user).cloned().unwrap_or_else(|| user.to_string())
    }
}

/// The account that clients call `id`; the id itself where nobody is called so.
///
/// # Errors
/// [`doorward_core::Code::StoreUnavailable`].
pub(super) async fn meant(core: &Core, id: UserId) -> Result<UserId, Error> {
    core.account_behind(AliasKind::R2r, id).await
}

/// The accounts that a client names.
///
/// # Errors
/// A 422 when one of the texts is no id; [`doorward_core::Code::StoreUnavailable`].
pub(super) async fn accounts(
    core: &Core,
    (part, name): (&'static str, &str),
    texts: impl Iterator<Item = impl AsRef<str>>,
) -> Result<Vec<UserId>, Refused> {
    let ids: Vec<UserId> = wire::ids(part, name, texts)?;
    let mut accounts = Vec::with_capacity(ids.len());
    for id in ids {
        accounts.push(meant(core, id).await?);
    }
    Ok(accounts)
}

/// Puts the ids of accounts into `filter` for the names by which a client asks for their documents.
///
/// # Errors
/// [`doorward_core::Code::StoreUnavailable`].
pub(super) async fn put_into(core: &Core, filter: &mut Value) -> Result<(), Error> {
    let mut named = Vec::new();
    owners(filter, false, &mut named);
    for text in named {
        if let Ok(id) = text.parse::<UserId>() {
            *text = meant(core, id).await?.to_string();
        }
    }
    Ok(())
}

/// The texts in `value` that stand for owners: all of them where `is_owner`, else those under the names of [`OWNERS`].
fn owners<'v>(value: &'v mut Value, is_owner: bool, found: &mut Vec<&'v mut String>) {
    match value {
        Value::String(text) if is_owner => found.push(text),
        Value::Array(values) => values.iter_mut().for_each(|value| owners(value, is_owner, found)),
        Value::Object(members) => {
            for (name, value) in members {
                owners(value, is_owner || OWNERS.contains(&name.as_str()), found);
            }
        }
        _ => {}
    }
}
