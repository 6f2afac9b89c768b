//! The ports of the rules, answered by the files of the tables on whatever engine there is.
//!
//! Holds no statement and no rule: each answer is one call.

use async_trait::async_trait;
use doorward_core::account::{AccountLimits, AliasKind, LoginName, Place, Rights, User, Way};
use doorward_core::api_key::ApiKey;
use doorward_core::audit::chain::{Found, Link};
use doorward_core::audit::checkpoint::Checkpoint;
use doorward_core::audit::{AuditEvent, Whose};
use doorward_core::change::Changes;
use doorward_core::factor::Factor;
use doorward_core::figure::DailyCount;
use doorward_core::hook::Cursor;
use doorward_core::login::PendingLogin;
use doorward_core::mail::{Backlog, Mail, MailQueue};
use doorward_core::oauth::{AuthorizationCode, Consent, LogoutNotice, OAuthClient};
use doorward_core::passkey::{Passkey, PasskeyChallenge};
use doorward_core::port::{
    ApiKeyStore, ApplyError, AuditStore, FactorStore, FigureStore, Journal, KeyStore, MailStore, OAuthStore,
    PasskeyStore, RightsStore, SessionRow, SessionStore, SettingStore, Standing, Store, StoreError,
    UserStore,
};
use doorward_core::role::Role;
use doorward_core::scope::Scopes;
use doorward_core::session::Session;
use doorward_core::settings::StoredSetting;
use doorward_core::ticket::{Purpose, Ticket};
use doorward_core::token::StoredKey;
use doorward_core::{ApiKeyId, ClientId, Digest, MailId, SessionId, Timestamp, UserId};

use crate::db::Db;
use crate::{
    alias, api_key, audit, challenge, checkpoint, client, code, consent, cursor, factor, figure, identity,
    key, limit, logout, mail, passkey, pending_login, recovery_code, role, search, session, setting, ticket,
    user,
};

/// What keeps the tables.
pub(crate) trait Engine: std::fmt::Debug + Send + Sync + 'static {
    /// What questions are asked of.
    type Reads: Db + Sync;

    fn reads(&self) -> &Self::Reads;

    /// Applies a write set: see [`Journal::apply`].
    fn apply(&self, changes: Changes) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// The session called `id`: what each refresh asks for.
    fn session(&self, id: SessionId) -> impl Future<Output = Result<Option<SessionRow>, StoreError>> + Send {
        async move { Ok(session::by_id(self.reads(), id).await?) }
    }

    /// What may be asked instead where the answer may be slightly old; nothing while nothing does.
    fn replica(&self) -> Option<&Self::Reads> {
        None
    }

    /// Whether there is meant to be one.
    fn has_replica(&self) -> bool {
        false
    }

    /// Hears who has answered such a question; one that was not answered by the replica had none that was fit.
    fn replica_answered(&self, _is_replica: bool) {}

    /// Answers when the next write set has a chance: see [`Store::ready`].
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What the replica says, where there is one that keeps up; where there is none or it fails, the database itself. For lists and
/// figures alone: nothing may hang on them.
macro_rules! slightly_old {
    ($self:ident, $db:ident => $ask:expr) => {{
        let told = match $self.engine.replica() {
            Some($db) => $ask.await.ok(),
            None => None,
        };
        $self.engine.replica_answered(told.is_some());
        match told {
            Some(told) => told,
            None => {
                let $db = $self.engine.reads();
                $ask.await?
            }
        }
    }};
}

/// A database in use.
///
/// Dropping it finishes what waits to be written.
#[derive(Debug)]
pub struct Durable<E> {
    pub(crate) engine: E,
}

