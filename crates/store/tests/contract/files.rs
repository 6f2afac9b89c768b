use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use doorward_core::change::Change;
use doorward_store::{OpenError, Sqlite, SqliteOptions, latest_version};
use rusqlite::Connection;

use crate::world::{NOW, World, user};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let world = World::new();
    let ada = world.add_user("ada").await;
    let opened = world.open_session(&ada, NOW).await;

    let world = world.reopened();

    assert_eq!(world.session(opened.id).await, opened);
    world.store.ready().await.unwrap();
}

#[tokio::test]
async fn the_files_can_be_read_by_their_owner_alone() {
    let world = World::new();
    world.add_user("ada").await;

    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn the_database_of_a_newer_version_is_refused_untouched() {
    let world = World::new();
    let World { store, folder } = world;
    drop(store);
    let path = folder.path().join("test.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", latest_version() + 1).unwrap();

    let refused = Sqlite::open(&path, SqliteOptions::default()).unwrap_err();

    assert!(matches!(refused, OpenError::Newer { found, known } if found == known + 1), "{refused}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_untouched() {
    let world = World::new();
    let path = world.folder.path().join("letter.txt");
    let letter = "Dear Ada, ".repeat(200);
    std::fs::write(&path, &letter).unwrap();

    let refused = Sqlite::open(&path, SqliteOptions::default()).unwrap_err();

    assert!(matches!(refused, OpenError::Sqlite(_)), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn migrations_run_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("test.db");

    let first = Sqlite::open(&path, SqliteOptions::default()).unwrap().migrated().to_vec();
    let second = Sqlite::open(&path, SqliteOptions::default()).unwrap().migrated().to_vec();

    assert_eq!((first.last().copied(), second), (Some(latest_version()), vec![]));
}

#[tokio::test]
async fn a_backup_made_while_writing_opens_and_holds_what_was_acknowledged_before() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Sqlite::open(&folder.path().join("test.db"), SqliteOptions::default()).unwrap();
    let ada = user("ada");
    doorward_core::port::Journal::apply(&store, Change::AddUser(Box::new(ada.clone())).into()).await.unwrap();
    let copy = folder.path().join("copy.db");

    store.back_up(&copy).unwrap();

    let restored = Sqlite::open(&copy, SqliteOptions::default()).unwrap();
    assert!(doorward_core::port::UserStore::user(&restored, ada.id).await.unwrap().is_some());
}

/// A power cut leaves the files as they are at some moment: copies taken in the middle of writing have to open.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_copied_at_any_moment_hold_every_acknowledged_write() {
    let world = Arc::new(World::new());
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let world = world.clone();
            tokio::spawn(async move {
                for n in 0..60 {
                    world.apply(Change::AddUser(Box::new(user(&format!("w{writer}n{n}"))))).await.unwrap();
                }
            })
        })
        .collect();

    for round in 0..20 {
        let marker = world.add_user(&format!("marker{round}")).await;
        let copy = tempfile::TempDir::new().unwrap();
        // The log first: a checkpoint between the two copies moves pages from it into the main file.
        for name in ["test.db-wal", "test.db"] {
            std::fs::copy(world.folder.path().join(name), copy.path().join(name)).unwrap();
        }
        let connection = Connection::open(copy.path().join("test.db")).unwrap();
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        let found: bool = connection
            .query_row("SELECT EXISTS (SELECT 1 FROM users WHERE id = $1)", [marker.id.to_string()], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!((&*verdict, found), ("ok", true), "round {round}");
    }
    for writer in writers {
        writer.await.unwrap();
    }
}
