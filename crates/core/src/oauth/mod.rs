//! Applications that people sign in to with their account here: OAuth 2.1 and OpenID Connect Core 1.0.
//!
//! The way of a login: [`authorize`] judges the request that a browser brings and finds out who sits before it; [`consent`] asks
//! its owner; a code goes back through the browser; the application proves itself ([`prove`]) and [`redeem`]s the code for tokens.
//!
//! What it is given hangs on a session of its own: a row like any other, listed with its owner's sessions and ended like them. So
//! guards, introspection and revocation need to know nothing of applications.
//!
//! Invariant: what an application may do is never more than what it was registered for, its owner has agreed to, and the account may
//! at that moment; and never what only an owner may ([`crate::Principal::refuse_client`]).

mod asked;
mod authorize;
mod by_itself;
mod code;
mod consent;
mod id_token;
mod live;
mod log_out;
mod notice;
mod prove;
mod redeem;
mod redirect;
mod register;
mod renew;
mod request;
mod tell;
mod withdraw;

pub use asked::Asked;
pub use authorize::{Answer, Destination, Question, Step};
pub use by_itself::OwnToken;
pub use code::AuthorizationCode;
pub(crate) use consent::ConsentKey;
pub use consent::Decision;
pub use id_token::ID_TOKEN_CLAIMS;
pub(crate) use live::{LiveClient, LiveClients};
pub use log_out::{LogOut, LoggedOut};
pub use notice::{LogoutCall, LogoutNotice, Untold};
pub use prove::ClientProof;
pub use redeem::{Given, Redemption};
pub use register::NewClient;
pub use tell::Told;
pub use withdraw::Consent;

use crate::digest::Digest;
use crate::id::ClientId;
use crate::scope::Scopes;
use crate::time::Timestamp;

/// An application that people sign in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// Names it: `client_id`.
    pub id: ClientId,
    /// What people know it by.
    pub name: String,
    /// Digest of its secret; `None` for one that can keep none, as in a browser or on a telephone.
    pub secret: Option<Digest>,
    /// Where browsers may be sent with an answer.
    pub redirect_uris: Vec<String>,
    /// Where browsers may be sent after they have signed out.
    pub post_logout_uris: Vec<String>,
    /// Where it is told that what it was given has ended, if it wants to be.
    pub logout_uri: Option<String>,
    /// What it may ask for at most.
    pub scopes: Scopes,
    /// What it may do by itself, in nobody's name.
    pub own_scopes: Scopes,
    /// When it was given its secret: tokens that it was given for itself before count no more.
    pub renewed_at: Timestamp,
    /// Whether it is the operator's own: nobody is asked whether it may have what it asks for.
    pub is_trusted: bool,
    /// When it was added.
    pub created_at: Timestamp,
}