#[async_trait]
impl<E: Engine> UserStore for Durable<E> {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(user::by_id(self.engine.reads(), id).await?)
    }

    async fn user_by_name(&self, name: &LoginName) -> Result<Option<User>, StoreError> {
        Ok(user::by_name(self.engine.reads(), name).await?)
    }

    async fn users_along(
        &self,
        way: &Way,
        after: Option<&Place>,
        most: u32,
    ) -> Result<Vec<(Place, User)>, StoreError> {
        Ok(slightly_old!(self, db => search::along(db, way, after, most)))
    }

    async fn user_by_identity(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreError> {
        match identity::whose(self.engine.reads(), provider, subject).await? {
            Some(id) => self.user(id).await,
            None => Ok(None),
        }
    }

    async fn identity_of(&self, user: UserId) -> Result<Option<(String, String)>, StoreError> {
        Ok(identity::of(self.engine.reads(), user).await?)
    }

    async fn user_by_alias(&self, kind: AliasKind, alias: &str) -> Result<Option<UserId>, StoreError> {
        Ok(alias::whose(self.engine.reads(), kind, alias).await?)
    }

    async fn alias_of(&self, user: UserId, kind: AliasKind) -> Result<Option<String>, StoreError> {
        Ok(alias::of(self.engine.reads(), user, kind).await?)
    }

    async fn aliases_among(
        &self,
        users: &[UserId],
        kind: AliasKind,
    ) -> Result<Vec<(UserId, String)>, StoreError> {
        Ok(alias::among(self.engine.reads(), users, kind).await?)
    }

    async fn limits_of(&self, user: UserId) -> Result<AccountLimits, StoreError> {
        Ok(limit::of(self.engine.reads(), user).await?)
    }

    async fn deleted_since(&self, since: Timestamp) -> Result<Vec<UserId>, StoreError> {
        Ok(user::deleted_since(self.engine.reads(), since).await?)
    }

    async fn superusers(&self) -> Result<Vec<User>, StoreError> {
        Ok(user::superusers(self.engine.reads()).await?)
    }

    async fn count_users(&self) -> Result<u64, StoreError> {
        Ok(slightly_old!(self, db => user::count(db)))
    }
}

#[async_trait]
impl<E: Engine> RightsStore for Durable<E> {
    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(role::all(self.engine.reads()).await?)
    }

    async fn rights_changed_since(&self, since: Timestamp) -> Result<Vec<(UserId, Rights)>, StoreError> {
        Ok(role::changed_since(self.engine.reads(), since).await?)
    }
}

#[async_trait]
impl<E: Engine> SettingStore for Durable<E> {
    async fn settings(&self) -> Result<Vec<StoredSetting>, StoreError> {
        Ok(setting::all(self.engine.reads()).await?)
    }
}

#[async_trait]
impl<E: Engine> ApiKeyStore for Durable<E> {
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(api_key::by_id(self.engine.reads(), id).await?)
    }

    async fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        Ok(api_key::of_user(self.engine.reads(), user).await?)
    }

    async fn api_keys_revoked_since(&self, since: Timestamp) -> Result<Vec<(UserId, ApiKeyId)>, StoreError> {
        Ok(api_key::revoked_since(self.engine.reads(), since).await?)
    }
}

#[async_trait]
impl<E: Engine> SessionStore for Durable<E> {
    async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        self.engine.session(id).await
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        Ok(session::standing(self.engine.reads(), id).await?)
    }

    async fn session_by_cookie(&self, cookie: &Digest) -> Result<Option<SessionRow>, StoreError> {
        Ok(session::by_cookie(self.engine.reads(), cookie).await?)
    }

    async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        Ok(session::of_user(self.engine.reads(), user).await?)
    }

    async fn ended_since(&self, since: Timestamp) -> Result<Vec<(UserId, SessionId)>, StoreError> {
        Ok(session::ended_since(self.engine.reads(), since).await?)
    }

    async fn is_known_network(
        &self,
        user: UserId,
        network: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(session::is_known_network(self.engine.reads(), user, network, since).await?)
    }
}

#[async_trait]
impl<E: Engine> FactorStore for Durable<E> {
    async fn factor(&self, user: UserId) -> Result<Option<Factor>, StoreError> {
        Ok(factor::of(self.engine.reads(), user).await?)
    }

    async fn recovery_codes(&self, user: UserId) -> Result<Vec<Digest>, StoreError> {
        Ok(recovery_code::of(self.engine.reads(), user).await?)
    }

    async fn pending_login(&self, ticket: &Digest) -> Result<Option<PendingLogin>, StoreError> {
        Ok(pending_login::by_ticket(self.engine.reads(), ticket).await?)
    }
}

#[async_trait]
impl<E: Engine> OAuthStore for Durable<E> {
    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, StoreError> {
        Ok(client::by_id(self.engine.reads(), id).await?)
    }

    async fn clients(&self) -> Result<Vec<OAuthClient>, StoreError> {
        Ok(client::all(self.engine.reads()).await?)
    }

    async fn clients_renewed_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(ClientId, Timestamp)>, StoreError> {
        Ok(client::renewed_since(self.engine.reads(), since).await?)
    }

