//! A store in memory, for tests of rules. Keeps the promises of the real one: guarded changes, all or nothing.

use std::collections::BTreeMap;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::fake_log::Log;

use crate::account::{LoginName, Rights, User};
use crate::api_key::ApiKey;
use crate::audit::chain::{Found, Link};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::{AuditEvent, Whose};
use crate::change::{Change, Changes};
use crate::digest::Digest;
use crate::figure::DailyCount;
use crate::hook::Cursor;
use crate::id::{ApiKeyId, SessionId, UserId};
use crate::port::{
    ApiKeyStore, ApplyError, AuditStore, Conflict, FigureStore, Journal, KeyStore, RightsStore, SessionRow,
    SessionStore, Store, StoreError, UserStore,
};
use crate::role::{Role, RoleName};
use crate::session::Session;
use crate::time::Timestamp;
use crate::token::StoredKey;

/// Everything a server keeps, in maps.
#[derive(Debug, Default)]
pub struct FakeStore(Mutex<Rows>);

#[derive(Debug, Default, Clone)]
struct Rows {
    users: BTreeMap<UserId, User>,
    sessions: BTreeMap<SessionId, Session>,
    roles: BTreeMap<RoleName, Role>,
    api_keys: BTreeMap<ApiKeyId, ApiKey>,
    keys: Vec<StoredKey>,
    log: Log,
    identities: BTreeMap<(String, String), UserId>,
}

impl FakeStore {
    /// The audit log, oldest line first.
    pub fn events(&self) -> Vec<AuditEvent> {
        self.0.lock().log.events().cloned().collect()
    }
}

impl Rows {
    fn row(&self, session: &Session) -> Option<SessionRow> {
        let user = self.users.get(&session.user_id)?;
        Some(SessionRow { session: session.clone(), rights: user.rights() })
    }

    fn apply(&mut self, change: Change) -> Result<(), Conflict> {
        match change {
            Change::AddUser(user) => self.add_user(*user)?,
            Change::SetPassword { user, hash, from_version, at } => {
                let user = self.user_at(user, from_version)?;
                (user.password, user.password_version, user.updated_at) = (hash, from_version + 1, at);
            }
            Change::Rehash { user, hash, from_version } => self.user_at(user, from_version)?.password = hash,
            Change::SetActive { user, is_active, at } => {
                let user = self.users.get_mut(&user).ok_or(Conflict::Stale)?;
                (user.is_active, user.updated_at) = (is_active, at);
                user.rights_version += 1;
            }
            Change::OpenSession { session, password_version } => {
                let user = self.user_at(session.user_id, password_version)?;
                user.is_active.then_some(()).ok_or(Conflict::Stale)?;
                self.sessions.insert(session.id, *session);
            }
            Change::RotateRefresh { session, from, to, generation, at } => {
                let alive = self.sessions.get_mut(&session).filter(|session| session.ended_at.is_none());
                let session =
                    alive.filter(|session| session.refresh_digest == from).ok_or(Conflict::Stale)?;
                (session.refresh_digest, session.refresh_generation) = (to, generation);
                (session.refreshed_at, session.last_seen_at) = (at, at);
            }
            Change::EndSession { session, reason, at } => {
                let alive = self.sessions.get_mut(&session).filter(|session| session.ended_at.is_none());
                let session = alive.ok_or(Conflict::Stale)?;
                (session.ended_at, session.end_reason) = (Some(at), Some(reason));
            }
            Change::EndSessionsOf { user, keep, reason, at } => {
                let of_user = |session: &&mut Session| session.user_id == user && Some(session.id) != keep;
                for session in self.sessions.values_mut().filter(of_user).filter(|s| s.ended_at.is_none()) {
                    (session.ended_at, session.end_reason) = (Some(at), Some(reason));
                }
            }
            other => self.give_and_take(other)?,
        }
        Ok(())
    }

