//! The steps from an empty database to today's tables.
//!
//! Each step runs in a transaction of its own and leaves its number in `user_version`, so an interrupted start goes on where
//! it stopped and an up-to-date one reads a single number.

use rusqlite::Connection;

use crate::db::{Fault, at_once};
use crate::{OpenError, audit};

/// Number and text of each step, for every engine.
pub(crate) const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_accounts_sessions.sql")),
    (2, include_str!("../migrations/0002_mail_tickets.sql")),
    (3, include_str!("../migrations/0003_roles_api_keys.sql")),
    (4, include_str!("../migrations/0004_settings.sql")),
    (CHAIN, include_str!("../migrations/0005_audit_chain.sql")),
    (6, include_str!("../migrations/0006_outside_figures.sql")),
    (7, include_str!("../migrations/0007_hook_deliveries.sql")),
    (8, include_str!("../migrations/0008_aliases.sql")),
    (9, include_str!("../migrations/0009_account_limits.sql")),
    (10, include_str!("../migrations/0010_applications.sql")),
    (11, include_str!("../migrations/0011_api_keys_of_others.sql")),
    (12, include_str!("../migrations/0012_logouts.sql")),
    (13, include_str!("../migrations/0013_second_factors.sql")),
    (14, include_str!("../migrations/0014_clients_by_themselves.sql")),
    (15, include_str!("../migrations/0015_passkeys.sql")),
];
/// The step that makes the audit log a chain.
pub(crate) const CHAIN: i64 = 5;

/// The version of a database that has every step.
pub const fn latest_version() -> i64 {
    STEPS[STEPS.len() - 1].0
}

/// Brings the database to today's version; says which steps it took.
///
/// # Errors
/// [`OpenError::Newer`] when a newer Doorward has written it; [`OpenError::Migration`] when a step fails;
/// [`OpenError::Locked`] when another process is writing.
pub(crate) fn run(connection: &mut Connection) -> Result<Vec<i64>, OpenError> {
    let found = version(connection)?;
    if found > latest_version() {
        return Err(OpenError::Newer { found, known: latest_version() });
    }
    let mut taken = Vec::new();
    for (step, sql) in STEPS.iter().filter(|(step, _)| *step > found) {
        take(connection, *step, sql)?;
        taken.push(*step);
    }
    Ok(taken)
}

fn take(connection: &mut Connection, step: i64, sql: &str) -> Result<(), OpenError> {
    let failed = |cause: Fault| OpenError::Migration { step, cause: cause.to_string() };
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have taken the step while this one waited for the lock.
    let now: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if now < step {
        transaction.execute_batch(sql).map_err(|cause| failed(cause.into()))?;
        if step == CHAIN {
            at_once(audit::adopt(&*transaction)).map_err(failed)?;
        }
        transaction.pragma_update(None, "user_version", step)?;
    }
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<i64, OpenError> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(OpenError::from)
}
