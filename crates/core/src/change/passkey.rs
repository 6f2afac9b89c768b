//! Changes of passkeys and of the challenges they answer.

use super::Change;
use crate::digest::Digest;
use crate::id::{PasskeyId, UserId};
use crate::passkey::{Credential, Passkey, PasskeyChallenge};
use crate::time::Timestamp;

/// One thing that becomes true of passkeys.
#[derive(Debug, Clone)]
pub enum PasskeyChange {
    /// A challenge that waits for its answer.
    AddChallenge(Box<PasskeyChallenge>),
    /// A challenge was answered, well or badly, and is no more. Guarded: it was there, and its time is not over.
    SpendChallenge {
        /// Which.
        challenge: Digest,
        /// When.
        at: Timestamp,
    },
    /// Challenges whose time was over before this moment are forgotten.
    ForgetChallenges {
        /// The moment.
        before: Timestamp,
    },
    /// A new passkey. Guarded: the account is active, and no account has this key.
    Add(Box<Passkey>),
    /// A passkey was used. Guarded: it is there, and its counter grows, or the device counts nothing.
    Use {
        /// Which.
        passkey: PasskeyId,
        /// What it is checked by from now on.
        credential: Box<Credential>,
        /// When.
        at: Timestamp,
    },
    /// Another name for a passkey of `user`. Guarded: it is there.
    Rename {
        /// Whose.
        user: UserId,
        /// Which.
        passkey: PasskeyId,
        /// What it is called from now on.
        name: String,
    },
    /// The end of a passkey of `user`. Guarded: it was there.
    Remove {
        /// Whose.
        user: UserId,
        /// Which.
        passkey: PasskeyId,
    },
    /// Changes nothing. Guarded: `user` has a password, a login with a provider, or a passkey besides this one.
    KeepAWayIn {
        /// Whose.
        user: UserId,
        /// The passkey whose life is about to end.
        besides: PasskeyId,
    },
}

impl From<PasskeyChange> for Change {
    fn from(change: PasskeyChange) -> Self {
        Self::Passkey(change)
    }
}
