//! The audit log in the table `audit`. Lines are added at the end of the chain and read; what is personal in them can be deleted.

use doorward_core::audit::chain::{Found, Link, Record};
use doorward_core::audit::{AuditEvent, Deed, Outcome, Personal, Whose};
use doorward_core::client::Client;
use doorward_core::port::SystemEntropy;
use doorward_core::{Digest, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{Fault, read_id};

#[cfg(test)]
pub(crate) const ALL: &[&str] =
    &[HEAD, KEPT, APPEND, ERASE, ABOUT, AFTER, BEFORE, ABOUT_BEFORE, BY_BEFORE, SEQ_BEFORE];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "
SELECT seq, digest, id, at, deed, outcome, actor, subject, request_id, personal, salt, address, detail
FROM audit
",
            $rest
        )
    };
}

const HEAD: &str = "
SELECT seq, digest
FROM audit
WHERE seq = (SELECT MAX(seq) FROM audit)";

const KEPT: &str = "
SELECT seq, digest
FROM audit_checkpoints
WHERE name = 'kept'";

/// The place of the last line. Read in the transaction that adds the next one, so that two can never follow the same line.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<Link> {
    for sql in [HEAD, KEPT] {
        let found = connection.prepare_cached(sql)?.query_row([], read_link).optional()?;
        if let Some(link) = found {
            return Ok(link);
        }
    }
    Ok(Link::START)
}

