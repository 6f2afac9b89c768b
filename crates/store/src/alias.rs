//! Other names of accounts, in the table `user_aliases`, and the numbers given out so far, in the table `sequences`.

use doorward_core::UserId;
use doorward_core::account::AliasKind;

use crate::db::{Db, Fault, params};

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[WHOSE, OF, AMONG, INSERT, PASS, NEXT, NUMBER];

const WHOSE: &str = "
SELECT user_id
FROM user_aliases
WHERE kind = $1 AND alias = $2";

pub(crate) async fn whose(db: &impl Db, kind: AliasKind, alias: &str) -> Result<Option<UserId>, Fault> {
    db.row(WHOSE, params![kind.as_str(), alias], |row| row.get(0)).await
}

const OF: &str = "
SELECT alias
FROM user_aliases
WHERE user_id = $1 AND kind = $2";

pub(crate) async fn of(db: &impl Db, user: UserId, kind: AliasKind) -> Result<Option<String>, Fault> {
    db.row(OF, params![user, kind.as_str()], |row| row.get(0)).await
}

/// How many accounts one question is about.
const AT_ONCE: usize = 16;

const AMONG: &str = "
SELECT user_id, alias
FROM user_aliases
WHERE kind = $1
    AND user_id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

/// Those of `users` that have an alias, with it.
pub(crate) async fn among(
    db: &impl Db,
    users: &[UserId],
    kind: AliasKind,
) -> Result<Vec<(UserId, String)>, Fault> {
    let mut found = Vec::new();
    for some in users.chunks(AT_ONCE) {
        // The last one stands in the places that are left.
        let Some(last) = some.last() else { continue };
        let u = |at: usize| *some.get(at).unwrap_or(last);
        #[rustfmt::skip]
        let rows: Vec<_> = db.rows(
            AMONG,
            params![
                kind.as_str(), u(0), u(1), u(2), u(3), u(4), u(5), u(6), u(7), u(8), u(9), u(10), u(11), u(12),
                u(13), u(14), u(15),
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        ).await?;
        found.extend(rows);
    }
    Ok(found)
}

const INSERT: &str = "
INSERT INTO user_aliases (kind, alias, user_id)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING";
/// No number that is given out later is this one.
const PASS: &str = "
UPDATE sequences
SET last = $1
WHERE name = 'user_number' AND last < $1";

/// Adds the alias; touches no row when it is somebody's already, or the account has one of the kind.
pub(crate) async fn insert(db: &impl Db, user: UserId, kind: AliasKind, alias: &str) -> Result<u64, Fault> {
    if kind == AliasKind::Number {
        let Ok(number) = alias.parse::<i64>() else { return Ok(0) };
        db.execute(PASS, params![number]).await?;
    }
    db.execute(INSERT, params![kind.as_str(), alias, user]).await
}

const NEXT: &str = "
UPDATE sequences
SET last = last + 1
WHERE name = 'user_number' AND NOT EXISTS (
    SELECT 1
    FROM user_aliases
    WHERE user_id = $1 AND kind = 'number')";
const NUMBER: &str = "
INSERT INTO user_aliases (kind, alias, user_id)
SELECT 'number', CAST(sequences.last AS TEXT), users.id
FROM sequences, users
WHERE sequences.name = 'user_number' AND users.id = $1
ON CONFLICT DO NOTHING";

/// Gives the account the next number, unless it has one.
pub(crate) async fn number(db: &impl Db, user: UserId) -> Result<u64, Fault> {
    match db.execute(NEXT, params![user]).await? {
        0 => Ok(0),
        _ => db.execute(NUMBER, params![user]).await,
    }
}
