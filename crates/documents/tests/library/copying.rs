use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use doorward_core::port::NoAnswer;
use doorward_documents::copy::{CopiedTable, CopyError, CopyMode, Place, copy};
use doorward_documents::model::Embeddings;
use doorward_documents::{
    Language, Library, Mode, OpenError, Role, SCHEMA, Search, Selection, State, Update, Window,
};
use doorward_store::{FreshDatabase, PostgresOptions};

use crate::world::{Plan, World, person};

/// Where one document is long enough for several pages of chunks.
const LONG: usize = 1_000;

/// Knows one kind of thing.
#[derive(Debug)]
struct OneKind;

#[async_trait]
impl Embeddings for OneKind {
    fn model(&self) -> &str {
        "one"
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, NoAnswer> {
        Ok(texts.iter().map(|_| vec![1.0, 0.5]).collect())
    }
}

/// A library in which everything there can be is there once.
async fn full() -> World {
    let world = World::with(Plan { embeddings: Some(Arc::new(OneKind)), ..Plan::default() }).await;
    let (ada, bob, cleo) = (person(1), person(2), person(3));
    let shared = world.text(ada, "oak", "The treasure is under the oak.").await;
    let collection = world.collection(ada, &[(bob, Role::Reader)]).await;
    world.library.add_to_collection(ada, collection, shared.id).await.unwrap();
    let changed = world.text(bob, "old", "An old text.").await;
    let source = Some(doorward_documents::Source::Text("A new text of tigers.".to_owned()));
    world.library.update(bob, changed.id, Update { source, ..Update::default() }).await.unwrap();
    world.library.settled(bob, changed.id).await.unwrap();
    let deleted = world.text(bob, "gone", "It is gone.").await;
    world.library.delete(bob, deleted.id).await.unwrap();
    world.text(bob, "long", &"Penguins waddle on and on. ".repeat(LONG)).await;
    world.library.forget_user(cleo.user).await.unwrap();
    let search = Search { mode: Mode::Meaning, limit: 100, ..Search::new("any") };
    let found = async || world.library.search(bob, &search).await.unwrap().len();
    // Vectors come soon after the chunks, and nothing tells of them.
    for _ in 0..12_000 {
        if found().await > LONG / 40 {
            return world;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the vectors never came");
}

/// A place of the other kind than a world's, where there can be one, or another file.
async fn other(folder: &Path) -> (Place, Option<FreshDatabase>) {
    let file = Place::File(folder.join("copy.db"));
    #[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
    match std::env::var("DOORWARD_TEST_POSTGRES") {
        Err(_) => (file, None),
        Ok(url) => {
            let database = FreshDatabase::create(&url).await.unwrap();
            (server(&database), Some(database))
        }
    }
}

fn server(database: &FreshDatabase) -> Place {
    let options = PostgresOptions { max_connections: 1, ..PostgresOptions::default() };
    Place::Server(doorward_store::pool(&database.url(), &options, SCHEMA).unwrap())
}

async fn moved(from: &Place, to: &Place, mode: CopyMode) -> Result<Vec<CopiedTable>, CopyError> {
    copy(from.clone(), to.clone(), mode, Language::English, |_, _| ()).await
}

fn rows(copied: &[CopiedTable], name: &str) -> u64 {
    copied.iter().find(|table| table.name == name).unwrap().rows
}

/// What the people of [`full`] find in a library.
async fn is_all_there(library: &Library) {
    let (ada, bob) = (person(1), person(2));
    let titles = async |caller, query: &str| {
        let search = Search { mode: Mode::Words, ..Search::new(query) };
        let hits = library.search(caller, &search).await.unwrap();
        hits.into_iter().map(|hit| hit.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(bob, "treasure").await, ["oak"], "what is shared is found by its reader");
    assert_eq!(titles(bob, "tiger").await, ["old"], "a replaced text in its new form");
    assert!(titles(ada, "tiger").await.is_empty());
    assert_eq!(titles(bob, "old").await, ["old"], "by its title");
    assert!(titles(bob, "gone").await.is_empty());
    let listed = library.list(bob, Selection::default(), Window::default()).await.unwrap();
    assert_eq!(listed.total, 3);
    assert!(listed.items.iter().all(|one| one.state == State::Ready));
    let oak = listed.items.iter().find(|one| one.title == "oak").unwrap();
    assert_eq!(library.content(bob, oak.id).await.unwrap().bytes, b"The treasure is under the oak.");
    assert!(library.usage(person(2).user).await.unwrap().chunks > 20);
    let new =
        doorward_documents::NewDocument::new("new", doorward_documents::Source::Text("a fox".to_owned()));
    let new = library.add(bob, new).await.unwrap();
    library.settled(bob, new.id).await.unwrap();
    assert_eq!(titles(bob, "fox").await, ["new"], "new rows get numbers of their own");
    let late =
        doorward_documents::NewDocument::new("late", doorward_documents::Source::Text("late".to_owned()));
    assert!(library.add(person(3), late).await.is_err(), "who was forgotten is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_arrive_with_all_that_belongs_to_them_and_are_found() {
    let world = full().await;
    let folder = tempfile::tempdir().unwrap();
    let (from, plan) = world.closed().await;
    let file = Place::File(folder.path().join("documents.db"));
    let (other, database) = other(folder.path()).await;

    let there = moved(&from, &file, CopyMode::GoOn).await.unwrap();
    let back = moved(&file, &other, CopyMode::GoOn).await.unwrap();

    assert_eq!(there, back, "the same rows, whichever engines they went through");
    assert_eq!((rows(&there, "members"), rows(&there, "placements")), (2, 1));
    assert!(rows(&there, "vectors") > 20 && rows(&there, "chunks") >= rows(&there, "vectors"));
    assert_eq!(moved(&from, &other, CopyMode::Verify).await.unwrap(), there);
    assert_eq!(moved(&file, &other, CopyMode::GoOn).await.unwrap(), there, "a whole copy is only compared");
    for place in [&file, &other] {
        is_all_there(&plan.open(place, database.as_ref()).await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_interrupted_is_opened_by_nobody_and_goes_on_where_it_was() {
    let world = full().await;
    let folder = tempfile::tempdir().unwrap();
    let (from, plan) = world.closed().await;
    let (to, database) = other(folder.path()).await;
    let interrupted = copy(from.clone(), to.clone(), CopyMode::GoOn, Language::English, |table, _| {
        assert_ne!(table, "vectors", "here it ends");
    });
    assert!(matches!(interrupted.await, Err(CopyError::Interrupted(_))));

    let refused = plan.open(&to, database.as_ref()).await.unwrap_err();
    let whole = moved(&from, &to, CopyMode::GoOn).await.unwrap();

    assert!(matches!(refused, OpenError::UnfinishedCopy), "{refused}");
    assert!(rows(&whole, "vectors") > 20);
    is_all_there(&plan.open(&to, database.as_ref()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_copied_is_never_written_over_and_a_difference_is_named() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    world.text(person(1), "oak", "The treasure is under the oak.").await;
    let (from, plan) = world.closed().await;
    let (to, database) = other(folder.path()).await;
    let library = plan.open(&to, database.as_ref()).await.unwrap();
    let new = doorward_documents::NewDocument::new("own", doorward_documents::Source::Text("own".to_owned()));
    library.add(person(2), new).await.unwrap();
    drop(library);

    for mode in [CopyMode::GoOn, CopyMode::StartOver] {
        let refused = moved(&from, &to, mode).await.unwrap_err();
        assert!(matches!(refused, CopyError::NotEmpty(_)), "{refused}");
    }
    let differs = moved(&from, &to, CopyMode::Verify).await.unwrap_err();
    assert!(matches!(differs, CopyError::Differs { table: "owners", .. }), "{differs}");
    let nothing = Place::File(folder.path().join("nothing.db"));
    assert_eq!(moved(&nothing, &to, CopyMode::GoOn).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_of_an_earlier_version_is_refused_and_left_as_it_is() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    world.text(person(1), "oak", "The treasure is under the oak.").await;
    let (from, _plan) = world.closed().await;
    let (old, database) = other(folder.path()).await;
    moved(&from, &old, CopyMode::GoOn).await.unwrap();
    match (&old, &database) {
        (Place::File(path), _) => {
            let file = rusqlite::Connection::open(path).unwrap();
            file.pragma_update(None, "user_version", 1).unwrap();
        }
        (_, Some(database)) => {
            let sql = "DELETE FROM doorward_documents.schema_version WHERE version = 2";
            database.tamper(sql).await.unwrap();
        }
        (_, None) => unreachable!("a server is a fresh database"),
    }
    let to = Place::File(folder.path().join("new.db"));

    for _ in 0..2 {
        let refused = moved(&old, &to, CopyMode::GoOn).await.unwrap_err();
        assert!(matches!(refused, CopyError::Older { found: 1, known: 2 }), "{refused}");
    }
}
