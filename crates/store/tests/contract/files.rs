use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use doorward_core::audit::chain::Link;
use doorward_core::change::Change;
use doorward_core::port::{AuditStore, Journal, UserStore};
use doorward_store::{OpenError, Sqlite, SqliteOptions, latest_version};
use rusqlite::Connection;

use crate::world::{NOW, World, user};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let world = World::in_a_file().await;
    let ada = world.add_user("ada").await;
    let opened = world.open_session(&ada, NOW).await;

    let world = world.reopened().await;

    assert_eq!(world.session(opened.id).await, opened);
    world.store.ready().await.unwrap();
}

#[tokio::test]
async fn the_files_can_be_read_by_their_owner_alone() {
    let world = World::in_a_file().await;
    world.add_user("ada").await;

    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn the_database_of_a_newer_version_is_refused_untouched() {
    let world = World::in_a_file().await;
    let World { store, folder, .. } = world;
    drop(store);
    let path = folder.path().join("test.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", latest_version() + 1).unwrap();

    let refused = Sqlite::open(&path, SqliteOptions::default()).unwrap_err();

    assert!(matches!(refused, OpenError::Newer { found, known } if found == known + 1), "{refused}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_untouched() {
    let world = World::in_a_file().await;
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
async fn a_database_that_another_process_keeps_locked_says_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();

    let refused = Sqlite::open(&path, SqliteOptions::default()).unwrap_err();

    assert!(matches!(refused, OpenError::Locked), "{refused}");
}

#[tokio::test]
async fn a_file_that_cannot_be_made_says_which() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("missing").join("test.db");

    let refused = Sqlite::open(&path, SqliteOptions::default()).unwrap_err();

    assert!(refused.to_string().contains("missing/test.db"), "{refused}");
}

#[tokio::test]
async fn a_migration_that_was_cut_short_is_taken_up_again() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let interrupted = Connection::open(&path).unwrap();
    interrupted.execute_batch("BEGIN IMMEDIATE; CREATE TABLE users (id TEXT)").unwrap();
    drop(interrupted);

    let store = Sqlite::open(&path, SqliteOptions::default()).unwrap();

    assert_eq!(store.migrated().last(), Some(&latest_version()));
}

/// A store that is being written to, with one acknowledged account.
async fn busy_store(folder: &tempfile::TempDir) -> (Arc<Sqlite>, doorward_core::account::User) {
    let store = Sqlite::open(&folder.path().join("test.db"), SqliteOptions::default()).unwrap();
    let (store, ada) = (Arc::new(store), user("ada"));
    store.apply(Change::AddUser(Box::new(ada.clone())).into()).await.unwrap();
    let writing = Arc::downgrade(&store);
    tokio::spawn(async move {
        for n in 0.. {
            let Some(store) = writing.upgrade() else { return };
            store.apply(Change::AddUser(Box::new(user(&format!("user{n}")))).into()).await.unwrap();
        }
    });
    (store, ada)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_writing_opens_and_holds_what_was_acknowledged_before() {
    let folder = tempfile::TempDir::new().unwrap();
    let (store, ada) = busy_store(&folder).await;
    let copy = folder.path().join("copy.db");

    store.back_up(&copy).unwrap();

    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let restored = Sqlite::open(&copy, SqliteOptions::default()).unwrap();
    assert!(restored.user(ada.id).await.unwrap().is_some());
    assert!(restored.migrated().is_empty());
}

#[tokio::test]
async fn a_backup_does_not_overwrite_a_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Sqlite::open(&folder.path().join("test.db"), SqliteOptions::default()).unwrap();
    let taken = folder.path().join("copy.db");
    std::fs::write(&taken, "precious").unwrap();

    let refused = store.back_up(&taken).unwrap_err();

    assert!(matches!(refused, OpenError::File { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "precious");
}

/// A power cut leaves the files as they are at some moment: copies taken in the middle of writing have to open.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_copied_at_any_moment_hold_every_acknowledged_write() {
    let world = Arc::new(World::in_a_file().await);
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

#[tokio::test]
async fn the_audit_log_of_an_older_database_is_linked_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let older = Connection::open(&path).unwrap();
    older.execute_batch(include_str!("../../migrations/0001_accounts_sessions.sql")).unwrap();
    for n in 0..3 {
        older
            .execute(
                "INSERT INTO audit (id, at, deed, subject, address, request_id, detail)
                 VALUES ($1, $2, 'login_failed', NULL, '192.0.2.1', 'request', 'invalid_credentials')",
                (format!("00000000-0000-7000-8000-00000000000{n}"), 1_000 - n),
            )
            .unwrap();
    }
    older.pragma_update(None, "user_version", 1).unwrap();
    drop(older);

    let store = Sqlite::open(&path, SqliteOptions::default()).unwrap();

    let lines = store.records_after(0, 10).await.unwrap();
    let records: Vec<_> = lines.into_iter().map(|line| line.record.unwrap()).collect();
    assert_eq!(records.len(), 3);
    let mut head = Link::START;
    for record in records {
        assert_eq!(head.next(&record.event, &record.personal), record.link);
        assert_eq!((record.event.address(), record.event.detail()), ("192.0.2.1", "invalid_credentials"));
        head = record.link;
    }
}
