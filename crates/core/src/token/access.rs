//! Access tokens: JWTs in the shape of RFC 9068 that any service can check with the published keys.
//!
//! Does not ask whether the session behind a token lives: see [`crate::session::Live`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use doorward_jose::{Expect, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keyring::Ring;
use crate::error::{Code, Error};
use crate::id::{ClientId, SessionId, TokenId, UserId};
use crate::port::Entropy;
use crate::settings::Settings;
use crate::time::Timestamp;

/// `typ` of an access token (RFC 9068 §2.1): no other kind of token passes for one.
const TYP: &str = "at+jwt";

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: TokenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "is_empty")]
    client_id: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
    #[serde(flatten)]
    added: &'a BTreeMap<String, Value>,
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

#[derive(Deserialize)]
struct Presented {
    sub: UserId,
    sid: Option<SessionId>,
    jti: Option<TokenId>,
    client_id: Option<String>,
    scope: Option<String>,
    exp: i64,
}

/// Whom an access token is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An account, in one of its sessions.
    Account(UserId, SessionId),
    /// An application by itself.
    Client(ClientId),
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessClaims {
    pub(crate) holder: Holder,
    /// The application it is given to; without one, it is the audience's own.
    pub(crate) client: Option<ClientId>,
    pub(crate) expires_at: Timestamp,
    /// For other services; this server asks the session and the account.
    pub(crate) scope: String,
    /// What a hook has added, and what is told of the account; none of the names above.
    pub(crate) added: BTreeMap<String, Value>,
}

/// What this server reads of a verified access token: the rest it knows better itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerifiedClaims {
    pub(crate) holder: Holder,
    pub(crate) id: Option<TokenId>,
    /// Of an account, the session knows better.
    pub(crate) scope: String,
    pub(crate) expires_at: Timestamp,
}

/// What every access token of this server must say.
pub(crate) fn expectation(settings: &Settings) -> Expect {
    let leeway = settings.tokens.leeway.max(settings.tokens.expiry_leeway).as_seconds_ceil();
    let expect = Expect::new(TYP, &settings.issuer, &settings.audience).with_leeway(leeway);
    if settings.audience.is_empty() { expect.for_anybody() } else { expect }
}

/// A token that says `claims`, good from `now` until `expires_at`.
pub(crate) fn sign(
    ring: &Ring,
    settings: &Settings,
    claims: &AccessClaims,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<String, Error> {
    let (sub, sid) = match claims.holder {
        Holder::Account(user, session) => (user.to_string(), Some(session.to_string())),
        Holder::Client(client) => (client.to_string(), None),
    };
    let presented = Claims {
        iss: &settings.issuer,
        sub,
        aud: &settings.audience,
        exp: claims.expires_at.as_seconds(),
        iat: now.as_seconds(),
        // Tells the millisecond in which it was given, which `iat` does not.
        jti: TokenId::new(now, entropy),
        sid,
        client_id: claims
            .client
            .map_or(Cow::Borrowed(&*settings.audience), |client| client.to_string().into()),
        scope: &claims.scope,
        added: &claims.added,
    };
    ring.sign(TYP, &presented, now)
}

/// What `token` says, if one of the believed keys signed it and it is for this server and this moment.
///
/// # Errors
/// [`Code::TokenExpired`] when nothing but its time is wrong; [`Code::TokenInvalid`] otherwise.
pub(crate) fn verify(
    ring: &Ring,
    expect: &Expect,
    token: &str,
    now: Timestamp,
) -> Result<VerifiedClaims, Error> {
    let Presented { sub, sid, jti, client_id, scope, exp } =
        ring.verify(token, expect, now).map_err(|refusal| match refusal {
            Refusal::Expired => Error::from(Code::TokenExpired),
            other => Error::from(Code::TokenInvalid).because(other),
        })?;
    let expires_at = Timestamp::from_millis(exp.saturating_mul(1000));
    let holder = match sid {
        Some(session) => Holder::Account(sub, session),
        // What hangs on no session is an application's own, and says so twice.
        None if client_id.is_some_and(|id| id == sub.to_string()) && jti.is_some() => {
            Holder::Client(ClientId::from_bytes(*sub.as_bytes()))
        }
        None => return Err(Code::TokenInvalid.into()),
    };
    Ok(VerifiedClaims { holder, id: jti, scope: scope.unwrap_or_default(), expires_at })
}
