//! Roles, API keys and settings of the store in memory.

use async_trait::async_trait;

use super::{FakeStore, Rows};
use crate::account::{Rights, User};
use crate::api_key::ApiKey;
use crate::change::Change;
use crate::id::{ApiKeyId, UserId};
use crate::port::{ApiKeyStore, Conflict, RightsStore, SettingStore, StoreError};
use crate::role::Role;
use crate::settings::StoredSetting;
use crate::time::Timestamp;

impl Rows {
    pub(super) fn give_and_take(&mut self, change: Change) -> Result<(), Conflict> {
        match change {
            Change::KeepASuperuser { besides } => {
                let is_one = |user: &User| user.is_active && user.is_superuser;
                let is_needed = self.users.get(&besides).is_some_and(is_one);
                let has_other = self.users.values().any(|user| user.id != besides && is_one(user));
                return (has_other || !is_needed).then_some(()).ok_or(Conflict::LastSuperuser);
            }
            Change::SetSuperuser { user, is_superuser, .. } => {
                self.rights_of(user)?.is_superuser = is_superuser;
            }
            Change::GiveRole { user, role, .. } => {
                self.roles.get(&role).ok_or(Conflict::Stale)?;
                let user = self.rights_of(user)?;
                user.roles.push(role);
                user.roles.sort();
                user.roles.dedup();
            }
            Change::TakeRole { user, role, .. } => self.rights_of(user)?.roles.retain(|held| *held != role),
            Change::AddRole(role) if self.roles.contains_key(&role.name) => return Err(Conflict::RoleTaken),
            Change::AddRole(role) => drop(self.roles.insert(role.name.clone(), *role)),
            Change::SetRole(role) => {
                self.roles.get(&role.name).ok_or(Conflict::Stale)?;
                self.roles.insert(role.name.clone(), *role);
            }
            Change::DeleteRole { name, .. } => {
                self.roles.remove(&name).ok_or(Conflict::Stale)?;
                for user in self.users.values_mut().filter(|user| user.roles.contains(&name)) {
                    user.roles.retain(|held| *held != name);
                    user.rights_version += 1;
                }
            }
            Change::AddApiKey(key) => {
                let owner = self.users.get(&key.user_id).filter(|owner| owner.is_active);
                owner.ok_or(Conflict::Stale)?;
                self.api_keys.insert(key.id, *key);
            }
            Change::RevokeApiKey { user, key, at } => {
                let key = self.api_keys.get_mut(&key).filter(|key| key.user_id == user);
                let key = key.filter(|key| key.revoked_at.is_none()).ok_or(Conflict::Stale)?;
                key.revoked_at = Some(at);
            }
            Change::KeepSetting(setting) => drop(self.settings.insert(setting.name.clone(), *setting)),
            Change::DropSetting { name } => drop(self.settings.remove(&name)),
            Change::SeeApiKeys(seen) => {
                for (id, at) in seen {
                    if let Some(key) = self.api_keys.get_mut(&id) {
                        key.last_used_at = key.last_used_at.max(Some(at));
                    }
                }
            }
            other => self.upkeep(other)?,
        }
        Ok(())
    }

    /// The account, whose rights are about to change.
    fn rights_of(&mut self, user: UserId) -> Result<&mut User, Conflict> {
        let user = self.users.get_mut(&user).ok_or(Conflict::Stale)?;
        user.rights_version += 1;
        Ok(user)
    }
}

#[async_trait]
impl RightsStore for FakeStore {
    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(self.0.lock().roles.values().cloned().collect())
    }

    async fn rights_changed_since(&self, _: Timestamp) -> Result<Vec<(UserId, Rights)>, StoreError> {
        let rows = self.0.lock();
        let changed = rows.users.values().filter(|user| user.rights_version > 0);
        Ok(changed.map(|user| (user.id, user.rights())).collect())
    }
}

#[async_trait]
impl SettingStore for FakeStore {
    async fn settings(&self) -> Result<Vec<StoredSetting>, StoreError> {
        Ok(self.0.lock().settings.values().cloned().collect())
    }
}

#[async_trait]
impl ApiKeyStore for FakeStore {
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.0.lock().api_keys.get(&id).cloned())
    }

    async fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self.0.lock();
        let of = rows.api_keys.values().rev().filter(|key| key.user_id == user && key.revoked_at.is_none());
        Ok(of.cloned().collect())
    }

    async fn api_keys_revoked_since(&self, since: Timestamp) -> Result<Vec<(UserId, ApiKeyId)>, StoreError> {
        let rows = self.0.lock();
        let revoked = rows.api_keys.values().filter(|key| key.revoked_at.is_some_and(|at| at >= since));
        Ok(revoked.map(|key| (key.user_id, key.id)).collect())
    }
}
