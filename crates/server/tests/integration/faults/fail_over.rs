//! A standby takes the place of a PostgreSQL that has died, or that hangs and comes back later as what it was.

use doorward_testkit::{PostgresServer, RealServer, free_folder};

use super::load::{Load, Talk};
use super::{AT_MOST, BINARY, on_database, until_it_writes};

async fn fail_over(lose: impl Fn(&mut PostgresServer), come_back: impl Fn(&PostgresServer)) {
    // Each commit waits for the standby: what was acknowledged is there as well.
    let mut primary = PostgresServer::start(&["synchronous_standby_names=*"]);
    let (standby, folder) = (primary.standby(), free_folder());
    let settings = on_database(&primary.url_with(&standby));
    let server = RealServer::start(BINARY, folder.path(), &settings);
    let talk = Talk::to(&[&server]);
    let (known, load) = (talk.token().await, Load::start(&talk, 4));
    talk.more(30).await;

    lose(&mut primary);
    standby.promote();
    let back = until_it_writes(&talk).await;
    come_back(&primary);
    talk.more(30).await;

    assert_eq!(talk.verdict(&known).await, Some(200));
    let facts = load.check(&talk).await;
    println!(
        "failover: {facts} acknowledged writes kept, {} refused; back {back:?} after the promotion, slowest answer {:?}",
        talk.refused(),
        talk.slowest()
    );
    assert!(back < AT_MOST && talk.slowest() < AT_MOST);
}

#[tokio::test]
async fn the_standby_is_found_when_the_primary_has_died() {
    fail_over(PostgresServer::crash, |_| {}).await;
}

#[tokio::test]
async fn the_standby_is_found_when_the_primary_hangs_and_kept_when_that_one_comes_back() {
    fail_over(|primary| primary.hang(), PostgresServer::go_on).await;
}
