//! The library: everything one can do with documents, each in the name of a caller.
//!
//! A rule per function, grouped by file. What is refused is refused with a [`doorward_core::Code`]; what the caller may not
//! know of is [`doorward_core::Code::NotFound`].

mod answer;
mod collections;
mod documents;
mod judge;
mod search;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use answer::Piece;
use async_trait::async_trait;
use deadpool_postgres::Pool;
use doorward_core::port::{Clock, Entropy};
use doorward_core::{Error, UserId};

use crate::OpenError;
use crate::document::{Overview, Page, Usage, Window};
use crate::ingest::crew::Crew;
use crate::model::{Chat, Embeddings};
use crate::postgres::Postgres;
use crate::settings::{Limits, Settings};
use crate::shelf::{Shelf, Terms};
use crate::sqlite::Sqlite;
use crate::table::Kept;

/// Where the accounts' deletions were followed to.
const FOLLOWED: &str = "accounts_followed_until";

/// What the library needs of the world.
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for ids.
    pub entropy: Arc<dyn Entropy>,
    /// A model that turns texts into vectors; without it, search goes by words.
    pub embeddings: Option<Arc<dyn Embeddings>>,
    /// A model that answers; without it, questions are refused.
    pub chat: Option<Arc<dyn Chat>>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Ports")
            .field("embeddings", &self.embeddings)
            .field("chat", &self.chat)
            .finish_non_exhaustive()
    }
}

/// What one account may keep; what is `None` is as for everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Documents.
    pub documents: Option<u64>,
    /// Chunks of documents. A document is not begun once there are as many.
    pub chunks: Option<u64>,
    /// Collections.
    pub collections: Option<u64>,
}

/// Knows what single accounts may keep.
#[async_trait]
pub trait Allowances: Send + Sync + fmt::Debug {
    /// What `owner` may keep.
    ///
    /// # Errors
    /// Whatever keeps it from being known; nothing is taken then.
    async fn allowance(&self, owner: UserId) -> Result<Allowance, Error>;
}

/// Documents of all accounts.
///
/// Dropping it lets what is being written finish; what waits goes on at the next opening.
#[derive(Debug)]
pub struct Library {
    // First: the crew ends before what it works on is closed.
    crew: Crew,
    shelf: Arc<dyn Shelf>,
    ports: Ports,
    settings: Settings,
    allowances: Option<Arc<dyn Allowances>>,
}

impl Library {
    /// Opens the documents in the file `path`, which is made when there is none, and goes on reading in what waits. Inside a
    /// Tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path, ports: Ports, settings: Settings) -> Result<Self, OpenError> {
        let shelf = Kept(Sqlite::open(path, settings.readers, settings.language)?);
        Ok(Self::of(Arc::new(shelf), ports, settings))
    }

    /// Opens the documents in the database that `pool` connects to, whose connections find tables in a schema of their own first
    /// ([`SCHEMA`](crate::SCHEMA)). Nodes with one database share what is in it and what waits to be read in.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn connect(pool: Pool, ports: Ports, settings: Settings) -> Result<Self, OpenError> {
        let shelf = Kept(Postgres::open(pool, settings.language).await?);
        Ok(Self::of(Arc::new(shelf), ports, settings))
    }

    fn of(shelf: Arc<dyn Shelf>, ports: Ports, settings: Settings) -> Self {
        let crew =
            Crew::start(shelf.clone(), settings.clone(), ports.embeddings.clone(), ports.clock.clone());
        crew.call();
        Self { crew, shelf, ports, settings, allowances: None }
    }

    /// The library in which single accounts may keep what `allowances` says.
    #[must_use]
    pub fn with_allowances(self, allowances: Arc<dyn Allowances>) -> Self {
        Self { allowances: Some(allowances), ..self }
    }

    /// How much is taken of `owner`.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn limits_of(&self, owner: UserId) -> Result<Limits, Error> {
        let Some(allowances) = &self.allowances else { return Ok(self.settings.limits) };
        let (limits, allowance) = (self.settings.limits, allowances.allowance(owner).await?);
        Ok(Limits {
            documents: allowance.documents.unwrap_or(limits.documents),
            chunks: allowance.chunks.unwrap_or(limits.chunks),
            collections: allowance.collections.unwrap_or(limits.collections),
            ..limits
        })
    }

    /// How much is taken.
    pub const fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// What each of `owners` keeps, or all; for those who see all. Whoever keeps nothing is left out.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn overview(&self, owners: Vec<UserId>, window: Window) -> Result<Page<Overview>, Error> {
        self.shelf.overview(owners, window).await
    }

    /// How much `user` keeps, to be held against [`Library::limits`].
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn usage(&self, user: UserId) -> Result<Usage, Error> {
        self.shelf.usage(user).await
    }

    /// Deletes what an account kept, which is gone; nothing is taken in its name from here on. Doing it twice does no more.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn forget_user(&self, user: UserId) -> Result<(), Error> {
        self.shelf.forget(user).await?;
        self.crew.call_sweeper();
        Ok(())
    }

    /// Up to when the accounts' deletions were followed, in milliseconds; 0 at first.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn followed_until(&self) -> Result<doorward_core::Timestamp, Error> {
        let noted = self.shelf.note(FOLLOWED).await?;
        let millis = noted.and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(doorward_core::Timestamp::from_millis(millis))
    }

    /// Notes up to when they were followed.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn set_followed_until(&self, until: doorward_core::Timestamp) -> Result<(), Error> {
        self.shelf.set_note(FOLLOWED, until.as_millis().to_string()).await
    }

    /// What new things of `owner` are measured against.
    async fn terms_of(&self, owner: UserId) -> Result<Terms, Error> {
        Ok(Terms { limits: self.limits_of(owner).await?, now: self.ports.clock.now() })
    }

    fn terms(&self) -> Terms {
        Terms { limits: self.settings.limits, now: self.ports.clock.now() }
    }
}
