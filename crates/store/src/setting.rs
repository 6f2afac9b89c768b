//! Settings that were changed while the server runs, in the table `settings`.

use doorward_core::Timestamp;
use doorward_core::settings::StoredSetting;
use rusqlite::{Connection, Row, params};

use crate::sqlite::Fault;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[SETTINGS, KEEP, DROP];

const SETTINGS: &str = "
SELECT name, value, set_at, set_by
FROM settings
ORDER BY name";

pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredSetting>, Fault> {
    let mut statement = connection.prepare_cached(SETTINGS)?;
    let rows = statement.query_and_then([], read)?;
    rows.collect()
}

const KEEP: &str = "
INSERT INTO settings (name, value, set_at, set_by)
VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at, set_by = excluded.set_by";

pub(crate) fn keep(connection: &Connection, setting: &StoredSetting) -> rusqlite::Result<usize> {
    connection.prepare_cached(KEEP)?.execute(params![
        setting.name,
        setting.value,
        setting.set_at.as_millis(),
        setting.set_by.map(|user| user.to_string()),
    ])
}

const DROP: &str = "
DELETE FROM settings
WHERE name = $1";

pub(crate) fn drop(connection: &Connection, name: &str) -> rusqlite::Result<usize> {
    connection.prepare_cached(DROP)?.execute([name])
}

fn read(row: &Row<'_>) -> Result<StoredSetting, Fault> {
    let set_by: Option<String> = row.get(3)?;
    Ok(StoredSetting {
        name: row.get(0)?,
        value: row.get(1)?,
        set_at: Timestamp::from_millis(row.get(2)?),
        set_by: set_by.map(|id| id.parse()).transpose().map_err(|_| Fault::corrupt("settings.set_by"))?,
    })
}
