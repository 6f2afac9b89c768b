//! What a rule decided, as data.
//!
//! A rule returns [`Changes`]; [`crate::port::Journal::apply`] makes them true in one short transaction. No transaction
//! lives while a password is hashed, the audit line is written with the deed or not at all, and races are decided by the
//! database: a *guarded* change names the state it was made for and must find exactly one such row.

mod account;
mod factor;
mod logout;
mod mail;
mod oauth;
mod passkey;

pub use account::{AccountChange, ProfileChange};
pub use factor::FactorChange;
pub use logout::LogoutChange;
pub use mail::{MailChange, TicketChange};
pub use oauth::OAuthChange;
pub use passkey::PasskeyChange;

use crate::account::User;
use crate::api_key::ApiKey;
use crate::audit::AuditEvent;
use crate::audit::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::hook::Cursor;
use crate::id::{ApiKeyId, SessionId, UserId};
use crate::password::PasswordHash;
use crate::role::{Role, RoleName};
use crate::session::{EndReason, Session};
use crate::settings::StoredSetting;
use crate::time::Timestamp;
use crate::token::StoredKey;

/// One thing that becomes true. "Guarded" changes fail the whole write set when their row is not as they expect.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new account. Fails when its email address or user name is taken.
    AddUser(Box<User>),
    /// A new password. Guarded: the account's `password_version` is still `from_version`, and grows by one.
    SetPassword {
        /// Whose.
        user: UserId,
        /// The new hash.
        hash: PasswordHash,
        /// The version of the password that was checked before.
        from_version: i64,
        /// When.
        at: Timestamp,
    },
    /// The same password under today's hash settings. Guarded like [`Change::SetPassword`], without a new version.
    Rehash {
        /// Whose.
        user: UserId,
        /// The same password, hashed anew.
        hash: PasswordHash,
        /// The version of the password that was checked before.
        from_version: i64,
    },
    /// Enables or disables an account. Guarded: the account exists.
    SetActive {
        /// Whose.
        user: UserId,
        /// Whether it may be used from now on.
        is_active: bool,
        /// When.
        at: Timestamp,
    },
    /// Gives or takes the mark of those who run the server. Guarded: the account exists.
    SetSuperuser {
        /// Whose.
        user: UserId,
        /// Whether it runs the server from now on.
        is_superuser: bool,
        /// When.
        at: Timestamp,
    },
    /// Changes nothing. Guarded: somebody else than `besides` runs the server and is active, or `besides` does not. Comes
    /// before a change that would take from the last superuser what makes them one.
    KeepASuperuser {
        /// The account whose mark, activity or life is about to end.
        besides: UserId,
    },
    /// Gives a role to an account; holding it already is no conflict. Guarded: both exist.
    GiveRole {
        /// To whom.
        user: UserId,
        /// Which.
        role: RoleName,
        /// When.
        at: Timestamp,
    },
    /// Takes a role from an account; not holding it is no conflict. Guarded: the account exists.
    TakeRole {
        /// From whom.
        user: UserId,
        /// Which.
        role: RoleName,
        /// When.
        at: Timestamp,
    },
    /// A new role. Fails when its name is taken.
    AddRole(Box<Role>),
    /// What a role is for and allows. Guarded: it exists.
    SetRole(Box<Role>),
    /// The end of a role; nobody holds it any more. Guarded: it exists.
    DeleteRole {
        /// Which.
        name: RoleName,
        /// When.
        at: Timestamp,
    },
    /// A new API key. Guarded: the account is active.
    AddApiKey(Box<ApiKey>),
    /// The end of an API key of `user`. Guarded: it was not revoked before.
    RevokeApiKey {
        /// Whose.
        user: UserId,
        /// Which.
        key: ApiKeyId,
        /// When.
        at: Timestamp,
    },
    /// Last uses of API keys, gathered and written together. Never moves a stamp back.
    SeeApiKeys(Vec<(ApiKeyId, Timestamp)>),
    /// A setting that holds from now on, in the place of an earlier one of its name.
    KeepSetting(Box<StoredSetting>),
    /// A setting that holds no longer; there being none is no conflict.
    DropSetting {
        /// Which.
        name: String,
    },
    /// A new session. Guarded: the account is active and its `password_version` is still the one that was proved.
    OpenSession {
        /// The session.
        session: Box<Session>,
        /// The version of the password that was checked before.
        password_version: i64,
    },
    /// A refresh token replaced by its successor. Guarded: the session lives and its current token is `from`.
    RotateRefresh {
        /// The session whose family it is.
        session: SessionId,
        /// Digest of the token that was presented.
        from: Digest,
        /// Digest of its successor.
        to: Digest,
        /// The successor's generation.
        generation: u32,
        /// When; also counts as a sign of life of the session.
        at: Timestamp,
    },
    /// The end of one session, of which the application that was given it is told. Guarded: it has not ended before.
    EndSession {
        /// Which.
        session: SessionId,
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
    },
    /// The end of all sessions of an account, perhaps but one; of those of applications they are told.
    EndSessionsOf {
        /// Whose.
        user: UserId,
        /// The one that stays.
        keep: Option<SessionId>,
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
    },
    /// Signs of life, gathered and written together. Never moves a stamp back.
    SeeSessions(Vec<(SessionId, Timestamp)>),
    /// Sessions that ended, or whose time was over, before this moment are forgotten.
    ForgetSessions {
        /// The moment.
        before: Timestamp,
    },
    /// A new signing key.
    AddKey(Box<StoredKey>),
    /// Signing keys whose tokens have all expired by this moment are forgotten.
    ForgetKeys {
        /// The moment.
        before: Timestamp,
    },
    /// Sets when a signing key stops signing and when it stops verifying. Guarded: the key exists, and its
    /// `verifies_until` is not set yet or later than this one.
    RetireKey {
        /// Which.
        kid: String,
        /// It signs nothing from then on.
        signs_until: Timestamp,
        /// Tokens it signed are accepted until then.
        verifies_until: Timestamp,
    },
    /// Links somebody's name at a provider to an account. Guarded: it is nobody's yet.
    AddIdentity {
        /// The provider.
        provider: String,
        /// Its name for them.
        subject: String,
        /// Whose account it is from now on.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// How far a listener has been told. Guarded: it is where it was.
    MoveCursor {
        /// The listener.
        listener: String,
        /// Where it was; `None` for a new one.
        from: Option<Cursor>,
        /// Where it is.
        to: Cursor,
    },
    /// A session was in use.
    NoteActive {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
        /// When.
        at: Timestamp,
    },
    /// The sessions in use on days that are over are counted and forgotten, and counts of very old days with them.
    FoldDays {
        /// This day stays open.
        today: i64,
        /// Counts of earlier days are forgotten.
        oldest: i64,
    },
    /// One of an account and what it tells.
    Account(AccountChange),
    /// One of second factors.
    Factor(FactorChange),
    /// One of applications that people sign in to.
    OAuth(OAuthChange),
    /// One of what applications have to be told.
    Logout(LogoutChange),
    /// One of passkeys.
    Passkey(PasskeyChange),
    /// One of tickets.
    Ticket(TicketChange),
    /// One of mail.
    Mail(MailChange),
    /// A line in the audit log, linked to the last one.
    Record(Box<AuditEvent>),
    /// A place of the audit log that was signed, in place of an older one of the same mark.
    KeepCheckpoint(Box<Checkpoint>),
    /// Some lines of the audit log up to this one are forgotten, oldest first, and checkpoints before it.
    ForgetAudit {
        /// The number of the line.
        up_to: i64,
    },
    /// What the lines about an account tell of its owner beyond its id is deleted; the lines stay.
    ErasePersonal {
        /// Whose.
        user: UserId,
    },
}

