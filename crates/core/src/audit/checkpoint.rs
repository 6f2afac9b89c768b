//! Signed places of the chain: what makes a missing end visible.
//!
//! A chain shows every change but one: lines dropped from its end. A checkpoint says "line so-and-so was there" under a key
//! that hangs on the master key, so whoever can write to the database alone can neither make one nor move one. One is kept for
//! each day, and one for the line before the first that retention has kept. Printed, a checkpoint holds outside of the database
//! too: against it, not even the rows of the newest checkpoints can be dropped unseen.
//!
//! Invariant: a checkpoint is believed for the one mark it was signed for.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::chain::Link;
use crate::digest::Digest;
use crate::time::Timestamp;
use crate::token::MasterKey;

/// Begins the text of a checkpoint outside of the database.
const PREFIX: &str = "dwc_";

/// What a checkpoint is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The line before the first one that is kept: older ones were forgotten on purpose.
    Kept,
    /// The last line that was known on this day, counted from 1970-01-01.
    Day(i64),
}

impl Mark {
    /// The name it is kept under.
    pub fn name(self) -> String {
        match self {
            Self::Kept => "kept".to_owned(),
            Self::Day(day) => day.to_string(),
        }
    }

    /// The mark with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "kept" => Some(Self::Kept),
            day => day.parse().ok().map(Self::Day),
        }
    }

    /// The day of this moment.
    pub const fn day_of(at: Timestamp) -> Self {
        Self::Day(at.day())
    }
}

/// A place of the chain, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// What it is for.
    pub mark: Mark,
    /// The place.
    pub link: Link,
    /// When it was signed.
    pub at: Timestamp,
    /// The signature.
    pub mac: Digest,
}

impl Checkpoint {
    /// Reads the printed form of a day's checkpoint.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let (seq, rest) = bytes.split_first_chunk::<8>()?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (digest, mac) = rest.split_first_chunk::<32>()?;
        let at = Timestamp::from_millis(i64::from_be_bytes(*at));
        Some(Self {
            mark: Mark::day_of(at),
            link: Link { seq: i64::from_be_bytes(*seq), digest: Digest::from_bytes(*digest) },
            at,
            mac: Digest::from_bytes(mac.try_into().ok()?),
        })
    }
}

/// One word that can be written down.
impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seq, at) = (self.link.seq.to_be_bytes(), self.at.as_millis().to_be_bytes());
        let bytes = [&seq[..], &at, self.link.digest.as_bytes(), self.mac.as_bytes()].concat();
        write!(out, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Signs checkpoints and knows its own.
#[derive(Debug)]
pub(crate) struct Notary(hmac::Key);

impl Notary {
    /// The notary of the server with this master key.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("audit checkpoints")))
    }

    pub(crate) fn sign(&self, mark: Mark, link: Link, at: Timestamp) -> Checkpoint {
        let mut mac = [0; 32];
        mac.copy_from_slice(hmac::sign(&self.0, &signed_bytes(mark, &link, at)).as_ref());
        Checkpoint { mark, link, at, mac: Digest::from_bytes(mac) }
    }

    pub(crate) fn knows(&self, checkpoint: &Checkpoint) -> bool {
        self.sign(checkpoint.mark, checkpoint.link, checkpoint.at).mac == checkpoint.mac
    }
}

/// The fixed-length parts first, the name last: no border can move.
fn signed_bytes(mark: Mark, link: &Link, at: Timestamp) -> Vec<u8> {
    let (seq, at) = (link.seq.to_be_bytes(), at.as_millis().to_be_bytes());
    [&seq[..], &at, link.digest.as_bytes(), mark.name().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notary(byte: u8) -> Notary {
        Notary::new(&MasterKey::from_bytes([byte; 32]))
    }

    fn checkpoint() -> Checkpoint {
        let (link, at) = (Link { seq: 7, digest: Digest::of(b"line") }, Timestamp::of_day(3));
        notary(1).sign(Mark::day_of(at), link, at)
    }

    #[test]
    fn a_checkpoint_reads_what_it_prints() {
        assert_eq!(Checkpoint::read(&checkpoint().to_string()), Some(checkpoint()));
        assert_eq!(Checkpoint::read("dwc_AAAA"), None);
    }

    #[test]
    fn a_checkpoint_is_believed_as_it_was_signed_and_not_otherwise() {
        let signed = checkpoint();
        let moved = Checkpoint { link: Link { seq: 6, ..signed.link }, ..signed };
        let renamed = Checkpoint { mark: Mark::Kept, ..signed };
        let older = Checkpoint { at: Timestamp::from_millis(0), ..signed };

        assert!(notary(1).knows(&signed));
        for forged in [moved, renamed, older] {
            assert!(!notary(1).knows(&forged), "{forged:?}");
        }
        assert!(!notary(2).knows(&signed));
    }
}
