//! PostgreSQL stops at once, dies, or takes no writes for a while, and is there again.

use std::time::Duration;

use doorward_testkit::{PostgresServer, free_folder};

use super::load::{Load, Talk, rest};
use super::{AT_MOST, node, rounds, until_it_writes};

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_the_node_is_back_when_the_database_is() {
    let (mut postgres, folder) = (PostgresServer::start(&[]), free_folder());
    let server = node(&postgres, &folder);
    let talk = Talk::to(&[&server]);
    let (known, load) = (talk.token().await, Load::start(&talk, 8));
    let mut slowest = Duration::ZERO;

    for round in 0..rounds() {
        talk.more(30).await;
        match round % 2 {
            0 => postgres.stop_at_once(),
            _ => postgres.crash(),
        }
        assert_eq!(talk.verdict(&known).await, Some(200), "a token that is known needs no database");
        postgres.go();
        slowest = slowest.max(until_it_writes(&talk).await);
    }

    let facts = load.check(&talk).await;
    println!(
        "restart: {} rounds, {facts} acknowledged writes kept, {} refused; back {slowest:?} after the database, slowest answer {:?}",
        rounds(),
        talk.refused(),
        talk.slowest()
    );
    assert!(talk.refused() > 0, "the clients have met the fault");
    assert!(slowest < AT_MOST && talk.slowest() < AT_MOST);
}

#[tokio::test]
async fn while_the_database_takes_no_writes_reads_go_on() {
    let (postgres, folder) = (PostgresServer::start(&[]), free_folder());
    let server = node(&postgres, &folder);
    let talk = Talk::to(&[&server]);
    let token = talk.token().await;
    let ready = async || talk.ask("/readyz", "", None).await.is_some();
    assert!(ready().await);

    postgres.ask("ALTER SYSTEM SET default_transaction_read_only = on");
    postgres.ask("SELECT pg_reload_conf()");
    while talk.register().await.is_some() {
        rest().await;
    }

    assert_eq!(talk.ask("/api/v1/me", &token, None).await.map(|(status, _)| status), Some(200));
    assert!(!ready().await, "no new requests are to come here");
    postgres.ask("ALTER SYSTEM RESET default_transaction_read_only");
    postgres.ask("SELECT pg_reload_conf()");
    assert!(until_it_writes(&talk).await < AT_MOST);
    assert!(ready().await);
}
