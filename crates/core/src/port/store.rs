//! What must not be lost, and how it changes.
//!
//! Reads are plain questions. Writes go through [`Journal::apply`] alone, as a list of typed changes that happen
//! together or not at all.

use std::fmt;

use async_trait::async_trait;

use crate::account::{AccountLimits, AliasKind, LoginName, Place, Rights, User, Way};
use crate::api_key::ApiKey;
use crate::audit::chain::{Found, Link};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::{AuditEvent, Whose};
use crate::change::Changes;
use crate::digest::Digest;
use crate::factor::Factor;
use crate::figure::DailyCount;
use crate::hook::Cursor;
use crate::id::{ApiKeyId, ClientId, MailId, SessionId, UserId};
use crate::login::PendingLogin;
use crate::mail::{Backlog, Mail, MailQueue};
use crate::oauth::{AuthorizationCode, Consent, LogoutNotice, OAuthClient};
use crate::passkey::{Passkey, PasskeyChallenge};
use crate::role::Role;
use crate::scope::Scopes;
use crate::session::Session;
use crate::settings::StoredSetting;
use crate::ticket::{Purpose, Ticket};
use crate::time::Timestamp;
use crate::token::StoredKey;

/// The database did not answer, or not in a way that makes sense. The text is for logs.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database could not be reached, is full, or refused; the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row holds what this build cannot read.
    #[error("the database holds a value that cannot be read: {0}")]
    Corrupt(String),
}

/// Why a write set changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Another writer was first.
    #[error("lost a race: {0:?}")]
    Conflict(Conflict),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What another writer had already done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Some account has this email address.
    EmailTaken,
    /// Some account has this user name.
    UsernameTaken,
    /// Some role has this name.
    RoleTaken,
    /// Nobody else runs the server.
    LastSuperuser,
    /// Nothing else lets the owner of the account in.
    LastWayIn,
    /// A guarded change found its row changed, ended or gone.
    Stale,
}

/// A session together with what the account behind it may do now.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session.
    pub session: Session,
    /// What its account may do.
    pub rights: Rights,
}

/// What decides whether a token of a session counts: all that is asked at the first sight of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose session it is.
    pub user_id: UserId,
    /// The last sign of life that was written.
    pub last_seen_at: Timestamp,
    /// The end that nothing moves.
    pub expires_at: Timestamp,
    /// Whether it was ended.
    pub is_ended: bool,
    /// What it may be used for at most; `None`: whatever its account may.
    pub scopes: Option<Scopes>,
    /// The application that was given it.
    pub client: Option<ClientId>,
    /// What its account may do.
    pub rights: Rights,
}

/// Accounts.
#[async_trait]
pub trait UserStore {
    /// The account with this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The account that a person means by `name`: an address or a user name in normal form.
    async fn user_by_name(&self, name: &LoginName) -> Result<Option<User>, StoreError>;

    /// The first `most` accounts along `way` that come after `after`, each with its place.
    async fn users_along(
        &self,
        way: &Way,
        after: Option<&Place>,
        most: u32,
    ) -> Result<Vec<(Place, User)>, StoreError>;

    /// The account of whoever `provider` calls `subject`.
    async fn user_by_identity(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreError>;

    /// Who `user` is elsewhere, by the name of the provider and its name for them; the oldest link.
    async fn identity_of(&self, user: UserId) -> Result<Option<(String, String)>, StoreError>;

    /// The account that clients of another system know by `alias`.
    async fn user_by_alias(&self, kind: AliasKind, alias: &str) -> Result<Option<UserId>, StoreError>;

    /// By what name clients of another system know `user`.
    async fn alias_of(&self, user: UserId, kind: AliasKind) -> Result<Option<String>, StoreError>;

    /// Those of `users` that clients of another system know by a name, with it; in any order.
    async fn aliases_among(
        &self,
        users: &[UserId],
        kind: AliasKind,
    ) -> Result<Vec<(UserId, String)>, StoreError>;

    /// What bounds `user` otherwise than all the others.
    async fn limits_of(&self, user: UserId) -> Result<AccountLimits, StoreError>;

    /// The accounts that were deleted at or after `since`, by whatever process; in any order.
    async fn deleted_since(&self, since: Timestamp) -> Result<Vec<UserId>, StoreError>;

    /// The accounts that run the server, oldest first.
    async fn superusers(&self) -> Result<Vec<User>, StoreError>;

    /// How many accounts there are.
    async fn count_users(&self) -> Result<u64, StoreError>;
}

/// Roles, and what accounts may do.
#[async_trait]
pub trait RightsStore {
    /// All roles, by name.
    async fn roles(&self) -> Result<Vec<Role>, StoreError>;

