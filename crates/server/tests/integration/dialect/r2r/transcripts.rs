//! What each generation of clients sends and is answered, replayed in process.

use std::collections::BTreeMap;

use super::dialect;
use crate::dialect::transcript::{replay, replay_with};

#[tokio::test]
async fn the_first_generation() {
    replay(&dialect().await, "r2r/v1.http").await;
}

#[tokio::test]
async fn the_second_generation() {
    replay(&dialect().await, "r2r/v2.http").await;
}

#[tokio::test]
async fn the_third_generation() {
    replay(&dialect().await, "r2r/v3.http").await;
}

#[tokio::test]
async fn whoever_runs_the_server() {
    let app = dialect().await;
    let root = app.superuser().await;
    let known = BTreeMap::from([("root".to_owned(), root.access)]);

    replay_with(&app, "r2r/superuser.http", known).await;
}

#[tokio::test]
async fn requests_that_cannot_be_read_and_credentials_that_do_not_count() {
    replay(&dialect().await, "r2r/refusals.http").await;
}
