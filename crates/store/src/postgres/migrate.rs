//! The steps to today's tables on PostgreSQL: the same texts, with the order of bytes for every text.
//!
//! Nodes that start together take turns. Each step is a transaction of its own and leaves its number in `schema_version`.

use deadpool_postgres::Object;

use super::connect::Connections;
use super::run::On;
use crate::OpenError;
use crate::audit;
use crate::db::{Db, Fault, params};
use crate::migrate::{CHAIN, STEPS, latest_version};

/// Steps may take as long as they need, and as long as there is somebody who waits for them: from PostgreSQL 14 on, a node that was
/// killed gives the lock back within a second, whatever its step waits for. The number is that of the lock, and the same on every node.
const BEGIN: &str = "
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval';
SELECT pg_advisory_lock(7236292002);
CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";

/// Brings the database to today's version; says which steps it took.
pub(crate) async fn run(connections: &Connections) -> Result<Vec<i64>, OpenError> {
    let unusable = |fault: Fault| OpenError::Postgres(fault.to_string());
    let client = connections.one().await.map_err(unusable)?;
    let taken = steps(&client, connections).await;
    // What was set for this connection, and the lock, end with it.
    drop(Object::take(client));
    taken
}

async fn steps(client: &Object, connections: &Connections) -> Result<Vec<i64>, OpenError> {
    let unusable = |fault: Fault| OpenError::Postgres(fault.to_string());
    client.batch_execute(BEGIN).await.map_err(|fault| unusable(fault.into()))?;
    let db = On { client, connections };
    let found = db.row("SELECT MAX(version) FROM schema_version", params![], |row| row.get(0)).await;
    let found: i64 = found.map_err(unusable)?.flatten().unwrap_or(0);
    if found > latest_version() {
        return Err(OpenError::Newer { found, known: latest_version() });
    }
    let mut taken = Vec::new();
    for (step, sql) in STEPS.iter().filter(|(step, _)| *step > found) {
        take(&db, *step, sql)
            .await
            .map_err(|cause| OpenError::Migration { step: *step, cause: cause.to_string() })?;
        taken.push(*step);
    }
    Ok(taken)
}

async fn take(db: &On<'_, Object>, step: i64, sql: &str) -> Result<(), Fault> {
    db.client.batch_execute("BEGIN").await?;
    db.client.batch_execute(&in_byte_order(sql)).await?;
    if step == CHAIN {
        audit::adopt(db).await?;
    }
    db.execute("INSERT INTO schema_version (version) VALUES ($1)", params![step]).await?;
    Ok(db.client.batch_execute("COMMIT").await?)
}

/// Whether a copy into this database was begun and has not ended.
pub(crate) async fn holds_unfinished_copy(db: &impl Db) -> Result<bool, Fault> {
    let sql = "SELECT to_regclass('unfinished_copy') IS NOT NULL";
    Ok(db.row(sql, params![], |row| row.get(0)).await?.unwrap_or(false))
}

/// Texts are compared and sorted by their bytes, as SQLite does, whatever language the database was made for.
fn in_byte_order(sql: &str) -> String {
    sql.replace(" TEXT", " TEXT COLLATE \"C\"")
}
