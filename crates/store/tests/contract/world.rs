//! A store on a file of its own, and rows to put into it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use doorward_core::account::{EmailAddress, Profile, User, Username};
use doorward_core::audit::{AuditEvent, Deed};
use doorward_core::change::{Change, Changes};
use doorward_core::client::Client;
use doorward_core::password::PasswordHash;
use doorward_core::port::{ApplyError, Conflict, Store, SystemEntropy};
use doorward_core::session::Session;
use doorward_core::{Digest, SessionId, Timestamp, UserId};
use doorward_store::{FreshDatabase, Place, Postgres, PostgresOptions, Sqlite, SqliteOptions};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio_postgres::{NoTls, connect};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_769_846_400_000);

/// A store, and where it is: a file in a folder, or a database of the server that the environment names.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) folder: TempDir,
    database: Option<FreshDatabase>,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
    pub(crate) async fn new() -> Self {
        let database = match std::env::var("DOORWARD_TEST_POSTGRES") {
            Ok(url) => Some(FreshDatabase::create(&url).await.unwrap()),
            Err(_) => None,
        };
        Self::on(database).await
    }

    /// One on a file, for what only files can do.
    pub(crate) async fn in_a_file() -> Self {
        Self::on(None).await
    }

    async fn on(database: Option<FreshDatabase>) -> Self {
        let folder = TempDir::new().unwrap();
        let store = open(&folder, database.as_ref()).await;
        Self { store, folder, database }
    }

    /// The same database, closed and opened again.
    pub(crate) async fn reopened(self) -> Self {
        let Self { store, folder, database } = self;
        drop(store);
        let store = open(&folder, database.as_ref()).await;
        Self { store, folder, database }
    }

    /// A second node on the same database.
    pub(crate) async fn another(&self) -> Arc<dyn Store> {
        open(&self.folder, self.database.as_ref()).await
    }

    /// Whether columns have types that hold.
    pub(crate) const fn is_typed(&self) -> bool {
        self.database.is_some()
    }

    /// Where it is.
    pub(crate) fn place(&self) -> Place {
        match &self.database {
            Some(database) => Place::Postgres(database.url(), PostgresOptions::default()),
            None => Place::Sqlite(file(&self.folder)),
        }
    }

    /// The same database with nobody in it, for a copy.
    pub(crate) fn closed(mut self) -> Self {
        self.store =
            Arc::new(Sqlite::open(&self.folder.path().join("other.db"), SqliteOptions::default()).unwrap());
        self
    }

    /// Does to the database what no rule would.
    pub(crate) async fn tamper(&self, sql: &str) {
        match &self.database {
            Some(database) => database.tamper(sql).await.unwrap(),
            None => Connection::open(file(&self.folder)).unwrap().execute_batch(sql).unwrap(),
        }
    }

    /// How large it is.
    pub(crate) async fn bytes(&self) -> usize {
        let size: i64 = match &self.database {
            Some(database) => {
                let (client, line) = connect(database.url().expose(), NoTls).await.unwrap();
                tokio::spawn(line);
                client.query_one("SELECT pg_database_size(current_database())", &[]).await.unwrap().get(0)
            }
            None => {
                let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
                Connection::open(file(&self.folder)).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
            }
        };
        size.try_into().unwrap()
    }

    pub(crate) async fn apply(&self, changes: impl Into<Changes>) -> Result<(), Conflict> {
        match self.store.apply(changes.into()).await {
            Ok(()) => Ok(()),
            Err(ApplyError::Conflict(conflict)) => Err(conflict),
            Err(ApplyError::Store(fault)) => panic!("{fault}"),
        }
    }

    pub(crate) async fn add_user(&self, name: &str) -> User {
        let user = user(name);
        self.apply(Change::AddUser(Box::new(user.clone()))).await.unwrap();
        user
    }

    pub(crate) async fn open_session(&self, user: &User, at: Timestamp) -> Session {
        let session = session(user, at);
        self.apply(open_change(&session)).await.unwrap();
        session
    }

    pub(crate) async fn session(&self, id: SessionId) -> Session {
        self.store.session(id).await.unwrap().unwrap().session
    }
}

async fn open(folder: &TempDir, database: Option<&FreshDatabase>) -> Arc<dyn Store> {
    match database {
        Some(database) => {
            Arc::new(Postgres::connect(&database.url(), &PostgresOptions::default()).await.unwrap())
        }
        None => Arc::new(Sqlite::open(&file(folder), SqliteOptions::default()).unwrap()),
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}

pub(crate) fn open_change(session: &Session) -> Change {
    Change::OpenSession { session: Box::new(session.clone()), password_version: 1 }
}

pub(crate) fn user(name: &str) -> User {
    User {
        id: UserId::new(NOW, &SystemEntropy),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        username: Some(Username::parse(name).unwrap()),
        password: PasswordHash::from_text("$argon2id$first".into()),
        password_version: 1,
        profile: Profile {
            fields: serde_json::Map::new(),
            name: Some("Ada".into()),
            bio: None,
            picture: Some("https://example.com/ada.png".into()),
            metadata: serde_json::from_str(r#"{"team":"engines","n":[1,2]}"#).unwrap(),
        },
        is_active: true,
        is_verified: false,
        is_superuser: false,
        roles: Vec::new(),
        rights_version: 0,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn session(user: &User, at: Timestamp) -> Session {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    Session {
        id: SessionId::new(at, &SystemEntropy),
        user_id: user.id,
        created_at: at,
        last_seen_at: at,
        expires_at: at + doorward_core::Ttl::from_days(30),
        user_agent: "curl/8".into(),
        address: "192.0.2.1".into(),
        network: "192.0.2.1/32".into(),
        refresh_digest: digest(&format!("refresh {number}")),
        refresh_generation: 0,
        refreshed_at: at,
        cookie_digest: Some(digest(&format!("cookie {number}"))),
        scopes: None,
        client: None,
        given_in: None,
        ended_at: None,
        end_reason: None,
    }
}

pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

pub(crate) fn event(user: &User, at: Timestamp) -> AuditEvent {
    AuditEvent::new(at, Deed::LoginSucceeded, &Client::default(), &SystemEntropy)
        .about(user.id)
        .because("test")
}
