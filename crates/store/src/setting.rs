//! Settings that were changed while the server runs, in the table `settings`.

use doorward_core::settings::StoredSetting;

use crate::db::{Db, Fault, Row, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[SETTINGS, KEEP, DROP];

const SETTINGS: &str = "
SELECT name, value, set_at, set_by
FROM settings
ORDER BY name";

pub(crate) async fn all(db: &impl Db) -> Result<Vec<StoredSetting>, Fault> {
    db.rows(SETTINGS, params![], read).await
}

const KEEP: &str = "
INSERT INTO settings (name, value, set_at, set_by)
VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at, set_by = excluded.set_by";

pub(crate) async fn keep(db: &impl Db, setting: &StoredSetting) -> Result<u64, Fault> {
    db.execute(KEEP, params![setting.name, setting.value, setting.set_at, setting.set_by,]).await
}

const DROP: &str = "
DELETE FROM settings
WHERE name = $1";

pub(crate) async fn drop(db: &impl Db, name: &str) -> Result<u64, Fault> {
    db.execute(DROP, params![name]).await
}

fn read(row: &Row<'_>) -> Result<StoredSetting, Fault> {
    Ok(StoredSetting { name: row.get(0)?, value: row.get(1)?, set_at: row.get(2)?, set_by: row.get(3)? })
}
