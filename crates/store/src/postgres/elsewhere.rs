//! Tables of another system, read as they are: for moving in. Nothing is written there.

use std::fmt::Display;
use std::time::Duration;

use deadpool_postgres::Object;
use doorward_core::Secret;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Oid, ToSql};

use super::connect::{Connections, PostgresOptions};
use crate::OpenError;

/// A whole table may take a while.
const PATIENCE: Duration = Duration::from_secs(600);

/// The database of another system.
pub struct Elsewhere(Object);

impl std::fmt::Debug for Elsewhere {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Elsewhere").finish_non_exhaustive()
    }
}

impl Elsewhere {
    /// Connects to the database at `url`.
    ///
    /// # Errors
    /// [`OpenError::Postgres`]: it cannot be reached.
    pub async fn connect(url: &Secret<String>) -> Result<Self, OpenError> {
        let options = PostgresOptions { statement_timeout: PATIENCE, ..PostgresOptions::default() };
        let connections = Connections::new(url.expose(), &options)?;
        connections.one().await.map(Self).map_err(unusable)
    }

    /// The rows of `table` (a name, or a schema and a name with a dot between), each as the JSON object of its columns, whichever
    /// they are; `None` when there is no such table.
    ///
    /// # Errors
    /// [`OpenError::Postgres`]: the database refuses.
    pub async fn rows(&self, table: &str) -> Result<Option<Vec<String>>, OpenError> {
        let query = format!("SELECT row_to_json(one)::text FROM {} AS one", quoted(table));
        self.texts(&query, &[]).await
    }

    /// The rows of `table` whose column `document_id` is `document`, as [`Elsewhere::rows`] gives them.
    ///
    /// # Errors
    /// [`OpenError::Postgres`]: the database refuses.
    pub async fn rows_of(&self, table: &str, document: &str) -> Result<Option<Vec<String>>, OpenError> {
        let table = quoted(table);
        let query = format!("SELECT row_to_json(one)::text FROM {table} AS one WHERE document_id::text = $1");
        self.texts(&query, &[&document]).await
    }

    /// The column `text` of the rows of `table` for `document`, in the order that their `metadata` tell.
    ///
    /// # Errors
    /// [`OpenError::Postgres`]: the database refuses.
    pub async fn pieces_of(&self, table: &str, document: &str) -> Result<Option<Vec<String>>, OpenError> {
        let table = quoted(table);
        let query = format!(
            "SELECT text FROM {table} WHERE document_id::text = $1 AND text IS NOT NULL
             ORDER BY CASE WHEN metadata->>'chunk_order' ~ '^[0-9]{{1,9}}$' THEN (metadata->>'chunk_order')::int END"
        );
        self.texts(&query, &[&document]).await
    }

    /// The large object `oid`.
    ///
    /// # Errors
    /// [`OpenError::Postgres`]: there is none, or the database refuses.
    pub async fn large_object(&self, oid: u32) -> Result<Vec<u8>, OpenError> {
        let oid: Oid = oid;
        let row = self.0.query_one("SELECT lo_get($1)", &[&oid]).await.map_err(|fault| refused(&fault))?;
        row.try_get(0).map_err(unusable)
    }

    async fn texts(
        &self,
        query: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Vec<String>>, OpenError> {
        let rows = match self.0.query(query, values).await {
            Ok(rows) => rows,
            Err(fault) if is_missing(&fault) => return Ok(None),
            Err(fault) => return Err(refused(&fault)),
        };
        rows.iter().map(|row| row.try_get(0).map_err(unusable)).collect::<Result<_, _>>().map(Some)
    }
}

fn is_missing(fault: &tokio_postgres::Error) -> bool {
    fault.code().is_some_and(|code| [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME].contains(code))
}

fn unusable(fault: impl Display) -> OpenError {
    OpenError::Postgres(fault.to_string())
}

/// The fault, in the words of the server.
fn refused(fault: &tokio_postgres::Error) -> OpenError {
    unusable(std::error::Error::source(fault).map_or_else(|| fault.to_string(), ToString::to_string))
}

/// The name of a table in which nothing is a command.
fn quoted(table: &str) -> String {
    let parts = table.splitn(2, '.').map(|part| format!("\"{}\"", part.replace('"', "\"\"")));
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_table_is_never_a_command() {
        assert_eq!(quoted("r2r_default.users"), r#""r2r_default"."users""#);
        assert_eq!(quoted("users; DROP TABLE \"x\""), r#""users; DROP TABLE ""x""""#);
    }
}
