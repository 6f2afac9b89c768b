//! A library in a folder of its own, with people who use it.

use std::sync::Arc;

use doorward_core::port::SystemEntropy;
use doorward_core::port::fake::{FakeClock, FixedEntropy};
use doorward_core::{Code, Error, Timestamp, Ttl, UserId};
use doorward_documents::model::{Chat, Embeddings};
use doorward_documents::{
    Caller, CollectionId, Document, Hit, Library, NewCollection, NewDocument, OpenError, Ports, Role, SCHEMA,
    Search, Settings, Source, State, Unique, copy,
};
use doorward_store::{FreshDatabase, PostgresOptions};
use tempfile::TempDir;

/// A library that is gone at the end of the test.
pub(crate) struct World {
    pub(crate) library: Library,
    pub(crate) settings: Settings,
    clock: Arc<FakeClock>,
    place: Place,
}

/// Where a library is: in a file, or in a database of its own on the server that the environment names.
struct Place {
    folder: TempDir,
    database: Option<FreshDatabase>,
}

/// What may be different about a library.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) embeddings: Option<Arc<dyn Embeddings>>,
    pub(crate) chat: Option<Arc<dyn Chat>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Plan::default()).await
    }

    #[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
    pub(crate) async fn with(plan: Plan) -> Self {
        let database = match std::env::var("DOORWARD_TEST_POSTGRES") {
            Ok(url) => Some(FreshDatabase::create(&url).await.unwrap()),
            Err(_) => None,
        };
        let place = Place { folder: tempfile::tempdir().unwrap(), database };
        let (settings, clock) = (plan.settings.clone(), Arc::new(FakeClock::default()));
        let library = place.open(plan, clock.clone()).await;
        Self { library, settings, clock, place }
    }

    /// The library closed and opened again, when whatever it was doing is nobody's any more.
    pub(crate) async fn reopened(self) -> Self {
        let Self { library, settings, clock, place } = self;
        drop(library);
        clock.advance(Ttl::from_minutes(5));
        let plan = Plan { settings: settings.clone(), ..Plan::default() };
        let library = place.open(plan, clock.clone()).await;
        Self { library, settings, clock, place }
    }

    /// Where the documents are, once nobody uses them, and how they are opened elsewhere.
    pub(crate) async fn closed(self) -> (copy::Place, Elsewhere) {
        let Self { library, settings, clock, place } = self;
        drop(library);
        let at = match &place.database {
            None => copy::Place::File(place.folder.path().join("documents.db")),
            Some(database) => {
                let options = PostgresOptions { max_connections: 1, ..PostgresOptions::default() };
                copy::Place::Server(doorward_store::pool(&database.url(), &options, SCHEMA).unwrap())
            }
        };
        (at, Elsewhere { settings, clock, _place: place })
    }

    /// A second node on the same database, where there can be one.
    pub(crate) async fn another(&self) -> Option<Library> {
        self.place.database.as_ref()?;
        let plan = Plan { settings: self.settings.clone(), ..Plan::default() };
        Some(self.place.open(plan, self.clock.clone()).await)
    }

    /// A text that is searched, of this person.
    pub(crate) async fn text(&self, caller: Caller, name: &str, text: &str) -> Document {
        let new =
            NewDocument { unique: Unique::Nothing, ..NewDocument::new(name, Source::Text(text.to_owned())) };
        self.kept(caller, new).await
    }

    /// A document that is searched.
    pub(crate) async fn kept(&self, caller: Caller, new: NewDocument) -> Document {
        let document = self.library.add(caller, new).await.unwrap();
        let document = self.library.settled(caller, document.id).await.unwrap();
        assert_eq!(document.state, State::Ready);
        document
    }

    /// A collection of this person with these members.
    pub(crate) async fn collection(&self, owner: Caller, members: &[(Caller, Role)]) -> CollectionId {
        let new = NewCollection { id: None, name: "shared".to_owned(), description: String::new() };
        let collection = self.library.create_collection(owner, new).await.unwrap();
        for (member, role) in members {
            self.library.add_member(owner, collection.id, member.user, *role).await.unwrap();
        }
        collection.id
    }

    /// The titles of what is found, best first.
    pub(crate) async fn titles(&self, caller: Caller, query: &str) -> Vec<String> {
        self.hits(caller, query).await.into_iter().map(|hit| hit.title).collect()
    }

    pub(crate) async fn hits(&self, caller: Caller, query: &str) -> Vec<Hit> {
        self.library.search(caller, &Search::new(query)).await.unwrap()
    }
}

/// A library that is closed, and whose documents stay where they are for as long as this is held.
pub(crate) struct Elsewhere {
    settings: Settings,
    clock: Arc<FakeClock>,
    _place: Place,
}

impl Elsewhere {
    /// A library of what is in another place: a file, or a database.
    pub(crate) async fn open(
        &self,
        place: &copy::Place,
        database: Option<&FreshDatabase>,
    ) -> Result<Library, OpenError> {
        let clock: Arc<FakeClock> = self.clock.clone();
        let ports = Ports { clock, entropy: Arc::new(SystemEntropy), embeddings: None, chat: None };
        match (place, database) {
            (copy::Place::File(path), _) => Library::open(path, ports, self.settings.clone()),
            (copy::Place::Server(_), None) => panic!("there is no database"),
            (copy::Place::Server(_), Some(database)) => {
                let pool =
                    doorward_store::pool(&database.url(), &PostgresOptions::default(), SCHEMA).unwrap();
                Library::connect(pool, ports, self.settings.clone()).await
            }
        }
    }
}

impl Place {
    async fn open(&self, plan: Plan, clock: Arc<FakeClock>) -> Library {
        let ports =
            Ports { clock, entropy: Arc::new(SystemEntropy), embeddings: plan.embeddings, chat: plan.chat };
        match &self.database {
            None => Library::open(&self.folder.path().join("documents.db"), ports, plan.settings).unwrap(),
            Some(database) => {
                let pool = doorward_store::pool(&database.url(), &PostgresOptions::default(), SCHEMA);
                Library::connect(pool.unwrap(), ports, plan.settings).await.unwrap()
            }
        }
    }
}

/// The person with this number.
pub(crate) fn person(number: u8) -> Caller {
    let at = Timestamp::from_millis(i64::from(number) * 1_000 + 1_000);
    Caller { user: UserId::new(at, &FixedEntropy::default()), sees_all: false }
}

/// One who sees all.
pub(crate) fn superuser() -> Caller {
    Caller { sees_all: true, ..person(99) }
}

/// Why something was refused.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Code {
    answer.unwrap_err().code()
}