const APPEND: &str = "
INSERT INTO audit (seq, digest, id, at, deed, outcome, actor, subject, request_id, personal, salt, address, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Adds the event as the line after the last one.
pub(crate) fn append(connection: &Connection, event: &AuditEvent) -> rusqlite::Result<usize> {
    let Record { link, event, personal } = Record::after(&head(connection)?, event.clone());
    let text = |read: fn(&Personal) -> &String| event.personal.as_ref().map(read);
    connection.prepare_cached(APPEND)?.execute(params![
        link.seq,
        link.digest.to_string(),
        event.id.to_string(),
        event.at.as_millis(),
        event.deed.as_str(),
        event.outcome.as_str(),
        event.actor.map(|actor| actor.to_string()),
        event.subject.map(|subject| subject.to_string()),
        event.request_id,
        personal.to_string(),
        text(|personal| &personal.salt),
        text(|personal| &personal.address),
        text(|personal| &personal.detail),
    ])
}

const ERASE: &str = "
UPDATE audit
SET salt = NULL, address = NULL, detail = NULL
WHERE subject = $1";

pub(crate) fn erase(connection: &Connection, user: UserId) -> rusqlite::Result<usize> {
    connection.prepare_cached(ERASE)?.execute([user.to_string()])
}

const ABOUT: &str = select!(
    "WHERE subject = $1
ORDER BY seq DESC
LIMIT $2"
);

pub(crate) fn about(connection: &Connection, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
    let mut statement = connection.prepare_cached(ABOUT)?;
    let rows = statement.query_and_then(params![user.to_string(), limit], |row| Ok(read(row)?.event))?;
    rows.collect()
}

const AFTER: &str = select!(
    "WHERE seq > $1
ORDER BY seq
LIMIT $2"
);

pub(crate) fn after(connection: &Connection, seq: i64, limit: u32) -> Result<Vec<Found>, Fault> {
    let mut statement = connection.prepare_cached(AFTER)?;
    let rows = statement.query_and_then(params![seq, limit], find)?;
    rows.collect()
}

const BEFORE: &str = select!(
    "WHERE seq < $1
ORDER BY seq DESC
LIMIT $2"
);

const ABOUT_BEFORE: &str = select!(
    "WHERE subject = $1 AND seq < $2
ORDER BY seq DESC
LIMIT $3"
);

const BY_BEFORE: &str = select!(
    "WHERE actor = $1 AND seq < $2
ORDER BY seq DESC
LIMIT $3"
);

pub(crate) fn before(
    connection: &Connection,
    whose: Whose,
    seq: i64,
    limit: u32,
) -> Result<Vec<Found>, Fault> {
    let (sql, user) = match whose {
        Whose::All => (BEFORE, None),
        Whose::About(user) => (ABOUT_BEFORE, Some(user)),
        Whose::By(user) => (BY_BEFORE, Some(user)),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let rows = match user {
        None => statement.query_and_then(params![seq, limit], find)?,
        Some(user) => statement.query_and_then(params![user.to_string(), seq, limit], find)?,
    };
    rows.collect()
}

const SEQ_BEFORE: &str = "
SELECT seq
FROM audit
WHERE at < $1
ORDER BY at DESC
LIMIT 1";

pub(crate) fn seq_before(connection: &Connection, at: Timestamp) -> Result<i64, Fault> {
    let mut statement = connection.prepare_cached(SEQ_BEFORE)?;
    Ok(statement.query_row([at.as_millis()], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Links the lines of a database from before there was a chain. Their order is that of their time.
pub(crate) fn adopt(connection: &Connection) -> rusqlite::Result<()> {
    let mut older = connection.prepare(
        "SELECT id, at, deed, subject, address, request_id, detail FROM audit_unlinked ORDER BY at, id",
    )?;
    let mut rows = older.query([])?;
    while let Some(row) = rows.next()? {
        let (id, deed, subject) =
            (row.get::<_, String>(0)?, row.get::<_, String>(2)?, row.get::<_, Option<String>>(3)?);
        let (Ok(id), Some(deed)) = (id.parse(), Deed::from_text(&deed)) else { continue };
        let mut event =
            AuditEvent::new(Timestamp::from_millis(row.get(1)?), deed, &Client::default(), &SystemEntropy);
        (event.id, event.request_id) = (id, row.get(5)?);
        event.subject = subject.and_then(|id| id.parse().ok());
        if let Some(personal) = &mut event.personal {
            (personal.address, personal.detail) = (row.get(4)?, row.get(6)?);
        }
        append(connection, &event)?;
    }
    drop(rows);
    drop(older);
    connection.execute_batch("DROP TABLE audit_unlinked")
}

fn read_link(row: &Row<'_>) -> rusqlite::Result<Link> {
    let digest: String = row.get(1)?;
    // What is no digest is nobody's: the next line is linked to it all the same, and verification names the place.
    Ok(Link { seq: row.get(0)?, digest: digest.parse().unwrap_or(Digest::ZERO) })
}

/// A line as it is, readable or not.
fn find(row: &Row<'_>) -> Result<Found, Fault> {
    Ok(Found { seq: row.get(0)?, record: read(row).ok() })
}

fn read(row: &Row<'_>) -> Result<Record, Fault> {
    let (deed, outcome): (String, String) = (row.get(4)?, row.get(5)?);
    let digest = |at: usize| -> Result<Digest, Fault> {
        row.get::<_, String>(at)?.parse().map_err(|_| Fault::corrupt("audit.digest"))
    };
    let user = |at: usize| -> Result<Option<UserId>, Fault> {
        let id: Option<String> = row.get(at)?;
        id.map(|id| id.parse()).transpose().map_err(|_| Fault::corrupt("audit.subject"))
    };
    let personal = match (row.get(10)?, row.get(11)?, row.get(12)?) {
        (Some(salt), Some(address), Some(detail)) => Some(Personal { salt, address, detail }),
        _ => None,
    };
    Ok(Record {
        link: Link { seq: row.get(0)?, digest: digest(1)? },
        event: AuditEvent {
            id: read_id(row, 2)?,
            at: Timestamp::from_millis(row.get(3)?),
            deed: Deed::from_text(&deed).ok_or_else(|| Fault::corrupt("audit.deed"))?,
            outcome: Outcome::from_text(&outcome).ok_or_else(|| Fault::corrupt("audit.outcome"))?,
            actor: user(6)?,
            subject: user(7)?,
            request_id: row.get(8)?,
            personal,
        },
        personal: digest(9)?,
    })
}
