//! One signing key follows another, on schedule or by command.
//!
//! Does not sign: see [`super::keyring`].
//!
//! Invariant: of two nodes that rotate at the same time one wins; the other finds the old key retired and does nothing.

use super::keyring::{PUBLISHED_AHEAD, Ring, generate};
use super::{Seal, StoredKey};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::time::{Timestamp, Ttl};

/// How a new signing key takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// The new key is published first and signs a little later; tokens of the old one live out their time.
    Overlapping,
    /// The old keys are believed no more from this moment: every access token must be fetched anew by refresh.
    Immediate,
}

impl Core {
    /// All signing keys that are kept, oldest first.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>, Error> {
        Ok(self.ports().store.signing_keys().await?)
    }

    /// Makes a new signing key that takes over as `takeover` says; returns its thumbprint. Other processes on the same
    /// database follow within a second.
    ///
    /// # Errors
    /// [`Code::Conflict`] when another process rotates at the same moment or the key comes from the configuration;
    /// [`Code::StoreUnavailable`].
    pub async fn rotate_keys(&self, takeover: Takeover) -> Result<String, Error> {
        if self.has_fixed_key() {
            let text = "The signing key comes from the configuration and is changed there.";
            return Err(Error::new(Code::Conflict, text));
        }
        let now = self.now();
        let stored = self.signing_keys().await?;
        let new = generate(self.settings().tokens.algorithm, self.seal(), self.entropy(), now)?;
        let kid = new.kid.clone();
        let (signs_until, verifies_until) = match takeover {
            Takeover::Overlapping => (now + PUBLISHED_AHEAD, now + PUBLISHED_AHEAD + self.token_life()),
            Takeover::Immediate => (now, now),
        };
        let event = self.event(Deed::SigningKeyRotated, &Client::default()).because(kid.clone());
        let retired = stored.iter().filter(|key| match takeover {
            Takeover::Overlapping => key.signs_until.is_none(),
            Takeover::Immediate => key.verifies_until.is_none_or(|end| now < end),
        });
        let changes = retired.fold(Changes::from(Change::AddKey(Box::new(new))), |changes, key| {
            changes.with(Change::RetireKey { kid: key.kid.clone(), signs_until, verifies_until })
        });
        self.apply(changes.recorded(event)).await?;
        self.reload_keys().await?;
        Ok(kid)
    }

    /// Takes the stored keys into use: makes the first one, and the next one when it is time.
    pub(crate) async fn tend_keys(&self) -> Result<(), Error> {
        if self.has_fixed_key() {
            return Ok(());
        }
        let (now, settings) = (self.now(), self.settings());
        let stored = self.signing_keys().await?;
        let newest = stored
            .iter()
            .rfind(|key| key.algorithm == settings.tokens.algorithm && key.signs_until.is_none());
        let is_due = |key: &StoredKey| {
            settings.tokens.key_rotation > Ttl::ZERO
                && now.since(key.created_at) >= settings.tokens.key_rotation
        };
        if newest.is_none_or(is_due) {
            match self.rotate_keys(Takeover::Overlapping).await {
                Err(error) if error.code() == Code::Conflict => {}
                other => drop(other?),
            }
        }
        self.reload_keys().await
    }

    /// Takes the stored keys into use if another process has changed them.
    pub(crate) async fn follow_keys(&self) -> Result<(), Error> {
        let is_current = self.has_fixed_key() || self.keyring().now().is_made_of(&self.signing_keys().await?);
        if is_current { Ok(()) } else { self.reload_keys().await }
    }

    /// Takes what the database holds into use; tokens of keys that are gone are forgotten at once.
    async fn reload_keys(&self) -> Result<(), Error> {
        let stored = self.signing_keys().await?;
        if let Some(ring) = Ring::open(&stored, self.settings().tokens.algorithm, self.seal(), self.now())?
            && self.keyring().replace(ring)
        {
            self.forget_verified_tokens();
        }
        Ok(())
    }

    /// How long a token that is signed now can be believed.
    fn token_life(&self) -> Ttl {
        let settings = self.settings();
        let tokens = &settings.tokens;
        Ttl::from_millis(tokens.access_ttl.as_millis() + tokens.leeway.as_millis())
    }
}

/// The ring of a database's keys, with a first key made when there is none yet.
pub(crate) async fn open_or_create(
    store: &dyn crate::port::Store,
    algorithm: doorward_jose::Algorithm,
    seal: &Seal,
    entropy: &dyn crate::port::Entropy,
    now: Timestamp,
) -> Result<Ring, Error> {
    // A second turn is needed when there is no key yet, or when another process made one meanwhile.
    for _ in 0..2 {
        if let Some(ring) = Ring::open(&store.signing_keys().await?, algorithm, seal, now)? {
            return Ok(ring);
        }
        let key = generate(algorithm, seal, entropy, now)?;
        store.apply(Change::AddKey(Box::new(key)).into()).await?;
    }
    Err(Code::Internal.into())
}
