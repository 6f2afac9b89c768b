//! Text that grows up to a length and until a time.
//!
//! Invariant: no control characters but line ends; the marks of search results are among those that are left out.

use std::time::Instant;

use super::Unreadable;

/// Pieces that are taken between two looks at the clock.
const PIECES: usize = 256;

/// A text that is being gathered.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    max: usize,
    until: Instant,
    pieces: usize,
}

impl Text {
    pub(super) const fn new(max: usize, until: Instant) -> Self {
        Self { text: String::new(), max, until, pieces: 0 }
    }

    /// Adds a piece.
    pub(super) fn push(&mut self, piece: impl AsRef<str>) -> Result<(), Unreadable> {
        let piece = piece.as_ref();
        self.pieces += 1;
        if self.pieces.is_multiple_of(PIECES) || piece.len() > PIECES {
            self.check_time()?;
        }
        if self.text.len() + piece.len() > self.max {
            return Err("This file holds more text than is searched.".into());
        }
        self.text.extend(piece.chars().filter(|c| is_text(*c)));
        Ok(())
    }

    /// Ends a line (`"\n"`) or a paragraph (`"\n\n"`), once.
    pub(super) fn end(&mut self, with: &str) {
        let bare = self.text.trim_end_matches([' ', '\t']).len();
        self.text.truncate(bare);
        let ended = self.text.len() - self.text.trim_end_matches('\n').len();
        if !self.text.is_empty() {
            self.text.push_str(with.get(ended..).unwrap_or_default());
        }
    }

    /// Refuses when time is up.
    pub(super) fn check_time(&self) -> Result<(), Unreadable> {
        if Instant::now() > self.until { Err("Reading this file took too long.".into()) } else { Ok(()) }
    }

    /// How many bytes there may still be.
    pub(super) const fn room(&self) -> usize {
        self.max.saturating_sub(self.text.len())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

fn is_text(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

/// A text as it may stand in a chunk.
pub(super) fn clean(text: &str) -> String {
    let clean: String = text.chars().filter(|c| is_text(*c)).collect();
    clean.trim().to_owned()
}