    async fn clients_removed_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(ClientId, Timestamp)>, StoreError> {
        Ok(client::removed_since(self.engine.reads(), since).await?)
    }

    async fn code(&self, digest: &Digest) -> Result<Option<AuthorizationCode>, StoreError> {
        Ok(code::by_digest(self.engine.reads(), digest).await?)
    }

    async fn due_logouts(&self, now: Timestamp, limit: u32) -> Result<Vec<LogoutNotice>, StoreError> {
        Ok(logout::due(self.engine.reads(), now, limit).await?)
    }

    async fn consents_of(&self, user: UserId) -> Result<Vec<Consent>, StoreError> {
        Ok(consent::of_user(self.engine.reads(), user).await?)
    }

    async fn consent(&self, user: UserId, client: ClientId) -> Result<Option<Scopes>, StoreError> {
        Ok(consent::of(self.engine.reads(), user, client).await?)
    }
}

#[async_trait]
impl<E: Engine> PasskeyStore for Durable<E> {
    async fn passkeys_of(&self, user: UserId) -> Result<Vec<Passkey>, StoreError> {
        Ok(passkey::of_user(self.engine.reads(), user).await?)
    }

    async fn passkey_by_handle(&self, handle: &str) -> Result<Option<Passkey>, StoreError> {
        Ok(passkey::by_handle(self.engine.reads(), handle).await?)
    }

    async fn passkey_challenge(&self, digest: &Digest) -> Result<Option<PasskeyChallenge>, StoreError> {
        Ok(challenge::by_digest(self.engine.reads(), digest).await?)
    }
}

#[async_trait]
impl<E: Engine> MailStore for Durable<E> {
    async fn ticket(&self, id: MailId) -> Result<Option<Ticket>, StoreError> {
        Ok(ticket::by_id(self.engine.reads(), id).await?)
    }

    async fn ticket_of(&self, user: UserId, purpose: Purpose) -> Result<Option<Ticket>, StoreError> {
        Ok(ticket::of_user(self.engine.reads(), user, purpose).await?)
    }

    async fn due_mails(&self, now: Timestamp, limit: u32) -> Result<Vec<Mail>, StoreError> {
        Ok(mail::due(self.engine.reads(), now, limit).await?)
    }

    async fn mails(&self, which: MailQueue) -> Result<Vec<Mail>, StoreError> {
        Ok(mail::queue(self.engine.reads(), which).await?)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(mail::backlog(self.engine.reads()).await?)
    }
}

#[async_trait]
impl<E: Engine> KeyStore for Durable<E> {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(key::all(self.engine.reads()).await?)
    }
}

#[async_trait]
impl<E: Engine> AuditStore for Durable<E> {
    async fn events_about(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(audit::about(self.engine.reads(), user, limit).await?)
    }

    async fn records_after(&self, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError> {
        Ok(audit::after(self.engine.reads(), seq, limit).await?)
    }

    async fn records_before(&self, whose: Whose, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError> {
        Ok(slightly_old!(self, db => audit::before(db, whose, seq, limit)))
    }

    async fn seq_before(&self, at: Timestamp) -> Result<i64, StoreError> {
        Ok(audit::seq_before(self.engine.reads(), at).await?)
    }

    async fn audit_head(&self) -> Result<Link, StoreError> {
        Ok(audit::head(self.engine.reads()).await?)
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        Ok(checkpoint::all(self.engine.reads()).await?)
    }
}

#[async_trait]
impl<E: Engine> FigureStore for Durable<E> {
    async fn daily_counts(&self, from: i64, until: i64) -> Result<Vec<DailyCount>, StoreError> {
        Ok(slightly_old!(self, db => figure::between(db, from, until)))
    }

    async fn hook_cursor(&self, listener: &str) -> Result<Option<Cursor>, StoreError> {
        Ok(cursor::of(self.engine.reads(), listener).await?)
    }
}

#[async_trait]
impl<E: Engine> Journal for Durable<E> {
    async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        self.engine.apply(changes).await
    }
}

#[async_trait]
impl<E: Engine> Store for Durable<E> {
    async fn ready(&self) -> Result<(), StoreError> {
        key::all(self.engine.reads()).await?;
        self.engine.ready().await
    }

    fn replica_in_use(&self) -> Option<bool> {
        self.engine.has_replica().then(|| self.engine.replica().is_some())
    }
}
