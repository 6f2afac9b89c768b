//! Reading and verifying what devices with passkeys say.

use std::fmt;

use serde_json::Value;

use crate::id::UserId;
use crate::passkey::{Credential, Passkey};

/// Knows WebAuthn: what to ask browsers for, and what their answers are worth. Keeps nothing: what it has to know at the answer travels
/// as [`Ceremony::state`], which is kept on this side and shown to nobody.
///
/// An answer is good when it is to the challenge of the state, from one of the operator's origins to the letter, for the operator's
/// relying party, in no frame of another site, and by the hand of somebody whom the device has verified (WebAuthn Level 3 §7.1, §7.2).
pub trait PasskeyVerifier: Send + Sync + fmt::Debug {
    /// What to ask a browser for that is to make a passkey for `owner`, who has those of `known` already.
    ///
    /// # Errors
    /// [`BadPasskey::Fault`].
    fn begin_adding(&self, owner: &PasskeyOwner<'_>, known: &[Passkey]) -> Result<Ceremony, BadPasskey>;

    /// The key that the browser's answer brings.
    ///
    /// # Errors
    /// [`BadPasskey`].
    fn finish_adding(&self, state: &str, answer: &Value) -> Result<Credential, BadPasskey>;

    /// What to ask a browser for whose user wants to come in.
    ///
    /// # Errors
    /// [`BadPasskey::Fault`].
    fn begin_login(&self) -> Result<Ceremony, BadPasskey>;

    /// Which passkey the browser's answer says it is of, and whose; nothing of it is verified.
    fn names(&self, answer: &Value) -> Option<NamedPasskey>;

    /// Whether the browser's answer was signed with `passkey`; gives the key as it is to be kept from now on.
    ///
    /// # Errors
    /// [`BadPasskey`].
    fn finish_login(&self, state: &str, answer: &Value, passkey: &Passkey) -> Result<Credential, BadPasskey>;
}

/// What a device is told of the account.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyOwner<'a> {
    /// The account: devices give its id back at each login.
    pub id: UserId,
    /// What tells it from other accounts.
    pub name: &'a str,
    /// What it is shown as.
    pub shown: &'a str,
}

/// A question to a browser.
#[derive(Debug)]
pub struct Ceremony {
    /// What the browser is given.
    pub options: Value,
    /// What has to be known at the answer.
    pub state: String,
}

/// Which passkey an answer says it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPasskey {
    /// What the device calls it, as base64url.
    pub handle: String,
    /// Whose the device says it is.
    pub owner: UserId,
}

/// Why an answer proves nothing. The text is for the audit log and tells nothing secret.
#[derive(Debug, thiserror::Error)]
pub enum BadPasskey {
    /// It is not what was asked for.
    #[error("{0}")]
    Refused(String),
    /// Its counter has not grown since the last time: there may be two of the key.
    #[error("the counter went back")]
    CounterBack,
    /// The one who verifies has failed.
    #[error("{0}")]
    Fault(String),
}

impl BadPasskey {
    /// A refusal with these words.
    pub fn refused(why: impl fmt::Display) -> Self {
        Self::Refused(why.to_string())
    }
}
