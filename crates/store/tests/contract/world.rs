//! A store on a file of its own, and rows to put into it.

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
use doorward_store::{Sqlite, SqliteOptions};
use tempfile::TempDir;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_769_846_400_000);

/// A store, and the folder it is in.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Arc::new(open(&folder));
        Self { store, folder }
    }

    /// The same database, closed and opened again.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, folder } = self;
        drop(store);
        let store = Arc::new(open(&folder));
        Self { store, folder }
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

fn open(folder: &TempDir) -> Sqlite {
    Sqlite::open(&folder.path().join("test.db"), SqliteOptions::default()).unwrap()
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
