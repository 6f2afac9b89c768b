//! How far a copy has come, kept in its target: the table `unfinished_copy`, which is there from the first row to the last.
//!
//! Invariant: it is written in the transaction of the rows that it speaks of.

use crate::db::{Db, Fault, Row, params};

/// Made where a copy begins; a database that has it is not opened by a server.
pub(super) const BEGIN: &str = "
CREATE TABLE unfinished_copy (name TEXT NOT NULL PRIMARY KEY, after TEXT NOT NULL, copied BIGINT NOT NULL)";
pub(super) const END: &str = "DROP TABLE unfinished_copy";

const OF: &str = "SELECT after, copied FROM unfinished_copy WHERE name = $1";
const KEEP: &str = "
INSERT INTO unfinished_copy (name, after, copied)
VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET after = excluded.after, copied = excluded.copied";

/// How much of a table is in the target.
#[derive(Debug, Clone, Default)]
pub(super) struct Reached {
    /// The key of its last row; nothing before the first.
    pub(super) after: Option<String>,
    pub(super) rows: u64,
}

pub(super) async fn of(db: &impl Db, table: &str) -> Result<Reached, Fault> {
    let read = |row: &Row<'_>| Ok(Reached { after: Some(row.get(0)?), rows: row.get(1)? });
    Ok(db.row(OF, params![table], read).await?.unwrap_or_default())
}

pub(super) async fn keep(db: &impl Db, table: &str, reached: &Reached) -> Result<(), Fault> {
    let rows = i64::try_from(reached.rows).unwrap_or(i64::MAX);
    db.execute(KEEP, params![table, reached.after.as_deref().unwrap_or_default(), rows]).await.map(drop)
}
