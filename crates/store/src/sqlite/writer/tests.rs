use doorward_core::account::{EmailAddress, Profile, User};
use doorward_core::change::Change;
use doorward_core::password::PasswordHash;
use doorward_core::port::{Conflict, SystemEntropy};
use doorward_core::{Timestamp, UserId};
use tempfile::TempDir;

use super::*;
use crate::sqlite::open;

const NOW: Timestamp = Timestamp::from_millis(1_769_846_400_000);

fn user(name: &str) -> User {
    User {
        id: UserId::new(NOW, &SystemEntropy),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        username: None,
        password: PasswordHash::from_text("$argon2id$first".into()),
        password_version: 1,
        profile: Profile { bio: Some("long ".repeat(2_000)), ..Profile::default() },
        is_active: true,
        is_verified: false,
        is_superuser: false,
        roles: Vec::new(),
        rights_version: 0,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn add(name: &str) -> Change {
    Change::AddUser(Box::new(user(name)))
}

/// A connection, what the writing thread would know, and the folder of the file.
fn world() -> (Connection, State, TempDir) {
    let folder = TempDir::new().unwrap();
    let (connection, _) = open::writing(&folder.path().join("test.db")).unwrap();
    (connection, State::default(), folder)
}

/// What the members of one commit are told.
fn write(connection: &Connection, state: &State, sets: Vec<Changes>) -> Vec<Result<(), ApplyError>> {
    let (mut batch, mut answers) = (Vec::new(), Vec::new());
    for changes in sets {
        let (answer, told) = oneshot::channel();
        batch.push(Job { work: Work::Apply(changes), answer });
        answers.push(told);
    }
    write_together(connection, &mut batch, state);
    answers.into_iter().map(|mut told| told.try_recv().unwrap()).collect()
}

fn count(connection: &Connection, table: &str) -> i64 {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Lets the file grow by so many pages more, and by none when that is 0.
fn room_for(connection: &Connection, pages: i64) {
    let now: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    connection.query_row(&format!("PRAGMA max_page_count = {}", now + pages), [], |_| Ok(())).unwrap();
}

fn is_unavailable(answer: &Result<(), ApplyError>) -> bool {
    matches!(answer, Err(ApplyError::Store(StoreError::Unavailable(_))))
}

#[test]
fn on_a_full_disk_nothing_is_half_written_and_space_is_all_it_takes_to_go_on() {
    let (connection, state, _folder) = world();
    room_for(&connection, 2);

    let set = |name: &str| Changes::from(add(name)).with(add(&format!("{name}2")));
    let refused = write(&connection, &state, vec![set("ada"), set("eve")]);

    assert!(refused.iter().all(is_unavailable), "{refused:?}");
    assert_eq!(count(&connection, "users"), 0);
    room_for(&connection, 1_000);
    let written = write(&connection, &state, vec![set("ada"), set("eve")]);
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert_eq!(count(&connection, "users"), 4);
}

#[test]
fn when_the_commit_cannot_be_made_everybody_is_told() {
    let (connection, state, folder) = world();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let refused = write(&connection, &state, vec![add("ada").into(), add("eve").into()]);

    assert!(refused.iter().all(is_unavailable), "{refused:?}");
    assert!(state.is_failing.load(Ordering::Relaxed));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(write(&connection, &state, vec![add("ada").into()])[0].is_ok());
    assert!(!state.is_failing.load(Ordering::Relaxed));
}

#[test]
fn each_member_of_a_commit_is_told_its_own_fate() {
    let (connection, state, _folder) = world();

    let answers = write(
        &connection,
        &state,
        vec![
            add("ada").into(),
            Changes::from(add("eve")).with(add("ada")),
            add("eve").into(),
            add("ada").into(),
            Changes::new(),
        ],
    );

    let is_taken = |at: usize| matches!(answers[at], Err(ApplyError::Conflict(Conflict::EmailTaken)));
    assert!(answers[0].is_ok() && is_taken(1) && answers[2].is_ok() && is_taken(3) && answers[4].is_ok());
    assert_eq!(count(&connection, "users"), 2);
}

#[tokio::test]
async fn after_a_failed_commit_the_database_is_ready_when_a_probe_can_be_written() {
    let (connection, _, folder) = world();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let writer = Writer::start(connection).unwrap();
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    assert!(writer.ready().await.is_ok(), "nothing has failed yet");
    assert!(writer.apply(add("ada").into()).await.is_err());
    assert!(writer.ready().await.is_err());
    other.execute_batch("ROLLBACK").unwrap();

    assert!(writer.ready().await.is_ok());
    writer.apply(add("ada").into()).await.unwrap();
}

#[test]
fn a_probe_writes_and_changes_nothing() {
    let (connection, _, folder) = world();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let (version, log) = (crate::latest_version(), folder.path().join("test.db-wal"));

    probe(&connection).unwrap();

    let now: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(now, version);
    assert!(log.metadata().unwrap().len() > 0);
}

#[tokio::test]
async fn what_was_handed_in_is_written_before_the_thread_ends() {
    let (connection, _, folder) = world();
    let writer = Writer::start(connection).unwrap();
    let told: Vec<_> = (0..50)
        .map(|name| writer.hand_in(Work::Apply(add(&format!("user{name}")).into())).unwrap())
        .collect();

    drop(writer);

    for done in told {
        done.await.unwrap().unwrap();
    }
    assert_eq!(count(&Connection::open(folder.path().join("test.db")).unwrap(), "users"), 50);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_serves_those_who_are_in_it() {
    let (connection, _, folder) = world();
    let writer = Writer::start(connection).unwrap();
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let handed_in: Vec<_> = (0..WAITING + 2 * TOGETHER).map(|_| writer.hand_in(Work::Probe)).collect();
    other.execute_batch("ROLLBACK").unwrap();

    let refused = handed_in.iter().filter(|told| told.is_err()).count();
    assert!(refused >= TOGETHER, "{refused}");
    for told in handed_in.into_iter().flatten() {
        told.await.unwrap().unwrap();
    }
    assert_eq!(writer.state.waiting.load(Ordering::Relaxed), 0);
}
