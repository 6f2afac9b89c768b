//! What becomes of accounts in the store in memory.

use super::fake_store::Rows;
use crate::account::{AliasKind, Username};
use crate::change::{AccountChange, ProfileChange};
use crate::id::UserId;
use crate::port::Conflict;
use crate::time::Timestamp;

impl Rows {
    pub(super) fn change_account(&mut self, change: AccountChange) -> Result<(), Conflict> {
        match change {
            AccountChange::VerifyEmail { user, email_key, at } => {
                let user = self.users.get_mut(&user).filter(|user| user.email.key() == email_key);
                let user = user.ok_or(Conflict::Stale)?;
                (user.is_verified, user.updated_at) = (true, at);
            }
            AccountChange::SetEmail { user, email, at } => {
                if self.users.values().any(|other| other.id != user && other.email.key() == email.key()) {
                    return Err(Conflict::EmailTaken);
                }
                let user = self.users.get_mut(&user).ok_or(Conflict::Stale)?;
                (user.email, user.is_verified, user.updated_at) = (email, true, at);
            }
            AccountChange::SetProfile(change) => self.set_profile(*change)?,
            AccountChange::IndexFields { .. } => {}
            AccountChange::AddAlias { user, kind, alias } => self.add_alias(user, kind, alias)?,
            AccountChange::Number { user } => {
                if !self.has_alias(user, AliasKind::Number) {
                    let next = (self.last_number + 1).to_string();
                    self.add_alias(user, AliasKind::Number, next)?;
                }
            }
            AccountChange::SetLimits { user, limits } => {
                self.users.get(&user).ok_or(Conflict::Stale)?;
                self.limits.insert(user, limits);
            }
            AccountChange::ProveApiKey { key, from, to } => {
                let key = self.api_keys.get_mut(&key).filter(|key| key.proof == from);
                key.ok_or(Conflict::Stale)?.proof = to;
            }
            AccountChange::Delete { user, at } => self.delete_user(user, at)?,
        }
        Ok(())
    }

    fn has_alias(&self, user: UserId, kind: AliasKind) -> bool {
        self.aliases.iter().any(|((of, _), owner)| *of == kind && *owner == user)
    }

    fn add_alias(&mut self, user: UserId, kind: AliasKind, alias: String) -> Result<(), Conflict> {
        let is_free = !self.has_alias(user, kind) && !self.aliases.contains_key(&(kind, alias.clone()));
        (is_free && self.users.contains_key(&user)).then_some(()).ok_or(Conflict::Stale)?;
        if kind == AliasKind::Number {
            self.last_number = self.last_number.max(alias.parse().map_err(|_| Conflict::Stale)?);
        }
        self.aliases.insert((kind, alias), user);
        Ok(())
    }

    fn set_profile(&mut self, change: ProfileChange) -> Result<(), Conflict> {
        let key = |name: &Option<Username>| name.as_ref().map(|name| name.key().to_owned());
        let wanted = key(&change.username);
        let mut others = self.users.values().filter(|user| user.id != change.user);
        if wanted.is_some() && others.any(|user| key(&user.username) == wanted) {
            return Err(Conflict::UsernameTaken);
        }
        let user = self.users.get_mut(&change.user).filter(|user| user.updated_at == change.from);
        let user = user.ok_or(Conflict::Stale)?;
        (user.username, user.profile, user.updated_at) = (change.username, change.profile, change.at);
        Ok(())
    }

    fn delete_user(&mut self, id: UserId, at: Timestamp) -> Result<(), Conflict> {
        self.users.remove(&id).ok_or(Conflict::Stale)?;
        self.api_keys.retain(|_, key| key.user_id != id);
        self.sessions.retain(|_, session| session.user_id != id);
        self.keyed.passkeys.retain(|_, key| key.user_id != id);
        self.limits.remove(&id);
        self.aliases.retain(|_, owner| *owner != id);
        self.post.forget_user(id);
        self.deleted.insert(id, at);
        Ok(())
    }
}
