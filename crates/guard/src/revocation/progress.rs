//! How far the news have been heard, and what a piece of them is worth.
//!
//! Invariant: only a sign of life that comes later than the last one, for exactly what was heard, makes the news fresh.

use super::record::{Ended, Record, Said};

/// How far the news have been heard.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The run of numbers, and the last one.
    place: Option<(String, u64)>,
    /// Parts of a start that have not come yet, and the place after them.
    starting: Option<(usize, String, u64)>,
    /// When the last sign of life was given, in milliseconds.
    heartbeat_at: i64,
}

/// What to do with a piece of news.
#[derive(Debug)]
pub(super) enum Step<'r> {
    /// This has ended.
    Enter(&'r Ended),
    /// Nothing is missing; it was known at the issuer so many milliseconds before it was said, and is good for so many.
    Alive { lag: i64, bound: i64 },
    /// Old, or of no concern.
    Nothing,
    /// Something is missing: start over.
    Lost,
}

impl Progress {
    /// The place to go on from, as the issuer names it.
    pub(super) fn place(&self) -> Option<String> {
        self.place.as_ref().map(|(stream, seq)| format!("{stream}:{seq}"))
    }

    /// Starts over with the next connection.
    pub(super) fn lose(&mut self) {
        self.place = None;
        self.starting = None;
    }

    /// A connection has ended: half a start is none.
    pub(super) fn interrupt(&mut self) {
        if self.starting.take().is_some() {
            self.place = None;
        }
    }

    pub(super) fn take<'r>(&mut self, record: &'r Record) -> Step<'r> {
        let Record { stream, seq, said, .. } = record;
        match said {
            Said::Start { left, ended } => self.start(*left, (stream, *seq), ended),
            Said::Ends { after, ended } => match &mut self.place {
                Some((known, heard)) if known == stream && *after <= *heard && self.starting.is_none() => {
                    if *seq <= *heard {
                        return Step::Nothing;
                    }
                    *heard = *seq;
                    Step::Enter(ended)
                }
                _ => Step::Lost,
            },
            Said::Heartbeat { at, as_of, bound } => {
                let is_whole = self.starting.is_none();
                match &self.place {
                    Some((known, heard)) if known == stream && seq == heard && is_whole => {
                        if *at <= self.heartbeat_at {
                            return Step::Nothing;
                        }
                        self.heartbeat_at = *at;
                        Step::Alive { lag: at.saturating_sub(*as_of).max(0), bound: *bound }
                    }
                    Some((known, heard)) if known == stream && seq < heard => Step::Nothing,
                    _ => Step::Lost,
                }
            }
            Said::Unknown => Step::Nothing,
        }
    }

    fn start<'r>(&mut self, left: usize, (stream, seq): (&str, u64), ended: &'r Ended) -> Step<'r> {
        let is_next = self.starting.as_ref().is_none_or(|(expected, known, number)| {
            *expected == left.saturating_add(1) && known == stream && *number == seq
        });
        if !is_next {
            return Step::Lost;
        }
        if left == 0 {
            self.starting = None;
            self.place = Some((stream.to_owned(), seq));
        } else {
            self.starting = Some((left, stream.to_owned(), seq));
        }
        Step::Enter(ended)
    }
}
