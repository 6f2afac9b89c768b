//! Sessions: what a login opens, and what every token it gives hangs on.
//!
//! A session is also the *family* of refresh tokens that grew from one login (RFC 9700 §4.14.2): it has at most one
//! current refresh token. Once ended, a session never lives again.

mod authenticate;
mod end;
mod introspect;
mod live;
mod mirror;
mod of_others;
mod open;
mod revoke;
mod sign_out;

use std::fmt;

pub use introspect::Introspected;
pub(crate) use live::{Live, LiveSessions};
pub(crate) use open::SessionWish;
pub use open::{FreshAccess, SignedIn};
pub(crate) use sign_out::SignOut;

use crate::digest::Digest;
use crate::id::{ClientId, SessionId, UserId};
use crate::scope::Scopes;
use crate::time::{Timestamp, Ttl};

/// One login and all that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names the session; `sid` in its access tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the login was.
    pub created_at: Timestamp,
    /// The last known sign of life; written with some delay.
    pub last_seen_at: Timestamp,
    /// The end that no refresh moves.
    pub expires_at: Timestamp,
    /// The program at login, as it called itself.
    pub user_agent: String,
    /// The address at login.
    pub address: String,
    /// The network at login, as limits see it.
    pub network: String,
    /// Digest of the current refresh token.
    pub refresh_digest: Digest,
    /// How many times the refresh token has been replaced.
    pub refresh_generation: u32,
    /// When the current refresh token was given.
    pub refreshed_at: Timestamp,
    /// Digest of the browser cookie, for logins that asked for one.
    pub cookie_digest: Option<Digest>,
    /// What its credentials may be used for at most; `None`: whatever the account may.
    pub scopes: Option<Scopes>,
    /// The application that was given it; `None` for its owner's own.
    pub client: Option<ClientId>,
    /// The login it was given in, where it was given to an application.
    pub given_in: Option<GivenIn>,
    /// When it ended before its time.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
}

/// A login in a browser, which an application was given a session in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenIn {
    /// The session of the browser.
    pub login: SessionId,
    /// When its owner proved who they are.
    pub signed_in_at: Timestamp,
}

impl Session {
    /// Whether the session lives at `now`, when it may rest for `idle`.
    pub fn is_alive(&self, now: Timestamp, idle: Ttl) -> bool {
        self.ended_at.is_none() && now < self.expires_at && now.since(self.last_seen_at) < idle
    }
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The owner logged out.
    Logout,
    /// The owner ended it from another session.
    EndedByOwner,
    /// The owner logged out everywhere.
    LogoutEverywhere,
    /// The password was changed or reset.
    PasswordChanged,
    /// A used refresh token came again.
    RefreshReused,
    /// The account was disabled.
    AccountDisabled,
    /// Somebody who runs the server ended it.
    EndedByAdmin,
    /// The same browser signed in anew.
    Replaced,
    /// The code that the application was given it for came again.
    CodeReused,
    /// The application was removed.
    ClientRemoved,
    /// The owner took back what the application was let have.
    ConsentWithdrawn,
}

impl EndReason {
    /// Every reason there is.
    pub const ALL: &'static [Self] = &[
        Self::Logout,
        Self::EndedByOwner,
        Self::LogoutEverywhere,
        Self::PasswordChanged,
        Self::RefreshReused,
        Self::AccountDisabled,
        Self::EndedByAdmin,
        Self::Replaced,
        Self::CodeReused,
        Self::ClientRemoved,
        Self::ConsentWithdrawn,
    ];

    /// The stable text of the reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::EndedByOwner => "ended_by_owner",
            Self::LogoutEverywhere => "logout_everywhere",
            Self::PasswordChanged => "password_changed",
            Self::RefreshReused => "refresh_reused",
            Self::AccountDisabled => "account_disabled",
            Self::EndedByAdmin => "ended_by_admin",
            Self::Replaced => "replaced",
            Self::CodeReused => "code_reused",
            Self::ClientRemoved => "client_removed",
            Self::ConsentWithdrawn => "consent_withdrawn",
        }
    }

    /// The reason with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
