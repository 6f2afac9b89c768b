//! What went wrong with a statement, in words that every engine shares.

use doorward_core::port::{ApplyError, StoreError};

/// What went wrong with a statement.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A row with such a key is there already. Names the key as the engine does.
    #[error("{text}")]
    Taken {
        /// The columns (`users.email_key`) or the index (`users_email_key`).
        key: String,
        /// What the engine says.
        text: String,
    },
    /// Others were in the way, and nothing of the transaction is kept; the same may go well a moment later.
    #[error("{0}")]
    Again(String),
    /// The engine cannot be reached, is full, or refused.
    #[error("{0}")]
    Unavailable(String),
    /// The server at the other end takes no writes any more: another one has to be asked.
    #[error("{0}")]
    Demoted(String),
    /// A row holds what this build cannot read; names the place.
    #[error("unreadable value in {0}")]
    Corrupt(String),
}

impl Fault {
    pub(crate) fn corrupt(place: &str) -> Self {
        Self::Corrupt(place.to_owned())
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Corrupt(place) => Self::Corrupt(place),
            Fault::Taken { text, .. }
            | Fault::Again(text)
            | Fault::Unavailable(text)
            | Fault::Demoted(text) => Self::Unavailable(text),
        }
    }
}

impl From<Fault> for ApplyError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.into())
    }
}
