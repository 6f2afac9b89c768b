//! A table of another system, read as it is: for moving in. Nothing is written there.

use std::time::Duration;

use deadpool_postgres::Object;
use doorward_core::Secret;

use super::connect::{Connections, PostgresOptions};
use crate::OpenError;

/// A whole table may take a while.
const PATIENCE: Duration = Duration::from_secs(600);

/// The rows of `table` (a name, or a schema and a name with a dot between) in the database at `url`, each as the JSON object of
/// its columns, whichever they are.
///
/// # Errors
/// [`OpenError::Postgres`]: the database cannot be reached, or there is no such table.
pub async fn rows_elsewhere(url: &Secret<String>, table: &str) -> Result<Vec<String>, OpenError> {
    let options = PostgresOptions { statement_timeout: PATIENCE, ..PostgresOptions::default() };
    let connections = Connections::new(url.expose(), &options)?;
    let unusable = |fault: &dyn std::fmt::Display| OpenError::Postgres(fault.to_string());
    let client: Object = connections.one().await.map_err(|fault| unusable(&fault))?;
    let query = format!("SELECT row_to_json(one)::text FROM {} AS one", quoted(table));
    let rows = client.query(&query, &[]).await.map_err(|fault| {
        let cause = std::error::Error::source(&fault).map_or_else(|| fault.to_string(), ToString::to_string);
        unusable(&cause)
    })?;
    rows.iter().map(|row| row.try_get(0).map_err(|fault| unusable(&fault))).collect()
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
