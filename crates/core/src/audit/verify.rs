//! Holds the audit log against its chain and its checkpoints, and names the first line that is not as it was written.
//!
//! Reads line after line and remembers little, so a log of any length can be verified. Does not mend anything.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use super::Deed;
use super::chain::{Found, Link, Record};
use super::checkpoint::{Checkpoint, Mark, Notary};
use crate::id::UserId;

/// A log that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many lines there are.
    pub lines: u64,
    /// How many of them have lost what was personal in them, as the log itself tells.
    pub erased: u64,
    /// The last line.
    pub head: Link,
}

/// The first line that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The number of the line.
    pub seq: i64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not there, and later ones are.
    Missing,
    /// It is not there, nor is any later one, and a checkpoint says that it was.
    CutOff,
    /// It cannot be read.
    Unreadable,
    /// It is not what its digest was made of, or not behind the line it was written behind.
    Changed,
    /// Its address or detail is not what was written.
    PersonalChanged,
    /// Its address and detail are gone and no line says that they were erased.
    SilentlyErased,
    /// A checkpoint names another line in its place.
    NotTheSigned,
    /// A checkpoint that stands for it was not signed with this server's key.
    FalseCheckpoint,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "is missing",
            Self::CutOff => "and all after it are missing: a signed checkpoint says that there were more",
            Self::Unreadable => "cannot be read",
            Self::Changed => "was changed, or does not follow the line before it",
            Self::PersonalChanged => "has another address or detail than was written",
            Self::SilentlyErased => "has lost its address and detail, and no line says that they were erased",
            Self::NotTheSigned => "is not the line that was signed",
            Self::FalseCheckpoint => "has a checkpoint that was not signed with this server's master key",
        })
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {} {}", self.seq, self.fault)
    }
}

/// Goes along the log.
#[derive(Debug)]
pub(crate) struct Verifier {
    head: Link,
    ahead: VecDeque<Checkpoint>,
    /// The first line of each account that has lost what was personal and whose erasure was not met yet.
    unexplained: HashMap<UserId, i64>,
    lines: u64,
    erased: u64,
}

impl Verifier {
    /// Begins behind the lines that were forgotten on purpose.
    pub(crate) fn new(notary: &Notary, mut checkpoints: Vec<Checkpoint>) -> Result<Self, Broken> {
        checkpoints.sort_by_key(|checkpoint| checkpoint.link.seq);
        if let Some(forged) = checkpoints.iter().find(|checkpoint| !notary.knows(checkpoint)) {
            return Err(Broken { seq: forged.link.seq, fault: Fault::FalseCheckpoint });
        }
        let kept = checkpoints.iter().find(|checkpoint| checkpoint.mark == Mark::Kept);
        let head = kept.map_or(Link::START, |kept| kept.link);
        let ahead = checkpoints.into_iter().filter(|checkpoint| checkpoint.link.seq > head.seq).collect();
        Ok(Self { head, ahead, unexplained: HashMap::new(), lines: 0, erased: 0 })
    }

    /// The number of the last line that was looked at.
    pub(crate) const fn seq(&self) -> i64 {
        self.head.seq
    }

    /// Looks at the next line.
    pub(crate) fn look_at(&mut self, found: &Found) -> Result<(), Broken> {
        let seq = self.head.seq + 1;
        let broken = |fault| Err(Broken { seq, fault });
        if found.seq != seq {
            return broken(Fault::Missing);
        }
        let Some(record) = &found.record else { return broken(Fault::Unreadable) };
        if self.head.next(&record.event, &record.personal) != record.link {
            return broken(Fault::Changed);
        }
        match &record.event.personal {
            Some(personal) if personal.digest() != record.personal => {
                return broken(Fault::PersonalChanged);
            }
            Some(_) => {}
            None => self.note_erased(record)?,
        }
        let (deed, subject) = (record.event.deed, record.event.subject);
        if let (Deed::PersonalDataErased | Deed::AccountDeleted, Some(subject)) = (deed, subject) {
            self.unexplained.remove(&subject);
        }
        while let Some(signed) = self.ahead.pop_front_if(|signed| signed.link.seq == seq) {
            if signed.link != record.link {
                return broken(Fault::NotTheSigned);
            }
        }
        self.head = record.link;
        self.lines += 1;
        Ok(())
    }

    fn note_erased(&mut self, record: &Record) -> Result<(), Broken> {
        let seq = record.link.seq;
        let Some(subject) = record.event.subject else {
            return Err(Broken { seq, fault: Fault::SilentlyErased });
        };
        self.unexplained.entry(subject).or_insert(seq);
        self.erased += 1;
        Ok(())
    }

    /// Ends where no more lines are.
    pub(crate) fn finish(self) -> Result<Verified, Broken> {
        if !self.ahead.is_empty() {
            return Err(Broken { seq: self.head.seq + 1, fault: Fault::CutOff });
        }
        if let Some(seq) = self.unexplained.into_values().min() {
            return Err(Broken { seq, fault: Fault::SilentlyErased });
        }
        Ok(Verified { lines: self.lines, erased: self.erased, head: self.head })
    }
}