/// Changes that happen together or not at all, in order.
#[derive(Debug, Clone, Default)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// No change yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one more.
    #[must_use]
    pub fn with(mut self, change: impl Into<Change>) -> Self {
        self.0.push(change.into());
        self
    }

    /// Adds those of `other` after these.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds an audit line.
    #[must_use]
    pub fn recorded(self, event: AuditEvent) -> Self {
        self.with(Change::Record(Box::new(event)))
    }

    /// Whether they end something, or change what somebody may do: what other nodes should look for at once.
    pub(crate) fn take_away(&self) -> bool {
        self.0.iter().any(|change| {
            matches!(
                change,
                Change::SetPassword { .. }
                    | Change::SetActive { .. }
                    | Change::SetSuperuser { .. }
                    | Change::GiveRole { .. }
                    | Change::TakeRole { .. }
                    | Change::SetRole(_)
                    | Change::DeleteRole { .. }
                    | Change::RevokeApiKey { .. }
                    | Change::KeepSetting(_)
                    | Change::DropSetting { .. }
                    | Change::EndSession { .. }
                    | Change::EndSessionsOf { .. }
                    | Change::RetireKey { .. }
                    | Change::Account(AccountChange::Delete { .. })
                    | Change::OAuth(
                        OAuthChange::RemoveClient { .. }
                            | OAuthChange::WithdrawConsent { .. }
                            | OAuthChange::RenewSecret { .. }
                            | OAuthChange::EndGivenIn { .. }
                    )
            )
        })
    }

    /// The changes in order.
    pub fn into_vec(self) -> Vec<Change> {
        self.0
    }

    /// The changes in order.
    pub fn as_slice(&self) -> &[Change] {
        &self.0
    }
}

impl<C: Into<Change>> From<C> for Changes {
    fn from(change: C) -> Self {
        Self(vec![change.into()])
    }
}
