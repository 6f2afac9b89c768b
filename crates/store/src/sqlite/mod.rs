//! The embedded database: one file, one writing thread, reads on the caller's thread.
//!
//! Invariant: [`Journal::apply`] answers after the commit has reached the disk (WAL, `synchronous=FULL`).

mod figures;
pub(crate) mod open;
mod reader;
mod writer;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use doorward_core::account::{LoginName, Place, Rights, User, Way};
use doorward_core::api_key::ApiKey;
use doorward_core::audit::chain::{Found, Link};
use doorward_core::audit::checkpoint::Checkpoint;
use doorward_core::audit::{AuditEvent, Whose};
use doorward_core::change::Changes;
use doorward_core::figure::DailyCount;
use doorward_core::hook::Cursor;
use doorward_core::mail::{Backlog, Mail, MailQueue};
use doorward_core::port::{
    ApiKeyStore, ApplyError, AuditStore, FigureStore, Journal, KeyStore, MailStore, RightsStore, SessionRow,
    SessionStore, SettingStore, Standing, Store, StoreError, UserStore,
};
use doorward_core::role::Role;
use doorward_core::session::Session;
use doorward_core::settings::StoredSetting;
use doorward_core::ticket::{Purpose, Ticket};
use doorward_core::token::StoredKey;
use doorward_core::{ApiKeyId, Digest, MailId, SessionId, Timestamp, UserId};
use rusqlite::Row;
use rusqlite::backup::{Backup, StepResult};

pub use open::{OpenError, SqliteOptions};
use reader::Readers;
use writer::Writer;

use crate::{
    api_key, audit, checkpoint, cursor, figure, identity, key, mail, role, search, session, setting, ticket,
    user,
};

/// A database file in use.
///
/// Dropping it finishes what waits to be written.
#[derive(Debug)]
pub struct Sqlite {
    readers: Readers,
    writer: Writer,
    path: PathBuf,
    migrated: Vec<i64>,
}

impl Sqlite {
    /// Opens the database in `path`, makes it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        let (connection, migrated) = open::writing(path)?;
        let readers = Readers::open(path, options.readers)?;
        let writer = Writer::start(connection).map_err(OpenError::Thread)?;
        Ok(Self { readers, writer, path: path.to_owned(), migrated })
    }

    /// The migrations that this opening ran, by number; empty when the tables were up to date.
    pub fn migrated(&self) -> &[i64] {
        &self.migrated
    }

    /// Copies the database, as it is at one moment, into a new file at `path` that its owner alone can read. Requests go on
    /// meanwhile. Takes as long as the disk needs, on the calling thread.
    ///
    /// # Errors
    /// [`OpenError`]: there is a file of that name already, or the copy could not be written; what there is of it is no
    /// backup then.
    pub fn back_up(&self, path: &Path) -> Result<(), OpenError> {
        let from = open::reading(&self.path)?;
        let mut to = open::copy(path)?;
        // All in one step: between two steps a write would make the copy start again, and writes may never pause.
        match Backup::new(&from, &mut to)?.step(-1)? {
            StepResult::Done => Ok(()),
            _ => Err(OpenError::Locked),
        }
    }
}

#[async_trait]
impl UserStore for Sqlite {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.readers.read(|connection| user::by_id(connection, id))?)
    }

    async fn user_by_name(&self, name: &LoginName) -> Result<Option<User>, StoreError> {
        Ok(self.readers.read(|connection| user::by_name(connection, name))?)
    }

    async fn users_along(
        &self,
        way: &Way,
        after: Option<&Place>,
        most: u32,
    ) -> Result<Vec<(Place, User)>, StoreError> {
        Ok(self.readers.read(|connection| search::along(connection, way, after, most))?)
    }

    async fn user_by_identity(&self, provider: &str, subject: &str) -> Result<Option<User>, StoreError> {
        Ok(self.readers.read(|connection| match identity::whose(connection, provider, subject)? {
            Some(id) => user::by_id(connection, id),
            None => Ok(None),
        })?)
    }

    async fn deleted_since(&self, since: Timestamp) -> Result<Vec<UserId>, StoreError> {
        Ok(self.readers.read(|connection| user::deleted_since(connection, since))?)
    }

    async fn superusers(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.readers.read(user::superusers)?)
    }
}

#[async_trait]
impl RightsStore for Sqlite {
    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(self.readers.read(role::all)?)
    }

    async fn rights_changed_since(&self, since: Timestamp) -> Result<Vec<(UserId, Rights)>, StoreError> {
        Ok(self.readers.read(|connection| role::changed_since(connection, since))?)
    }
}

#[async_trait]
impl SettingStore for Sqlite {
    async fn settings(&self) -> Result<Vec<StoredSetting>, StoreError> {
        Ok(self.readers.read(setting::all)?)
    }
}

