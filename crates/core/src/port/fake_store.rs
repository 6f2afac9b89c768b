//! A store in memory, for tests of rules. Keeps the promises of the real one: guarded changes, all or nothing.

mod rights;

use std::collections::BTreeMap;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::fake_factor::Factors;
use super::fake_log::Log;
use super::fake_mail::Post;
use super::fake_oauth::Given;
use super::fake_passkey::Keyed;
use crate::account::{AccountLimits, Ages, AliasKind, LoginName, Place, User, Way, search_key};
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
    ApplyError, AuditStore, Conflict, FigureStore, Journal, KeyStore, SessionRow, SessionStore, Standing,
    Store, StoreError, UserStore,
};
use crate::role::{Role, RoleName};
use crate::session::Session;
use crate::settings::StoredSetting;
use crate::time::Timestamp;
use crate::token::StoredKey;

/// Everything a server keeps, in maps.
#[derive(Debug, Default)]
pub struct FakeStore(pub(super) Mutex<Rows>);

#[derive(Debug, Default, Clone)]
pub(super) struct Rows {
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    roles: BTreeMap<RoleName, Role>,
    pub(super) api_keys: BTreeMap<ApiKeyId, ApiKey>,
    settings: BTreeMap<String, StoredSetting>,
    keys: Vec<StoredKey>,
    pub(super) log: Log,
    pub(super) identities: BTreeMap<(String, String), UserId>,
    pub(super) aliases: BTreeMap<(AliasKind, String), UserId>,
    pub(super) limits: BTreeMap<UserId, AccountLimits>,
    /// The last number that was given out.
    pub(super) last_number: i64,
    pub(super) post: Post,
    pub(super) oauth: Given,
    pub(super) factors: Factors,
    pub(super) keyed: Keyed,
    pub(super) deleted: BTreeMap<UserId, Timestamp>,
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
                self.oauth.queue_logout(session, at);
            }
            Change::EndSessionsOf { user, keep, reason, at } => {
                let of_user = |session: &&mut Session| session.user_id == user && Some(session.id) != keep;
                for session in self.sessions.values_mut().filter(of_user).filter(|s| s.ended_at.is_none()) {
                    (session.ended_at, session.end_reason) = (Some(at), Some(reason));
                    self.oauth.queue_logout(session, at);
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
            Change::Account(change) => self.change_account(change)?,
            Change::Factor(change) => self.change_factor(change)?,
            Change::OAuth(change) => self.change_oauth(change)?,
            Change::Logout(change) => self.change_logout(&change)?,
            Change::Passkey(change) => self.change_passkey(change)?,
            Change::Ticket(change) => self.post.apply_ticket(change)?,
            Change::Mail(change) => self.post.apply_mail(change)?,
            other => self.log.apply(other)?,
        }
        Ok(())
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

    async fn users_along(
        &self,
        way: &Way,
        after: Option<&Place>,
        most: u32,
    ) -> Result<Vec<(Place, User)>, StoreError> {
        let rows = self.0.lock();
        let by_age = |ages: &Ages, is_on: &dyn Fn(&User) -> bool| {
            let users =
                rows.users.values().rev().filter(|user| ages.from <= user.id && user.id < ages.before);
            let on = users.filter(|user| is_on(user) && after.is_none_or(|after| user.id < after.user));
            on.map(|user| (Place { name: String::new(), user: user.id }, user.clone())).collect::<Vec<_>>()
        };
        let by_name = |begins: &str, name_of: &dyn Fn(&User) -> Option<String>| {
            let named = rows.users.values().filter_map(|user| Some((name_of(user)?, user)));
            let on = named.filter(|(name, _)| name.starts_with(begins));
            let mut found: Vec<_> =
                on.map(|(name, user)| (Place { name, user: user.id }, user.clone())).collect();
            found.sort_by(|(a, _), (b, _)| (&a.name, a.user).cmp(&(&b.name, b.user)));
            found.retain(|(at, _)| after.is_none_or(|after| (&at.name, at.user) > (&after.name, after.user)));
            found
        };
        let mut found = match way {
            Way::Age(ages) => by_age(ages, &|_| true),
            Way::Disabled(ages) => by_age(ages, &|user| !user.is_active),
            Way::Role(role, ages) => by_age(ages, &|user| user.roles.contains(role)),
            Way::Field(name, value, ages) => by_age(ages, &|user| {
                user.profile.fields.get(name).is_some_and(|said| search_key(said) == *value)
            }),
            Way::Email(begins) => by_name(begins, &|user| Some(user.email.key().to_owned())),
            Way::Username(begins) => by_name(begins, &|user| Some(user.username.as_ref()?.key().to_owned())),
            Way::Name(begins) => {
                by_name(&begins.to_lowercase(), &|user| Some(user.profile.name.as_ref()?.to_lowercase()))
            }
        };
        found.truncate(most as usize);
        Ok(found)
    }

    async fn user_by_identity(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let rows = self.0.lock();
        let user = rows.identities.get(&(provider.to_owned(), subject.to_owned()));
        Ok(user.and_then(|user| rows.users.get(user)).cloned())
    }

    async fn identity_of(&self, user: UserId) -> Result<Option<(String, String)>, StoreError> {
        let rows = self.0.lock();
        Ok(rows.identities.iter().find(|(_, of)| **of == user).map(|(identity, _)| identity.clone()))
    }

    async fn user_by_alias(&self, kind: AliasKind, alias: &str) -> Result<Option<UserId>, StoreError> {
        Ok(self.0.lock().aliases.get(&(kind, alias.to_owned())).copied())
    }

    async fn alias_of(&self, user: UserId, kind: AliasKind) -> Result<Option<String>, StoreError> {
        let rows = self.0.lock();
        let mut aliases = rows.aliases.iter().filter(|((of, _), owner)| *of == kind && **owner == user);
        Ok(aliases.next().map(|((_, alias), _)| alias.clone()))
    }

    async fn aliases_among(
        &self,
        users: &[UserId],
        kind: AliasKind,
    ) -> Result<Vec<(UserId, String)>, StoreError> {
        let rows = self.0.lock();
        let of_kind = rows.aliases.iter().filter(|((of, _), owner)| *of == kind && users.contains(owner));
        Ok(of_kind.map(|((_, alias), owner)| (*owner, alias.clone())).collect())
    }

    async fn limits_of(&self, user: UserId) -> Result<AccountLimits, StoreError> {
        Ok(self.0.lock().limits.get(&user).cloned().unwrap_or_default())
    }

    async fn deleted_since(&self, since: Timestamp) -> Result<Vec<UserId>, StoreError> {
        let rows = self.0.lock();
        Ok(rows.deleted.iter().filter(|(_, at)| **at >= since).map(|(id, _)| *id).collect())
    }

    async fn superusers(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.0.lock().users.values().filter(|user| user.is_superuser).cloned().collect())
    }

    async fn count_users(&self) -> Result<u64, StoreError> {
        Ok(self.0.lock().users.len() as u64)
    }
}

#[async_trait]
impl SessionStore for FakeStore {
    async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        let rows = self.0.lock();
        Ok(rows.sessions.get(&id).and_then(|session| rows.row(session)))
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        let row = self.session(id).await?;
        Ok(row.map(|SessionRow { session, rights }| Standing {
            user_id: session.user_id,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            is_ended: session.ended_at.is_some(),
            scopes: session.scopes,
            client: session.client,
            rights,
        }))
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
        Ok(self.0.lock().log.cursors.get(listener).cloned())
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