    /// What those accounts may do for whom that changed at or after `since`, by whatever process; in any order.
    async fn rights_changed_since(&self, since: Timestamp) -> Result<Vec<(UserId, Rights)>, StoreError>;
}

/// Settings that were changed while the server runs.
#[async_trait]
pub trait SettingStore {
    /// All of them, by name.
    async fn settings(&self) -> Result<Vec<StoredSetting>, StoreError>;
}

/// API keys.
#[async_trait]
pub trait ApiKeyStore {
    /// The key with this id, revoked ones too.
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// The keys of `user` that were not revoked, youngest first.
    async fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError>;

    /// The keys that were revoked at or after `since`, by whatever process; in any order.
    async fn api_keys_revoked_since(&self, since: Timestamp) -> Result<Vec<(UserId, ApiKeyId)>, StoreError>;
}

/// Sessions.
#[async_trait]
pub trait SessionStore {
    /// The session with this id and its account's state, ended ones too.
    async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError>;

    /// How the session with this id stands, ended ones too.
    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError>;

    /// The session that a browser cookie with this digest belongs to, ended ones too.
    async fn session_by_cookie(&self, cookie: &Digest) -> Result<Option<SessionRow>, StoreError>;

    /// The sessions of `user` that have not been ended, youngest first; those past their time may be among them.
    async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError>;

    /// The sessions that were ended at or after `since`, by whatever process; in any order.
    async fn ended_since(&self, since: Timestamp) -> Result<Vec<(UserId, SessionId)>, StoreError>;

