//! The rules of Doorward.
//!
//! Accounts, logins, sessions and tokens, without SQL and without HTTP: a rule reads through the traits of [`port`],
//! decides, and returns [`change::Changes`], which [`port::Journal`] makes true at once or not at all.
//!
//! | to find | look in |
//! |---|---|
//! | why something is refused | [`error`] |
//! | who somebody is | [`account`], [`login`], [`factor`] |
//! | how long somebody stays signed in | [`session`] |
//! | what somebody may do | [`scope`], [`role`] |
//! | credentials of programs | [`api_key`] |
//! | keys on people's devices | [`passkey`] |
//! | what applications are given that people sign in to | [`oauth`] |
//! | how others hear of what has ended | [`revocation`] |
//! | what is mailed, and how an address is proved | [`mail`], [`ticket`] |
//! | what a token says and when it stops working | [`token`] |
//! | what a good password is and how it is kept | [`password`] |
//! | what the world must provide | [`port`] |

#![forbid(unsafe_code)]

pub mod account;
pub mod api_key;
pub mod audit;
pub mod change;
pub mod client;
mod core;
mod digest;
pub mod error;
pub mod factor;
pub mod figure;
pub mod forward;
mod gate;
pub mod hook;
mod id;
pub mod login;
pub mod mail;
pub mod oauth;
pub mod passkey;
pub mod password;
pub mod port;
mod principal;
pub mod revocation;
pub mod role;
pub mod scope;
mod secret;
pub mod session;
pub mod settings;
pub mod ticket;
mod time;
pub mod token;
mod upkeep;

pub use crate::core::{Core, Ports};
pub use digest::{Digest, NotADigest};
pub use error::{Code, Error};
pub use id::{ApiKeyId, ClientId, EventId, MailId, PasskeyId, SessionId, TokenId, UserId};
pub use principal::Principal;
pub use secret::Secret;
pub use time::{Timestamp, Ttl};
