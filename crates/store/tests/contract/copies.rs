//! Copies from one database to another: whole, verified, and taken up again where they were interrupted.

use std::path::PathBuf;

use doorward_core::audit::{AuditEvent, Deed};
use doorward_core::change::{Change, Changes};
use doorward_core::client::Client;
use doorward_core::port::SystemEntropy;
use doorward_store::{
    CopiedTable, CopyError, CopyMode, CopyProgress, OpenError, Place, Sqlite, SqliteOptions, copy,
    latest_version,
};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::world::{NOW, World, open_change, session};

/// Somewhere to copy to: a file of its own.
struct Target {
    folder: TempDir,
}

impl Target {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("copy.db")
    }

    fn place(&self) -> Place {
        Place::Sqlite(self.file())
    }

    fn tamper(&self, sql: &str) {
        Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }
}

/// Accounts with sessions that fill several pages, texts that are hard to write down, and lines of the audit log.
async fn filled() -> World {
    let world = World::new().await;
    for name in ["ada", "bob", "eve"] {
        let mut user = crate::world::user(name);
        user.profile.bio = Some(format!("a tab\t, a line\n, a \\ and \\N of {name}"));
        let event = AuditEvent::new(NOW, Deed::AccountRegistered, &Client::default(), &SystemEntropy);
        let add = Change::AddUser(Box::new(user.clone()));
        world.apply(Changes::from(add).with(Change::Record(Box::new(event)))).await.unwrap();
        for _ in 0..4 {
            let mut session = session(&user, NOW);
            session.user_agent = "x".repeat(300_000);
            world.apply(open_change(&session)).await.unwrap();
        }
    }
    world.closed()
}

async fn copied(from: &Place, to: &Place, mode: CopyMode) -> Result<Vec<CopiedTable>, CopyError> {
    copy(from, to, mode, |_| {}).await
}

fn rows(tables: &[CopiedTable], name: &str) -> u64 {
    tables.iter().find(|table| table.name == name).unwrap().rows
}

/// Begins a copy and drops it, as a crash would, as soon as `when` holds.
async fn interrupted(from: &Place, to: &Place, when: impl Fn(CopyProgress<'_>) -> bool) {
    let crash = Notify::new();
    let told = |at: CopyProgress<'_>| {
        if when(at) {
            crash.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = crash.notified() => {}
        done = copy(from, to, CopyMode::GoOn, told) => panic!("it was not interrupted: {done:?}"),
    }
}

#[tokio::test]
async fn a_copy_holds_every_row_as_it_was_and_can_be_copied_back() {
    let (world, there, back) = (filled().await, Target::new(), Target::new());

    let first = copied(&world.place(), &there.place(), CopyMode::GoOn).await.unwrap();
    let second = copied(&there.place(), &back.place(), CopyMode::GoOn).await.unwrap();

    assert_eq!((rows(&first, "users"), rows(&first, "sessions"), rows(&first, "audit")), (3, 12, 3));
    assert_eq!(first, second);
    assert_eq!(copied(&world.place(), &back.place(), CopyMode::Verify).await.unwrap(), first);
    Sqlite::open(&back.file(), SqliteOptions::default()).unwrap();
}

#[tokio::test]
async fn a_copy_that_was_interrupted_goes_on_where_it_stopped() {
    let (world, target) = (filled().await, Target::new());

    interrupted(&world.place(), &target.place(), |at| at.table == "users" && at.is_whole).await;
    let half = |at: CopyProgress<'_>| at.table == "sessions" && at.rows > 0 && at.rows < 12;
    interrupted(&world.place(), &target.place(), half).await;
    let opened = Sqlite::open(&target.file(), SqliteOptions::default());
    assert!(matches!(opened, Err(OpenError::UnfinishedCopy)), "no server uses half of it");
    let mut heard = Vec::new();
    let told = |at: CopyProgress<'_>| heard.push((at.table.to_owned(), at.rows));
    let done = copy(&world.place(), &target.place(), CopyMode::GoOn, told).await.unwrap();

    assert_eq!((rows(&done, "users"), rows(&done, "sessions"), rows(&done, "audit")), (3, 12, 3));
    let first = heard.iter().find(|(table, _)| table == "sessions").unwrap().1;
    assert!(first >= 4, "the first page was there already: {heard:?}");
    Sqlite::open(&target.file(), SqliteOptions::default()).unwrap();
}

#[tokio::test]
async fn what_was_changed_between_two_parts_of_a_copy_is_found_and_copied_anew() {
    let (world, target) = (filled().await, Target::new());
    interrupted(&world.place(), &target.place(), |at| at.table == "users" && at.is_whole).await;
    world.tamper("UPDATE users SET bio = 'changed' WHERE email_key = 'bob@example.com'").await;

    let refused = copied(&world.place(), &target.place(), CopyMode::GoOn).await.unwrap_err();

    assert!(matches!(&refused, CopyError::Differs { table, .. } if table == "users"), "{refused}");
    assert!(Sqlite::open(&target.file(), SqliteOptions::default()).is_err());
    copied(&world.place(), &target.place(), CopyMode::StartOver).await.unwrap();
    Sqlite::open(&target.file(), SqliteOptions::default()).unwrap();
}

#[tokio::test]
async fn a_difference_is_named_by_its_table_and_first_key() {
    let (world, target) = (filled().await, Target::new());
    copied(&world.place(), &target.place(), CopyMode::GoOn).await.unwrap();

    for (sql, table, key, how) in [
        ("INSERT INTO roles VALUES ('a b', '', '', 0, 0)", "roles", "a b", "the source lacks it"),
        ("UPDATE audit SET detail = 'x' WHERE seq >= 2", "audit", "2", "its columns differ"),
        ("DELETE FROM audit WHERE seq = 1", "audit", "1", "the copy lacks it"),
    ] {
        target.tamper(sql);
        let told = copied(&world.place(), &target.place(), CopyMode::Verify).await.unwrap_err().to_string();
        assert!(told.contains(&format!("the table {table} at {key}: {how};")), "{told}");
    }
}

#[tokio::test]
async fn nothing_is_copied_over_what_is_there_or_from_what_is_in_use() {
    let (world, target) = (filled().await, Target::new());
    let store = Sqlite::open(&target.file(), SqliteOptions::default()).unwrap();

    let in_use = copied(&world.place(), &target.place(), CopyMode::GoOn).await.unwrap_err();
    let from = copied(&target.place(), &Target::new().place(), CopyMode::GoOn).await.unwrap_err();
    drop(store);
    copied(&world.place(), &target.place(), CopyMode::GoOn).await.unwrap();
    let twice = copied(&world.place(), &target.place(), CopyMode::GoOn).await.unwrap_err();
    let over = copied(&world.place(), &target.place(), CopyMode::StartOver).await.unwrap_err();

    assert!(matches!(in_use, CopyError::Open(OpenError::Locked)), "{in_use}");
    assert!(matches!(from, CopyError::Open(OpenError::Locked)), "{from}");
    for refused in [twice, over] {
        assert!(matches!(refused, CopyError::NotEmpty(_)), "{refused}");
    }
}

#[tokio::test]
async fn a_source_of_an_older_version_is_left_as_it_is() {
    let (older, target) = (Target::new(), Target::new());
    drop(Sqlite::open(&older.file(), SqliteOptions::default()).unwrap());
    older.tamper(&format!("PRAGMA user_version = {}", latest_version() - 1));

    let refused = copied(&older.place(), &target.place(), CopyMode::GoOn).await.unwrap_err();

    assert!(matches!(refused, CopyError::Older { .. }), "{refused}");
}