#[async_trait]
impl ApiKeyStore for Sqlite {
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.readers.read(|connection| api_key::by_id(connection, id))?)
    }

    async fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        Ok(self.readers.read(|connection| api_key::of_user(connection, user))?)
    }

    async fn api_keys_revoked_since(&self, since: Timestamp) -> Result<Vec<(UserId, ApiKeyId)>, StoreError> {
        Ok(self.readers.read(|connection| api_key::revoked_since(connection, since))?)
    }
}

#[async_trait]
impl SessionStore for Sqlite {
    async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        Ok(self.readers.read(|connection| session::by_id(connection, id))?)
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        Ok(self.readers.read(|connection| session::standing(connection, id))?)
    }

    async fn session_by_cookie(&self, cookie: &Digest) -> Result<Option<SessionRow>, StoreError> {
        Ok(self.readers.read(|connection| session::by_cookie(connection, cookie))?)
    }

    async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        Ok(self.readers.read(|connection| session::of_user(connection, user))?)
    }

    async fn ended_since(&self, since: Timestamp) -> Result<Vec<(UserId, SessionId)>, StoreError> {
        Ok(self.readers.read(|connection| session::ended_since(connection, since))?)
    }

    async fn is_known_network(
        &self,
        user: UserId,
        network: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.readers.read(|connection| session::is_known_network(connection, user, network, since))?)
    }
}

#[async_trait]
impl MailStore for Sqlite {
    async fn ticket(&self, id: MailId) -> Result<Option<Ticket>, StoreError> {
        Ok(self.readers.read(|connection| ticket::by_id(connection, id))?)
    }

    async fn ticket_of(&self, user: UserId, purpose: Purpose) -> Result<Option<Ticket>, StoreError> {
        Ok(self.readers.read(|connection| ticket::of_user(connection, user, purpose))?)
    }

    async fn due_mails(&self, now: Timestamp, limit: u32) -> Result<Vec<Mail>, StoreError> {
        Ok(self.readers.read(|connection| mail::due(connection, now, limit))?)
    }

    async fn mails(&self, which: MailQueue) -> Result<Vec<Mail>, StoreError> {
        Ok(self.readers.read(|connection| mail::queue(connection, which))?)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(self.readers.read(mail::backlog)?)
    }
}

#[async_trait]
impl KeyStore for Sqlite {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(self.readers.read(key::all)?)
    }
}

#[async_trait]
impl AuditStore for Sqlite {
    async fn events_about(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.readers.read(|connection| audit::about(connection, user, limit))?)
    }

    async fn records_after(&self, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError> {
        Ok(self.readers.read(|connection| audit::after(connection, seq, limit))?)
    }

    async fn records_before(&self, whose: Whose, seq: i64, limit: u32) -> Result<Vec<Found>, StoreError> {
        Ok(self.readers.read(|connection| audit::before(connection, whose, seq, limit))?)
    }

    async fn seq_before(&self, at: Timestamp) -> Result<i64, StoreError> {
        Ok(self.readers.read(|connection| audit::seq_before(connection, at))?)
    }

    async fn audit_head(&self) -> Result<Link, StoreError> {
        Ok(self.readers.read(|connection| audit::head(connection).map_err(Fault::from))?)
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        Ok(self.readers.read(checkpoint::all)?)
    }
}

#[async_trait]
impl FigureStore for Sqlite {
    async fn daily_counts(&self, from: i64, until: i64) -> Result<Vec<DailyCount>, StoreError> {
        Ok(self.readers.read(|connection| figure::between(connection, from, until))?)
    }

    async fn hook_cursor(&self, listener: &str) -> Result<Option<Cursor>, StoreError> {
        Ok(self.readers.read(|connection| cursor::of(connection, listener))?)
    }
}

#[async_trait]
impl Journal for Sqlite {
    async fn apply(&self, changes: Changes) -> Result<(), ApplyError> {
        self.writer.apply(changes).await
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn ready(&self) -> Result<(), StoreError> {
        self.readers.read(key::all)?;
        self.writer.ready().await
    }
}

/// What went wrong with a statement.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("unreadable value in {0}")]
    Corrupt(&'static str),
}

impl Fault {
    pub(crate) const fn corrupt(place: &'static str) -> Self {
        Self::Corrupt(place)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(fault) => Self::Unavailable(fault.to_string()),
            Fault::Corrupt(place) => Self::Corrupt(place.to_owned()),
        }
    }
}

/// The id in column `at`.
pub(crate) fn read_id<I: std::str::FromStr>(row: &Row<'_>, at: usize) -> Result<I, Fault> {
    let text = row.get_ref(at)?.as_str().map_err(|_| Fault::corrupt("an id"))?;
    text.parse().map_err(|_| Fault::corrupt("an id"))
}
