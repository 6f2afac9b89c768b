//! PostgreSQL stops answering and closes nothing.

use std::time::{Duration, Instant};

use doorward_testkit::{PostgresServer, free_folder};

use super::load::{Load, Talk, rest};
use super::{AT_MOST, is_long, node, until_it_writes};

#[tokio::test]
async fn everybody_is_answered_in_time_and_the_node_is_back_when_the_database_is() {
    let (postgres, folder) = (PostgresServer::start(&[]), free_folder());
    let server = node(&postgres, &folder);
    let talk = Talk::to(&[&server]);
    let (known, load) = (talk.token().await, Load::start(&talk, 8));
    talk.more(100).await;
    let (before, wanted) = (server.memory_kib(), Duration::from_secs(if is_long() { 30 } else { 3 }));

    postgres.hang();
    let (began, refused) = (Instant::now(), talk.refused());
    while began.elapsed() < wanted || talk.refused() < refused + 100 {
        assert!(began.elapsed() < wanted + AT_MOST, "requests are not answered");
        let asked = Instant::now();
        assert_eq!(talk.verdict(&known).await, Some(200), "a token that is known needs no database");
        assert!(asked.elapsed() < AT_MOST);
        rest().await;
    }
    let grown = server.memory_kib().saturating_sub(before);
    postgres.go_on();
    let back = until_it_writes(&talk).await;

    let facts = load.check(&talk).await;
    println!(
        "hang: {:?} long, {} refused, {facts} acknowledged writes kept; slowest answer {:?}, {grown} KiB more memory, back after {back:?}",
        began.elapsed(),
        talk.refused(),
        talk.slowest()
    );
    assert!(back < AT_MOST && talk.slowest() < AT_MOST);
    assert!(grown < 32 * 1024, "{grown} KiB");
}
