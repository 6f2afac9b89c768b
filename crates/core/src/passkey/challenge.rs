//! Challenges: what a device signs to show that it is there now.
//!
//! A challenge is named by a random token that only whoever asked was given; the database keeps its digest. It lives for five minutes,
//! and one that was given in a session is good in that session alone.

use serde_json::Value;

use crate::change::{Changes, PasskeyChange};
use crate::core::Core;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::id::SessionId;
use crate::port::{BadPasskey, Ceremony};
use crate::secret::Secret;
use crate::time::{Timestamp, Ttl};
use crate::token::opaque;

/// How long a device may take to answer.
const LIFE: Ttl = Ttl::from_minutes(5);
const PREFIX: &str = "dwc_";
const PAYLOAD: usize = 32;

/// A challenge that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyChallenge {
    /// Digest of the token that names it.
    pub digest: Digest,
    /// The session a passkey is to be added in; `None` for a login.
    pub session: Option<SessionId>,
    /// What whoever verifies has to know of it.
    pub state: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a browser is asked for.
#[derive(Debug)]
pub struct Asked {
    /// Names the challenge, to be given back with the answer.
    pub challenge: Secret<String>,
    /// What the browser's `navigator.credentials` is called with, in the JSON form of WebAuthn Level 3 §5.1.8 and §5.1.9.
    pub options: Value,
    /// When the challenge ends.
    pub expires_at: Timestamp,
}

impl Core {
    /// Whether people can have passkeys here.
    pub fn has_passkeys(&self) -> bool {
        self.ports().outside.passkeys.is_some()
    }

    /// Keeps what has to be known at the answer.
    pub(super) async fn give_challenge(
        &self,
        session: Option<SessionId>,
        ceremony: Ceremony,
    ) -> Result<Asked, Error> {
        let payload = self.entropy().bytes::<PAYLOAD>();
        let challenge = PasskeyChallenge {
            digest: Digest::of(&payload),
            session,
            state: ceremony.state,
            expires_at: self.now() + LIFE,
        };
        let expires_at = challenge.expires_at;
        self.apply(PasskeyChange::AddChallenge(Box::new(challenge))).await?;
        Ok(Asked { challenge: opaque::write(PREFIX, &payload), options: ceremony.options, expires_at })
    }

    /// The challenge called `token` that was given in `session`, or to a stranger, and may still be answered.
    pub(super) async fn challenge(
        &self,
        session: Option<SessionId>,
        token: &Secret<String>,
    ) -> Result<Option<PasskeyChallenge>, Error> {
        let Some(payload) = opaque::read::<PAYLOAD>(PREFIX, token.expose()) else { return Ok(None) };
        let found = self.ports().store.passkey_challenge(&Digest::of(&*payload)).await?;
        Ok(found.filter(|challenge| challenge.session == session && self.now() < challenge.expires_at))
    }

    /// Takes a challenge away; fails the write set when somebody else has.
    pub(super) fn spend_challenge(&self, challenge: &PasskeyChallenge) -> Changes {
        Changes::from(PasskeyChange::SpendChallenge { challenge: challenge.digest, at: self.now() })
    }
}

/// A fault of the one who verifies, or a refusal of `code`.
pub(super) fn refusal(code: Code, fault: BadPasskey) -> Error {
    match fault {
        BadPasskey::Fault(text) => Error::from(Code::Internal).because(text),
        BadPasskey::Refused(_) | BadPasskey::CounterBack => code.into(),
    }
}
