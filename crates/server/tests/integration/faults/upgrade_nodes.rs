//! A version of tomorrow has migrated the database while nodes of today run on it.

use std::thread;

use doorward_store::latest_version;
use doorward_testkit::{PostgresServer, free_folder};

use super::load::Talk;
use super::{node, on_database};
use crate::cli::{Ended, doorward};

/// `doorward migrate` on the database of `postgres`.
fn migrate(postgres: &PostgresServer) -> Ended {
    let folder = free_folder();
    std::fs::write(folder.path().join("doorward.toml"), on_database(&postgres.url())).unwrap();
    doorward(folder.path(), &["migrate"])
}

#[tokio::test]
async fn a_node_of_today_goes_on_with_the_tables_of_tomorrow_and_does_not_start_on_them() {
    let (postgres, folder) = (PostgresServer::start(&[]), free_folder());
    let server = node(&postgres, &folder);
    let talk = Talk::to(&[&server]);
    let known = talk.token().await;
    let (today, tomorrow) = (latest_version(), latest_version() + 1);

    for step in [
        "ALTER TABLE users ADD COLUMN of_tomorrow TEXT",
        "ALTER TABLE sessions ADD COLUMN of_tomorrow BIGINT NOT NULL DEFAULT 0",
        "CREATE TABLE of_tomorrow (id TEXT PRIMARY KEY)",
        &format!("INSERT INTO schema_version (version) VALUES ({tomorrow})"),
    ] {
        postgres.ask(step);
    }

    assert_eq!(talk.verdict(&known).await, Some(200));
    assert_eq!(talk.ask("/api/v1/me", &known, None).await.unwrap().0, 200);
    let fresh = talk.token().await;
    assert_eq!(talk.ask("/api/v1/logout", &fresh, None).await.unwrap().0, 204);
    let refused = migrate(&postgres);
    let line = refused.refused(65);
    assert!(line.contains(&format!("version {tomorrow}")) && line.contains(&today.to_string()), "{line}");
}

#[test]
fn commands_that_migrate_at_the_same_time_take_turns() {
    let postgres = PostgresServer::start(&[]);

    let ended: Vec<Ended> = thread::scope(|scope| {
        let running: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate(&postgres))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });

    let ran = ended.iter().filter(|one| one.done().contains("ran")).count();
    assert_eq!(ran, 1, "each migration ran once");
    let steps = postgres.ask("SELECT count(*) FROM schema_version");
    assert_eq!(steps, latest_version().to_string());
}