    /// Whether `user` has opened a session from `network` since `since`.
    async fn is_known_network(
        &self,
        user: UserId,
        network: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// Second factors, and logins that wait for one.
#[async_trait]
pub trait FactorStore {
    /// The second factor of `user`, whether it is confirmed or not.
    async fn factor(&self, user: UserId) -> Result<Option<Factor>, StoreError>;

    /// The digests of the recovery codes that `user` has left; in any order.
    async fn recovery_codes(&self, user: UserId) -> Result<Vec<Digest>, StoreError>;

    /// The login whose ticket has this digest; it may be worth nothing any more.
    async fn pending_login(&self, ticket: &Digest) -> Result<Option<PendingLogin>, StoreError>;
}

/// Applications that people sign in to.
#[async_trait]
pub trait OAuthStore {
    /// The application with this id.
    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, StoreError>;

    /// All applications, by name.
    async fn clients(&self) -> Result<Vec<OAuthClient>, StoreError>;

    /// The applications that were given a secret at or after `since`, and when, by whatever process; in any order.
    async fn clients_renewed_since(&self, since: Timestamp)
    -> Result<Vec<(ClientId, Timestamp)>, StoreError>;

    /// The applications that were removed at or after `since`, and when, by whatever process; in any order.
    async fn clients_removed_since(&self, since: Timestamp)
    -> Result<Vec<(ClientId, Timestamp)>, StoreError>;

    /// The code with this digest, used ones too.
    async fn code(&self, digest: &Digest) -> Result<Option<AuthorizationCode>, StoreError>;

    /// Up to `limit` notices for applications that are due at `now`, longest due first.
    async fn due_logouts(&self, now: Timestamp, limit: u32) -> Result<Vec<LogoutNotice>, StoreError>;

    /// What `user` has let applications have, by their names.
    async fn consents_of(&self, user: UserId) -> Result<Vec<Consent>, StoreError>;

    /// What `user` has let the application have.
    async fn consent(&self, user: UserId, client: ClientId) -> Result<Option<Scopes>, StoreError>;
}

/// Passkeys, and the challenges they answer.
#[async_trait]
pub trait PasskeyStore {
    /// The passkeys of `user`, youngest first.
    async fn passkeys_of(&self, user: UserId) -> Result<Vec<Passkey>, StoreError>;

    /// The passkey that a device calls `handle`.
    async fn passkey_by_handle(&self, handle: &str) -> Result<Option<Passkey>, StoreError>;

    /// The challenge with this digest, if it was not answered; its time may be over.
    async fn passkey_challenge(&self, digest: &Digest) -> Result<Option<PasskeyChallenge>, StoreError>;
}

/// Mail and the tickets in it.
#[async_trait]
pub trait MailStore {
    /// The ticket with this id, spent ones too.
    async fn ticket(&self, id: MailId) -> Result<Option<Ticket>, StoreError>;

    /// The unspent ticket of `user` for `purpose`; its time may be over.
    async fn ticket_of(&self, user: UserId, purpose: Purpose) -> Result<Option<Ticket>, StoreError>;

    /// Up to `limit` mails that wait and are due at `now`, longest due first.
    async fn due_mails(&self, now: Timestamp, limit: u32) -> Result<Vec<Mail>, StoreError>;

    /// Mails of the queue, youngest first.
    async fn mails(&self, which: MailQueue) -> Result<Vec<Mail>, StoreError>;

    /// How much waits.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}

/// Signing keys, sealed.
#[async_trait]
pub trait KeyStore {
    /// All signing keys that are kept, oldest first.
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError>;
}

/// Figures, and how far others have been told.
#[async_trait]
pub trait FigureStore {
    /// The counts of the days from `from` on and before `until`.
    async fn daily_counts(&self, from: i64, until: i64) -> Result<Vec<DailyCount>, StoreError>;

    /// How far this listener has been told.
    async fn hook_cursor(&self, listener: &str) -> Result<Option<Cursor>, StoreError>;
}

/// The audit log.
#[async_trait]
pub trait AuditStore {
    /// The youngest `limit` events about `user`, youngest first.
    async fn events_about(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, StoreError>;

    /// The first `limit` lines after the one numbered `seq`, in their order.
    async fn records_after(&self, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError>;

    /// The last `limit` lines of `whose` before the one numbered `seq`, youngest first.
    async fn records_before(&self, whose: Whose, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError>;

    /// The number of the last line before this moment; 0 when there is none.
    async fn seq_before(&self, at: Timestamp) -> Result<i64, StoreError>;

    /// The place of the last line.
    async fn audit_head(&self) -> Result<Link, StoreError>;

    /// The signed places, in any order.
    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError>;
}

/// Changes.
#[async_trait]
pub trait Journal {
    /// Applies `changes` in order, in one transaction, and returns once they are durable.
    ///
    /// # Errors
    /// [`ApplyError::Conflict`] when a guarded change did not find exactly the row it was made for, or a unique name is
    /// taken; [`ApplyError::Store`] when the database failed. Nothing has changed then.
    async fn apply(&self, changes: Changes) -> Result<(), ApplyError>;
}

/// Everything durable behind one object.
#[async_trait]
pub trait Store:
    UserStore
    + RightsStore
    + SettingStore
    + ApiKeyStore
    + SessionStore
    + FactorStore
    + OAuthStore
    + PasskeyStore
    + MailStore
    + KeyStore
    + AuditStore
    + Journal
    + Send
    + Sync
    + fmt::Debug
    + FigureStore
{
    /// Answers when the database can be read and written to.
    ///
    /// # Errors
    /// What stands in the way.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Whether a replica answers what may be slightly old; nothing where there is none.
    fn replica_in_use(&self) -> Option<bool> {
        None
    }
}
