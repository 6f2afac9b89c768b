//! Changes of second factors, and of logins that wait for one.

use super::Change;
use crate::digest::Digest;
use crate::id::UserId;
use crate::login::PendingLogin;
use crate::time::Timestamp;

/// One thing that becomes true of second factors.
#[derive(Debug, Clone)]
pub enum FactorChange {
    /// Setting one up begins, in the place of what was begun before. Guarded: the account is active, and has none that is confirmed.
    Begin {
        /// Whose.
        user: UserId,
        /// What the app and the server both know, sealed.
        secret: String,
        /// When.
        at: Timestamp,
    },
    /// What was begun is asked for from now on. Guarded: it was begun with this secret, and is not confirmed yet.
    Confirm {
        /// Whose.
        user: UserId,
        /// What the app and the server both know, sealed.
        secret: String,
        /// The step of the code that has shown it.
        step: i64,
        /// When.
        at: Timestamp,
    },
    /// A code of the app is used up. Guarded: neither it nor a later one was used.
    UseStep {
        /// Whose.
        user: UserId,
        /// The step of the code.
        step: i64,
    },
    /// Recovery codes, in the place of those there were.
    SetRecoveryCodes {
        /// Whose.
        user: UserId,
        /// Their digests.
        codes: Vec<Digest>,
    },
    /// A recovery code is used up. Guarded: it is there.
    UseRecoveryCode {
        /// Whose.
        user: UserId,
        /// Its digest.
        code: Digest,
    },
    /// The end of a second factor and its recovery codes. Guarded: it is there and confirmed.
    Remove {
        /// Whose.
        user: UserId,
    },
    /// A login that waits for a second factor; those whose time is over are forgotten.
    AddLogin {
        /// The login.
        login: Box<PendingLogin>,
        /// When.
        at: Timestamp,
    },
    /// A wrong code is counted against a login. Guarded: its ticket is good until now.
    CountTry {
        /// The digest of its ticket.
        ticket: Digest,
        /// When.
        at: Timestamp,
    },
    /// A login is done. Guarded: its ticket is good until now.
    SpendLogin {
        /// The digest of its ticket.
        ticket: Digest,
        /// When.
        at: Timestamp,
    },
}

impl From<FactorChange> for Change {
    fn from(change: FactorChange) -> Self {
        Self::Factor(change)
    }
}
