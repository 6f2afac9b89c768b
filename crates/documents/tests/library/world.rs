//! A library in a folder of its own, with people who use it.

use std::sync::Arc;

use doorward_core::port::SystemEntropy;
use doorward_core::port::fake::{FakeClock, FixedEntropy};
use doorward_core::{Code, Error, Timestamp, UserId};
use doorward_documents::model::{Chat, Embeddings};
use doorward_documents::{
    Caller, CollectionId, Document, Hit, Library, NewCollection, NewDocument, Ports, Role, Search, Settings,
    Source, State, Unique,
};
use tempfile::TempDir;

/// A library that is gone at the end of the test.
pub(crate) struct World {
    pub(crate) library: Library,
    pub(crate) folder: TempDir,
    pub(crate) settings: Settings,
}

/// What may be different about a library.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) embeddings: Option<Arc<dyn Embeddings>>,
    pub(crate) chat: Option<Arc<dyn Chat>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Plan::default())
    }

    pub(crate) fn with(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = plan.settings.clone();
        let library = open(&folder, plan);
        Self { library, folder, settings }
    }

    /// The library closed and opened again.
    pub(crate) fn reopened(self) -> Self {
        let Self { library, folder, settings } = self;
        drop(library);
        let library = open(&folder, Plan { settings: settings.clone(), ..Plan::default() });
        Self { library, folder, settings }
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

fn open(folder: &TempDir, plan: Plan) -> Library {
    let ports = Ports {
        clock: Arc::new(FakeClock::default()),
        entropy: Arc::new(SystemEntropy),
        embeddings: plan.embeddings,
        chat: plan.chat,
    };
    Library::open(&folder.path().join("documents.db"), ports, plan.settings).unwrap()
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
