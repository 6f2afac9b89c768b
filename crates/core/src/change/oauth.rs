//! Changes of applications that people sign in to, and of what they are given.

use super::Change;
use crate::digest::Digest;
use crate::id::{ClientId, SessionId, UserId};
use crate::oauth::{AuthorizationCode, OAuthClient};
use crate::scope::Scopes;
use crate::session::EndReason;
use crate::time::Timestamp;

/// One thing that becomes true of applications.
#[derive(Debug, Clone)]
pub enum OAuthChange {
    /// A new application.
    AddClient(Box<OAuthClient>),
    /// A new secret of an application, in the place of the one it had; tokens that it was given for itself before count no more.
    /// Guarded: it is there and has one.
    RenewSecret {
        /// Which.
        client: ClientId,
        /// Digest of the new one.
        secret: Digest,
        /// When.
        at: Timestamp,
    },
    /// The end of an application, of its sessions, and of what it was let have. Guarded: it is there.
    RemoveClient {
        /// Which.
        client: ClientId,
        /// When.
        at: Timestamp,
    },
    /// The end of all that applications were given in a login, of which they are told.
    EndGivenIn {
        /// The session of the login.
        login: SessionId,
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
    },
    /// A new code. Guarded: its application is there, and the session it was given in lives.
    AddCode(Box<AuthorizationCode>),
    /// A code is used up. Guarded: it was good until now.
    SpendCode {
        /// Which.
        code: Digest,
        /// The session that is given for it.
        given: SessionId,
        /// When.
        at: Timestamp,
    },
    /// What an account lets an application have, in the place of what it let it have before. Guarded: the application is there.
    KeepConsent {
        /// Whose.
        user: UserId,
        /// The application.
        client: ClientId,
        /// What it may have.
        scopes: Scopes,
        /// When.
        at: Timestamp,
    },
    /// What an account let an application have is taken back, and all that it was given of it ends, of which it is told. Guarded: there
    /// is something to take back.
    WithdrawConsent {
        /// Whose.
        user: UserId,
        /// The application.
        client: ClientId,
        /// When.
        at: Timestamp,
    },
    /// Codes that ended before this moment are forgotten.
    ForgetCodes {
        /// The moment.
        before: Timestamp,
    },
}

impl From<OAuthChange> for Change {
    fn from(change: OAuthChange) -> Self {
        Self::OAuth(change)
    }
}