    fn upkeep(&mut self, change: Change) -> Result<(), Conflict> {
        match change {
            Change::SeeSessions(seen) => {
                for (id, at) in seen {
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.last_seen_at = session.last_seen_at.max(at);
                    }
                }
            }
            Change::ForgetSessions { before } => {
                self.sessions
                    .retain(|_, s| s.expires_at >= before && s.ended_at.is_none_or(|end| end >= before));
            }
            Change::AddKey(key) => self.keys.push(*key),
            Change::ForgetKeys { before } => {
                self.keys.retain(|key| key.verifies_until.is_none_or(|end| end >= before));
            }
            Change::RetireKey { kid, signs_until, verifies_until } => {
                let key = self.keys.iter_mut().find(|key| key.kid == kid).ok_or(Conflict::Stale)?;
                key.verifies_until
                    .is_none_or(|end| end > verifies_until)
                    .then_some(())
                    .ok_or(Conflict::Stale)?;
                (key.signs_until, key.verifies_until) = (Some(signs_until), Some(verifies_until));
            }
            Change::AddIdentity { provider, subject, user, .. } => {
                let taken = self.identities.insert((provider, subject), user);
                taken.is_none().then_some(()).ok_or(Conflict::Stale)?;
            }
            other => self.log.apply(other)?,
        }
        Ok(())
    }

    fn give_and_take(&mut self, change: Change) -> Result<(), Conflict> {
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

    fn add_user(&mut self, user: User) -> Result<(), Conflict> {
        let key = |user: &User| user.username.as_ref().map(|name| name.key().to_owned());
        if self.users.values().any(|other| other.email.key() == user.email.key()) {
            return Err(Conflict::EmailTaken);
        }
        if user.username.is_some() && self.users.values().any(|other| key(other) == key(&user)) {
            return Err(Conflict::UsernameTaken);
        }
        self.users.insert(user.id, user);
        Ok(())
    }

    fn user_at(&mut self, id: UserId, version: i64) -> Result<&mut User, Conflict> {
        self.users.get_mut(&id).filter(|user| user.password_version == version).ok_or(Conflict::Stale)
    }
}

#[async_trait]
impl UserStore for FakeStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.0.lock().users.get(&id).cloned())
    }

    async fn user_by_name(&self, name: &LoginName) -> Result<Option<User>, StoreError> {
        let is_called = |user: &&User| match name {
            LoginName::Email(key) => user.email.key() == key,
            LoginName::Username(key) => user.username.as_ref().is_some_and(|name| name.key() == key),
        };
        Ok(self.0.lock().users.values().find(is_called).cloned())
    }

    async fn users_before(&self, before: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let rows = self.0.lock();
        let older = rows.users.values().rev().filter(|user| before.is_none_or(|before| user.id < before));
        Ok(older.take(limit as usize).cloned().collect())
    }

    async fn user_by_identity(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let rows = self.0.lock();
        let user = rows.identities.get(&(provider.to_owned(), subject.to_owned()));
        Ok(user.and_then(|user| rows.users.get(user)).cloned())
    }

    async fn superusers(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.0.lock().users.values().filter(|user| user.is_superuser).cloned().collect())
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

#[async_trait]
impl SessionStore for FakeStore {
    async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        let rows = self.0.lock();
        Ok(rows.sessions.get(&id).and_then(|session| rows.row(session)))
    }

    async fn session_by_cookie(&self, cookie: &Digest) -> Result<Option<SessionRow>, StoreError> {
        let rows = self.0.lock();
        let session = rows.sessions.values().find(|session| session.cookie_digest.as_ref() == Some(cookie));
        Ok(session.and_then(|session| rows.row(session)))
    }

    async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = self.0.lock();
        let open = rows.sessions.values().rev().filter(|s| s.user_id == user && s.ended_at.is_none());
        Ok(open.cloned().collect())
    }

    async fn ended_since(&self, since: Timestamp) -> Result<Vec<(UserId, SessionId)>, StoreError> {
        let rows = self.0.lock();
        let ended = rows.sessions.values().filter(|session| session.ended_at.is_some_and(|end| end >= since));
        Ok(ended.map(|session| (session.user_id, session.id)).collect())
    }

    async fn is_known_network(
        &self,
        user: UserId,
        network: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_of = |s: &Session| s.user_id == user && s.network == network && s.created_at >= since;
        Ok(self.0.lock().sessions.values().any(is_of))
    }
}

#[async_trait]
impl KeyStore for FakeStore {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(self.0.lock().keys.clone())
    }
}

#[async_trait]
impl AuditStore for FakeStore {
    async fn events_about(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.0.lock().log.about(user, limit))
    }

    async fn records_after(&self, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError> {
        Ok(self.0.lock().log.after(seq, limit))
    }

    async fn records_before(&self, whose: Whose, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError> {
        Ok(self.0.lock().log.before(whose, seq, limit))
    }

    async fn seq_before(&self, at: Timestamp) -> Result<i64, StoreError> {
        Ok(self.0.lock().log.seq_before(at))
    }

    async fn audit_head(&self) -> Result<Link, StoreError> {
        Ok(self.0.lock().log.head())
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        Ok(self.0.lock().log.checkpoints.clone())
    }
}

#[async_trait]
impl FigureStore for FakeStore {
    async fn daily_counts(&self, _: i64, _: i64) -> Result<Vec<DailyCount>, StoreError> {
        Ok(Vec::new())
    }

    async fn hook_cursor(&self, listener: &str) -> Result<Option<Cursor>, StoreError> {
        Ok(self.0.lock().log.cursors.get(listener).copied())
    }
}

#[async_trait]
impl Journal for FakeStore {
    async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        let mut rows = self.0.lock();
        let mut after = rows.clone();
        for change in changes.into_vec() {
            after.apply(change).map_err(ApplyError::Conflict)?;
        }
        *rows = after;
        Ok(())
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
