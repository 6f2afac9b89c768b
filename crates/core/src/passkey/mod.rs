//! Passkeys: keys on people's devices that they sign in with instead of a password (WebAuthn Level 3).
//!
//! The way of a new one: [`add`] gives a challenge, the device answers it, and the key is kept. The way of a login: [`login`] gives a
//! challenge to whoever asks, and the answer says by itself whose it is. Every passkey is discoverable, so nobody types a name, and no
//! list of keys is told to anybody who is not signed in.
//!
//! Does not read what devices say and knows no signature: see [`crate::port::PasskeyVerifier`].
//!
//! Invariant: a challenge is kept here until it is answered, and whatever the answer is worth, it is gone with it: in the write set of
//! what came of it.

mod add;
mod challenge;
mod login;
mod manage;
mod of_others;

pub use add::NewPasskey;
pub use challenge::{Asked, PasskeyChallenge};
pub use login::PasskeyLogin;

use crate::id::{PasskeyId, UserId};
use crate::time::Timestamp;

/// A passkey, as it is kept. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Names it here.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What it is checked by.
    pub credential: Credential,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its owner last signed in with it.
    pub last_used_at: Option<Timestamp>,
}

/// What a passkey is checked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What the device calls it, as base64url: never another's.
    pub handle: String,
    /// The public key and what was said of it, in the form of whoever verifies.
    pub text: String,
    /// How often it has signed, where the device counts; 0 where it does not.
    pub counter: u32,
    /// Whether there is a copy of it, as at the maker of the device.
    pub is_backed_up: bool,
}
