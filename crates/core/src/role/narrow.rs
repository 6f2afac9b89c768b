//! What roles allow no longer, told to those who check tokens by themselves.
//!
//! An access token carries the scopes that its holder had when it was given. When a role loses one of them, tokens that carry it and
//! were given before are believed no longer: their holders fetch new ones, which carry what they may still do. That is said of the
//! scope, not of each account, so it costs the same whatever the number of those who hold the role; who holds the scope by another
//! role fetches a token, too, and has it as before.
//!
//! A scope that vanishes from the configuration is lost by all who held it, and told in the same way by the server that starts without it.
//!
//! This server itself asks the roles at each request and needs none of it. Invariant: it is kept in the write set that changes the
//! role, so that every node tells it and no restart forgets it.

use std::collections::BTreeSet;

use super::Role;
use crate::change::{Change, Changes};
use crate::core::Core;
use crate::scope::Scopes;
use crate::settings::StoredSetting;
use crate::time::{Timestamp, Ttl};

/// The rows, among the settings: this, the scope, a blank, and the moment in milliseconds, so that no two changes share one.
const PREFIX: &str = "roles.narrowed ";
/// Stands in the place of the moment where the configuration has lost the scope: told anew, it replaces what was told before.
const DROPPED: &str = "dropped";
/// Rows for every scope that a configuration has named so far: this, and the scope.
const NAMED: &str = "roles.named ";
/// Another node may give tokens by the old roles for so long; those are meant as well.
const GRACE: Ttl = Ttl::from_seconds(2);

/// A scope, and the moment up to which tokens that carry it are not believed.
fn read(row: &StoredSetting) -> Option<(&str, Timestamp)> {
    let (scope, _) = row.name.strip_prefix(PREFIX)?.split_once(' ')?;
    Some((scope, Timestamp::from_millis(row.value.parse().ok()?)))
}

/// What `before` allows and `after` does not.
pub(super) fn lost(before: &Role, after: Option<&Role>) -> Scopes {
    let is_lost = |scope: &&str| after.is_none_or(|after| !after.scopes.contains(scope));
    before.scopes.iter().filter(is_lost).collect()
}

/// `changes`, which take `lost` away at `at`, with a row for each.
pub(super) fn told(changes: Changes, lost: &Scopes, at: Timestamp) -> Changes {
    lost.iter().fold(changes, |changes, scope| {
        let name = format!("{PREFIX}{scope} {}", at.as_millis());
        changes.with(kept(name, (at + GRACE).as_millis().to_string(), at))
    })
}

fn kept(name: String, value: String, at: Timestamp) -> Change {
    Change::KeepSetting(Box::new(StoredSetting { name, value, set_at: at, set_by: None }))
}

impl Core {
    /// Tells what the database says of it; what was told before is not told again.
    pub(crate) fn follow_narrowed(&self, stored: &[StoredSetting]) {
        for (scope, before) in stored.iter().filter_map(read) {
            self.ledger().scope(scope, before);
        }
    }

    /// Tells which scopes the configuration names no longer: for a server that starts.
    ///
    /// What an older start has told is told again. While nodes are replaced one by one, those that still run give tokens with the
    /// scope; the last of them to start anew means these, too. Where all have started anew nobody has such a token.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn tell_dropped_scopes(&self) -> Result<(), crate::Error> {
        let (stored, settings, at) = (self.ports().store.settings().await?, self.settings(), self.now());
        let known: BTreeSet<&str> = stored.iter().filter_map(|row| row.name.strip_prefix(NAMED)).collect();
        let named: BTreeSet<&str> = settings.scopes.keys().map(String::as_str).collect();
        let before = (at + GRACE).as_millis().to_string();
        for scope in named.difference(&known) {
            self.apply(kept(format!("{NAMED}{scope}"), String::new(), at)).await?;
        }
        for scope in known.difference(&named) {
            tracing::warn!(
                "The configuration names the scope {scope} no longer; tokens that carry it are not believed"
            );
            self.apply(kept(format!("{PREFIX}{scope} {DROPPED}"), before.clone(), at)).await?;
        }
        if known != named {
            self.follow_settings().await?;
        }
        Ok(())
    }

    /// Drops the rows of which no token is left that they are about.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub(crate) async fn tidy_narrowed(&self) -> Result<(), crate::Error> {
        let oldest = self.now() - self.ledger().horizon();
        let is_old = |row: &&StoredSetting| read(row).is_some_and(|(_, before)| before < oldest);
        let stored = self.ports().store.settings().await?;
        for row in stored.iter().filter(is_old) {
            self.apply(Changes::from(Change::DropSetting { name: row.name.clone() })).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scopes;

    fn role(scopes: &str) -> Role {
        let at = Timestamp::from_millis(0);
        let (name, scopes) = ("reader".parse().unwrap(), Scopes::parse(scopes).unwrap());
        Role { name, description: String::new(), scopes, created_at: at, updated_at: at }
    }

    #[test]
    fn lost_is_what_was_there_and_is_there_no_longer() {
        assert_eq!(lost(&role("a b"), Some(&role("b c"))), Scopes::parse("a").unwrap());
        assert_eq!(lost(&role("a b"), None), Scopes::parse("a b").unwrap());
        assert!(lost(&role("a"), Some(&role("a b"))).is_empty());
    }
}
