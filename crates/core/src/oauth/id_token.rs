//! ID tokens: who has signed in, when, and for which application (OpenID Connect Core §2).
//!
//! They are signed with the same keys as access tokens and open nothing here: their type is another. Invariant: one is for one
//! application, and names the session that was given with it.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_jose::{Algorithm, Expect};
use serde::{Deserialize, Serialize};

use super::AuthorizationCode;
use crate::error::Error;
use crate::id::{ClientId, SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Session, SignedIn};
use crate::settings::Settings;
use crate::time::{Timestamp, Ttl};
use crate::token::keyring::Ring;

const TYP: &str = "JWT";

/// What an ID token, and what is told of its owner, can say.
pub const ID_TOKEN_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "sid",
    "name",
    "preferred_username",
    "picture",
    "updated_at",
    "email",
    "email_verified",
];

/// What an ID token says.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    user: UserId,
    client: ClientId,
    session: SessionId,
    signed_in_at: Timestamp,
    nonce: Option<&'a str>,
    access_token: &'a Secret<String>,
    life: Ttl,
}

impl<'a> Claims<'a> {
    /// What is said of `tokens`, which were given for `code` by the login that opened `login`.
    pub(super) fn new(code: &'a AuthorizationCode, login: &Session, tokens: &'a SignedIn) -> Self {
        Self { nonce: code.nonce.as_deref(), ..Self::again(code.client, login.created_at, tokens) }
    }

    /// What is said of `tokens`, which were renewed for `client`, whose user signed in at `signed_in_at`: the same as the first time, but
    /// for the nonce, which was answered (OpenID Connect Core §12.2).
    pub(super) fn again(client: ClientId, signed_in_at: Timestamp, tokens: &'a SignedIn) -> Self {
        Self {
            user: tokens.user_id,
            client,
            session: tokens.session_id,
            signed_in_at,
            nonce: None,
            access_token: &tokens.access_token,
            life: tokens.access_ttl,
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    sub: UserId,
    aud: ClientId,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    sid: SessionId,
}

/// What is read of an ID token that comes back.
#[derive(Debug, Deserialize)]
pub(super) struct Hint {
    pub(super) sub: UserId,
    pub(super) aud: ClientId,
    pub(super) sid: SessionId,
}

/// The ID token of `claims`.
pub(super) fn sign(
    ring: &Ring,
    settings: &Settings,
    claims: &Claims<'_>,
    now: Timestamp,
) -> Result<Secret<String>, Error> {
    let written = Written {
        iss: &settings.issuer,
        sub: claims.user,
        aud: claims.client,
        exp: (now + claims.life).as_seconds(),
        iat: now.as_seconds(),
        auth_time: claims.signed_in_at.as_seconds(),
        nonce: claims.nonce,
        at_hash: half_digest(ring.algorithm(now), claims.access_token.expose()),
        sid: claims.session,
    };
    ring.sign(TYP, &written, now).map(Secret::new)
}

/// What an ID token of this server says, however old it is; `None` for every other text.
pub(super) fn read(ring: &Ring, settings: &Settings, text: &str, now: Timestamp) -> Option<Hint> {
    // It is a hint of whom it is about, and says so after its time as before.
    let expect = Expect::new(TYP, &settings.issuer, "").for_anybody().with_leeway(now.as_seconds());
    ring.verify(text, &expect, now).ok()
}

/// The left half of the digest that goes with `algorithm` (OpenID Connect Core §3.1.3.6): SHA-512 for Ed25519, which has it inside.
fn half_digest(algorithm: Algorithm, text: &str) -> String {
    let function = if algorithm == Algorithm::EdDsa { &SHA512 } else { &SHA256 };
    let whole = digest(function, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&whole.as_ref()[..whole.as_ref().len() / 2])
}
