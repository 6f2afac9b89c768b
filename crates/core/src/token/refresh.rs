//! Refresh tokens: a chain in which each token leads to the next, for the server alone.
//!
//! A token holds its session, its generation and 32 secret bytes. The bytes of the next generation are an HMAC of these
//! under a key that only the server has, so
//!
//! - the same token always has the same successor, on every node and after a crash: a client that lost the answer asks
//!   again and gets it;
//! - an old token proves itself: following the chain from it leads to the current one. A stranger who only knows a
//!   session's id cannot pretend that one of its tokens was stolen;
//! - one row per session is enough, whatever the number of refreshes.
//!
//! Does not decide what follows from a token: see [`crate::login::refresh`].
//!
//! Invariant: the database holds the digest of the current token only.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{MasterKey, opaque};
use crate::digest::Digest;
use crate::id::SessionId;
use crate::port::Entropy;
use crate::secret::Secret;

const PREFIX: &str = "dwr_";
const PAYLOAD: usize = 16 + 4 + 32;
/// How far back an old token is followed: more than a month of refreshes every five minutes; about 10 ms of work.
const FOLLOW_MAX: u32 = 10_000;

/// A refresh token, taken apart.
#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(crate) session: SessionId,
    pub(crate) generation: u32,
    secret: Zeroizing<[u8; 32]>,
}

impl RefreshToken {
    /// The first token of a session.
    pub(crate) fn first(session: SessionId, entropy: &dyn Entropy) -> Self {
        Self { session, generation: 0, secret: Zeroizing::new(entropy.bytes()) }
    }

    /// Reads a presented token; `None` when it is no refresh token of any server.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let payload = opaque::read::<PAYLOAD>(PREFIX, text)?;
        let (session, rest) = payload.split_first_chunk::<16>()?;
        let (generation, secret) = rest.split_first_chunk::<4>()?;
        let secret = Zeroizing::new(<[u8; 32]>::try_from(secret).ok()?);
        Some(Self {
            session: SessionId::from_bytes(*session),
            generation: u32::from_be_bytes(*generation),
            secret,
        })
    }

    /// The text that is given to the client.
    pub(crate) fn to_text(&self) -> Secret<String> {
        let mut payload = Zeroizing::new([0; PAYLOAD]);
        payload[..16].copy_from_slice(self.session.as_bytes());
        payload[16..20].copy_from_slice(&self.generation.to_be_bytes());
        payload[20..].copy_from_slice(&*self.secret);
        opaque::write(PREFIX, &*payload)
    }

    /// What the database keeps of the token.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&*self.secret)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RefreshToken({}, generation {})", self.session, self.generation)
    }
}

/// Knows what follows each token.
pub(crate) struct Chain(hmac::Key);

impl Chain {
    /// The chain that hangs on `master`.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("refresh token chain")))
    }

    /// The token that replaces `token`: always the same one.
    pub(crate) fn successor(&self, token: &RefreshToken) -> RefreshToken {
        let generation = token.generation.saturating_add(1);
        let mut context = hmac::Context::with_key(&self.0);
        context.update(token.session.as_bytes());
        context.update(&generation.to_be_bytes());
        context.update(&*token.secret);
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(context.sign().as_ref());
        RefreshToken { session: token.session, generation, secret }
    }

    /// Whether following the chain from `old` leads to the token of `generation` with the digest `current`.
    pub(crate) fn leads_to(&self, old: &RefreshToken, generation: u32, current: &Digest) -> bool {
        let Some(steps) = generation.checked_sub(old.generation).filter(|steps| *steps <= FOLLOW_MAX) else {
            return false;
        };
        let reached = (0..steps).fold(old.clone(), |token, _| self.successor(&token));
        reached.digest() == *current
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Chain")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fake::FixedEntropy;

    fn chain() -> Chain {
        Chain::new(&MasterKey::from_bytes([9; 32]))
    }

    fn first() -> RefreshToken {
        RefreshToken::first(SessionId::from_bytes([3; 16]), &FixedEntropy::default())
    }

    #[test]
    fn a_token_reads_what_it_prints() {
        let token = first();

        let read = RefreshToken::read(token.to_text().expose()).unwrap();

        assert_eq!((read.session, read.generation, read.digest()), (token.session, 0, token.digest()));
    }

    #[test]
    fn a_token_has_one_successor_whoever_asks() {
        assert_eq!(chain().successor(&first()).digest(), chain().successor(&first()).digest());
        assert_ne!(chain().successor(&first()).digest(), first().digest());
    }

    #[test]
    fn an_old_token_leads_to_the_current_one() {
        let current = (0..5).fold(first(), |token, _| chain().successor(&token));

        assert!(chain().leads_to(&first(), 5, &current.digest()));
        assert!(chain().leads_to(&current, 5, &current.digest()));
    }

    #[test]
    fn what_strangers_make_up_leads_nowhere() {
        let current = chain().successor(&first());
        let forged = RefreshToken { secret: Zeroizing::new([0; 32]), ..first() };
        let younger = RefreshToken { generation: 9, ..current.clone() };
        let other = Chain::new(&MasterKey::from_bytes([8; 32]));

        assert!(!chain().leads_to(&forged, 1, &current.digest()));
        assert!(!chain().leads_to(&younger, 1, &current.digest()));
        assert!(!chain().leads_to(&first(), u32::MAX, &current.digest()));
        assert!(!other.leads_to(&first(), 1, &current.digest()));
    }

    #[test]
    fn a_token_does_not_print_its_secret() {
        let token = first();
        let secret = token.to_text();

        assert!(!format!("{token:?}").contains(&secret.expose()[30..]));
    }
}
