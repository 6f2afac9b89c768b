//! The audit log in the table `audit`. Lines are added at the end of the chain and read; what is personal in them can be deleted.

use doorward_core::audit::chain::{Found, Link, Record};
use doorward_core::audit::{AuditEvent, Deed, Outcome, Personal, Whose};
use doorward_core::client::Client;
use doorward_core::port::SystemEntropy;
use doorward_core::{Digest, Timestamp, UserId};

use crate::db::{Db, Fault, Row, params};

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
pub(crate) async fn head(db: &impl Db) -> Result<Link, Fault> {
    for sql in [HEAD, KEPT] {
        if let Some(link) = db.row(sql, params![], read_link).await? {
            return Ok(link);
        }
    }
    Ok(Link::START)
}

const APPEND: &str = "
INSERT INTO audit (seq, digest, id, at, deed, outcome, actor, subject, request_id, personal, salt, address, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Adds the event as the line after the last one.
pub(crate) async fn append(db: &impl Db, event: &AuditEvent) -> Result<u64, Fault> {
    let Record { link, event, personal } = Record::after(&head(db).await?, event.clone());
    let text = |read: fn(&Personal) -> &String| event.personal.as_ref().map(read);
    db.execute(
        APPEND,
        params![
            link.seq,
            link.digest,
            event.id,
            event.at,
            event.deed.as_str(),
            event.outcome.as_str(),
            event.actor,
            event.subject,
            event.request_id,
            personal,
            text(|personal| &personal.salt),
            text(|personal| &personal.address),
            text(|personal| &personal.detail),
        ],
    )
    .await
}

const ERASE: &str = "
UPDATE audit
SET salt = NULL, address = NULL, detail = NULL
WHERE subject = $1";

pub(crate) async fn erase(db: &impl Db, user: UserId) -> Result<u64, Fault> {
    db.execute(ERASE, params![user]).await
}

const ABOUT: &str = select!(
    "WHERE subject = $1
ORDER BY seq DESC
LIMIT $2"
);

pub(crate) async fn about(db: &impl Db, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, Fault> {
    db.rows(ABOUT, params![user, limit], |row| Ok(read(row)?.event)).await
}

const AFTER: &str = select!(
    "WHERE seq > $1
ORDER BY seq
LIMIT $2"
);

pub(crate) async fn after(db: &impl Db, seq: i64, limit: u32) -> Result<Vec<Found>, Fault> {
    db.rows(AFTER, params![seq, limit], find).await
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

pub(crate) async fn before(db: &impl Db, whose: Whose, seq: i64, limit: u32) -> Result<Vec<Found>, Fault> {
    let (sql, user) = match whose {
        Whose::All => (BEFORE, None),
        Whose::About(user) => (ABOUT_BEFORE, Some(user)),
        Whose::By(user) => (BY_BEFORE, Some(user)),
    };
    match user {
        None => db.rows(sql, params![seq, limit], find).await,
        Some(user) => db.rows(sql, params![user, seq, limit], find).await,
    }
}

const SEQ_BEFORE: &str = "
SELECT seq
FROM audit
WHERE at < $1
ORDER BY at DESC
LIMIT 1";

pub(crate) async fn seq_before(db: &impl Db, at: Timestamp) -> Result<i64, Fault> {
    Ok(db.row(SEQ_BEFORE, params![at], |row| row.get(0)).await?.unwrap_or(0))
}

/// Links the lines of a database from before there was a chain.
pub(crate) async fn adopt(db: &impl Db) -> Result<(), Fault> {
    // Listed nowhere: the table is gone when this is done.
    let sql = "
SELECT id, at, deed, subject, address, request_id, detail
FROM audit_unlinked
WHERE (at, id) > ($1, $2)
ORDER BY at, id
LIMIT 1000";
    let mut place = (i64::MIN, String::new());
    loop {
        let older = db.rows(sql, params![place.0, place.1], read_older).await?;
        let Some((last, _)) = older.last() else { break };
        place = last.clone();
        for event in older.into_iter().filter_map(|(_, event)| event) {
            append(db, &event).await?;
        }
    }
    db.execute("DROP TABLE audit_unlinked", params![]).await.map(drop)
}

/// Where an older line is, and what it says, if that can be read.
fn read_older(row: &Row<'_>) -> Result<((i64, String), Option<AuditEvent>), Fault> {
    let (id, at, deed): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (Ok(own), Some(deed)) = (id.parse(), Deed::from_text(&deed)) else { return Ok(((at, id), None)) };
    let mut event = AuditEvent::new(Timestamp::from_millis(at), deed, &Client::default(), &SystemEntropy);
    (event.id, event.request_id) = (own, row.get(5)?);
    event.subject = row.get::<Option<String>>(3)?.and_then(|id| id.parse().ok());
    if let Some(personal) = &mut event.personal {
        (personal.address, personal.detail) = (row.get(4)?, row.get(6)?);
    }
    Ok(((at, id), Some(event)))
}

fn read_link(row: &Row<'_>) -> Result<Link, Fault> {
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
    let personal = match (row.get(10)?, row.get(11)?, row.get(12)?) {
        (Some(salt), Some(address), Some(detail)) => Some(Personal { salt, address, detail }),
        _ => None,
    };
    Ok(Record {
        link: Link { seq: row.get(0)?, digest: row.get(1)? },
        event: AuditEvent {
            id: row.get(2)?,
            at: row.get(3)?,
            deed: Deed::from_text(&deed).ok_or_else(|| Fault::corrupt("audit.deed"))?,
            outcome: Outcome::from_text(&outcome).ok_or_else(|| Fault::corrupt("audit.outcome"))?,
            actor: row.get(6)?,
            subject: row.get(7)?,
            request_id: row.get(8)?,
            personal,
        },
        personal: row.get(9)?,
    })
}
