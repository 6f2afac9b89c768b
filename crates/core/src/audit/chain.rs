//! The audit log as a chain: each line holds a digest of itself and of the line before it.
//!
//! Whoever changes, drops or swaps lines would have to make every later digest anew, and the signed checkpoints among them.
//! What is personal enters the chain as a salted digest alone: the text can be deleted and the chain still holds.
//!
//! Does not sign: see [`super::checkpoint`]. Does not choose the place of a line: the transaction that writes it does.
//!
//! Invariant: the bytes under a digest are unambiguous; no two different lines have the same ones.

use super::{AuditEvent, Personal};
use crate::digest::Digest;

/// Begins the bytes of each line; a later form has another name.
const LINE: &[u8] = b"doorward audit line 1";
/// Begins the bytes of what is personal.
const PERSONAL: &[u8] = b"doorward audit personal 1";

/// The place of a line in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The number of the line: the first has 1, and none is left out.
    pub seq: i64,
    /// The digest of the line, and so of all lines up to it.
    pub digest: Digest,
}

impl Link {
    /// Where the first line is linked to.
    pub const START: Self = Self { seq: 0, digest: Digest::ZERO };

    /// The place of `event`, whose personal part has the digest `personal`, after the line at this place.
    #[must_use]
    pub fn next(&self, event: &AuditEvent, personal: &Digest) -> Self {
        let seq = self.seq.saturating_add(1);
        Self { seq, digest: line_digest(seq, &self.digest, event, personal) }
    }
}

/// A line in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it is.
    pub link: Link,
    /// What it tells.
    pub event: AuditEvent,
    /// The digest of what is, or was, personal in it.
    pub personal: Digest,
}

/// A line as it was found: one that somebody has made unreadable is still a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The number it stands under.
    pub seq: i64,
    /// The line, if it can be read.
    pub record: Option<Record>,
}

impl Record {
    /// `event` as the line after the one at `head`. An event whose personal part is gone has no place any more.
    pub fn after(head: &Link, event: AuditEvent) -> Self {
        let personal = event.personal.as_ref().map_or(Digest::ZERO, Personal::digest);
        Self { link: head.next(&event, &personal), event, personal }
    }
}

impl Personal {
    /// The salted digest that stands for it in the chain.
    pub fn digest(&self) -> Digest {
        let parts = [PERSONAL, self.salt.as_bytes(), self.address.as_bytes(), self.detail.as_bytes()];
        Digest::of(&join(&parts))
    }
}

fn line_digest(seq: i64, before: &Digest, event: &AuditEvent, personal: &Digest) -> Digest {
    let id = |user: Option<crate::id::UserId>| user.map(|user| user.to_string()).unwrap_or_default();
    Digest::of(&join(&[
        LINE,
        &seq.to_be_bytes(),
        before.as_bytes(),
        event.id.as_bytes(),
        &event.at.as_millis().to_be_bytes(),
        event.deed.as_str().as_bytes(),
        event.outcome.as_str().as_bytes(),
        id(event.actor).as_bytes(),
        id(event.subject).as_bytes(),
        event.request_id.as_bytes(),
        personal.as_bytes(),
    ]))
}

/// The parts one after the other, each behind its length, so that no border can move.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
