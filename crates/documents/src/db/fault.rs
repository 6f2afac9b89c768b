//! What went wrong with a statement, in words that every engine shares.

use doorward_core::port::StoreError;
use doorward_core::{Code, Error};

/// What went wrong with a statement, or what a rule behind it says no to.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Others were in the way, and nothing of the transaction is kept; the same may go well a moment later.
    Again(String),
    /// The engine cannot be reached, is full, or refused.
    Unavailable(String),
    /// A row holds what this build cannot read; names the kind.
    Corrupt(&'static str),
    /// A rule says no.
    Refused(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Again(text) | Fault::Unavailable(text) => StoreError::Unavailable(text).into(),
            Fault::Corrupt(place) => StoreError::Corrupt(place.to_owned()).into(),
            Fault::Refused(error) => error,
        }
    }
}
