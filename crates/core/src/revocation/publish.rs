//! News as a listener hears them: signed, in order, from where it was.
//!
//! Invariant: a sign of life is given only to a listener that was told everything.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::futures::Notified;

use super::End;
use super::ledger::{Next, RECORD_MAX};
use super::record::{Claims, Ended, NewsKind, Said, TYP};
use crate::core::Core;
use crate::error::{Code, Error};
use crate::principal::Principal;
use crate::scope;
use crate::time::Ttl;

/// A sign of life that is older than this and the bound is none.
const HEARTBEAT_LIFE: Ttl = Ttl::from_seconds(60);

/// A piece of news, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What it is about.
    pub kind: NewsKind,
    /// Where a listener that has heard this can go on; `None` in the midst of a start.
    pub place: Option<String>,
    /// The news, as a JWS in the compact form.
    pub signed: Arc<str>,
}

/// Ends that were signed: the numbers before and at their end, and the record.
pub(crate) type SignedEnds = ((u64, u64), Arc<str>);

/// How far a listener has been told.
#[derive(Debug)]
pub struct NewsReader {
    seq: u64,
    /// What is left of a start.
    parts: VecDeque<Vec<End>>,
}

impl Core {
    /// A listener that goes on after `place`, if that can be, and starts over otherwise.
    pub fn listen_for_news(&self, place: Option<&str>) -> NewsReader {
        let known =
            place.and_then(|place| place.split_once(':')).filter(|(name, _)| *name == self.ledger().stream());
        match known.and_then(|(_, seq)| seq.parse().ok()) {
            Some(seq) => NewsReader { seq, parts: VecDeque::new() },
            None => self.start_over(),
        }
    }

    /// What has ended after the number `seq` of this run, and the number to go on from. All that may still matter, when that is not
    /// known one by one any more.
    pub fn ended_after(&self, seq: u64) -> (u64, Vec<End>) {
        match self.ledger().after(seq) {
            Next::Nothing => (seq, Vec::new()),
            Next::Ends(seq, ends) => (seq, ends),
            Next::Lost => self.ledger().all(),
        }
    }

    /// For how long an end matters.
    pub fn ends_matter_for(&self) -> Ttl {
        self.ledger().horizon()
    }

    /// The next piece of news for this listener; `None` when it has heard everything.
    ///
    /// # Errors
    /// [`Code::Internal`] when it cannot be signed.
    pub fn next_news(&self, reader: &mut NewsReader) -> Result<Option<News>, Error> {
        if reader.parts.is_empty() {
            match self.ledger().after(reader.seq) {
                Next::Nothing => return Ok(None),
                Next::Ends(seq, ends) => {
                    let after = std::mem::replace(&mut reader.seq, seq);
                    return self.ends(after, seq, &ends).map(Some);
                }
                Next::Lost => *reader = self.start_over(),
            }
        }
        let Some(part) = reader.parts.pop_front() else { return Ok(None) };
        let left = reader.parts.len();
        let said = Said::Start { left, ended: Ended::new(&part) };
        let signed = self.sign_news(reader.seq, said, self.ledger().horizon())?;
        let place = (left == 0).then(|| self.place(reader.seq));
        Ok(Some(News { kind: NewsKind::Start, place, signed }))
    }

    /// A sign of life for this listener; `None` when it has not heard everything yet.
    ///
    /// # Errors
    /// [`Code::Internal`] when it cannot be signed.
    pub fn heartbeat(&self, reader: &NewsReader) -> Result<Option<News>, Error> {
        // The time first: what ends later has a later number.
        let now = self.now();
        let (seq, as_of) = self.ledger().state();
        if seq != reader.seq || !reader.parts.is_empty() {
            return Ok(None);
        }
        let bound = self.settings().revocations.bound();
        let (at, as_of) = (now.as_millis(), as_of.min(now).as_millis());
        let said = Said::Heartbeat { at, as_of, bound: bound.as_millis() };
        let signed = self.sign_news(seq, said, HEARTBEAT_LIFE)?;
        Ok(Some(News { kind: NewsKind::Heartbeat, place: Some(self.place(seq)), signed }))
    }

    /// Done when there is more to be told, counted from this call on.
    pub fn news_written(&self) -> Notified<'_> {
        self.ledger().written()
    }

    /// Whether somebody who listens may go on.
    ///
    /// # Errors
    /// [`Code::TokenExpired`], [`Code::TokenRevoked`], [`Code::Forbidden`].
    pub fn check_listener(&self, who: &Principal) -> Result<(), Error> {
        let now = self.now();
        if now >= who.expires_at {
            return Err(Code::TokenExpired.into());
        }
        who.see(now, self.idle())?;
        self.require(who, scope::ADMIN_REVOCATIONS)
    }

    fn start_over(&self) -> NewsReader {
        let (seq, ends) = self.ledger().all();
        let mut parts: VecDeque<Vec<End>> = ends.chunks(RECORD_MAX).map(<[End]>::to_vec).collect();
        if parts.is_empty() {
            parts.push_back(Vec::new());
        }
        NewsReader { seq, parts }
    }

    /// All listeners hear the same, mostly: it is signed once for those who hear it next.
    fn ends(&self, after: u64, seq: u64, ends: &[End]) -> Result<News, Error> {
        let mut last = self.last_news().lock();
        let signed = match &*last {
            Some((key, signed)) if *key == (after, seq) => Arc::clone(signed),
            _ => {
                let said = Said::Ends { after, ended: Ended::new(ends) };
                let signed = self.sign_news(seq, said, self.ledger().horizon())?;
                *last = Some(((after, seq), Arc::clone(&signed)));
                signed
            }
        };
        Ok(News { kind: NewsKind::Ends, place: Some(self.place(seq)), signed })
    }

    fn sign_news(&self, seq: u64, said: Said, life: Ttl) -> Result<Arc<str>, Error> {
        let (settings, now) = (self.settings(), self.now());
        let claims = Claims {
            iss: &settings.issuer,
            aud: &settings.audience,
            iat: now.as_seconds(),
            exp: (now + life).as_seconds(),
            stream: self.ledger().stream(),
            seq,
            said,
        };
        self.keyring().now().sign(TYP, &claims, now).map(Arc::from)
    }

    fn place(&self, seq: u64) -> String {
        format!("{}:{seq}", self.ledger().stream())
    }
}
