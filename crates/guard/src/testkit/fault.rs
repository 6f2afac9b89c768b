//! What a provider can do wrong.

use serde_json::Value;

/// The endpoints of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Its document.
    Discovery,
    /// Its keys.
    Keys,
    /// Where browsers are sent.
    Authorize,
    /// Where codes and refresh tokens are redeemed.
    Token,
    /// Who the holder of a token is.
    UserInfo,
    /// What a token is worth.
    Introspect,
}

/// One way to misbehave. A provider does it from when it is told until [`Provider::behave`](super::Provider::behave).
///
/// ```
/// use doorward_guard::testkit::{Endpoint, Fault, Provider};
///
/// let provider = Provider::new("https://idp.example");
/// provider.misbehave(Fault::Unreachable(Endpoint::Token));
/// // … a login fails, and the application says so …
/// provider.behave();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// A claim of the `id_token` has this value.
    Claim(&'static str, Value),
    /// A claim is missing in the `id_token`.
    NoClaim(&'static str),
    /// The header of the `id_token` names this key, or none.
    KeyId(Option<&'static str>),
    /// The `id_token` is signed by a key that is not published, under the name of one that is.
    ForeignKey,
    /// The signature of the `id_token` was cut.
    CutSignature,
    /// The claims of the `id_token` were changed after it was signed.
    ChangedClaims,
    /// The `id_token` is not signed (`alg` is `none`).
    Unsigned,
    /// The `id_token` is signed by HMAC with these bytes.
    Hmac(Vec<u8>),
    /// There is no `id_token`.
    NoIdToken,
    /// The `id_token` is this text.
    IdToken(String),
    /// The document names another issuer.
    OtherIssuer(String),
    /// The answer to a login names this issuer (RFC 9207), or none.
    AnswerIssuer(Option<String>),
    /// The userinfo endpoint tells of this subject.
    UserInfoSubject(String),
    /// An endpoint answers so: status, `Content-Type`, body.
    Answer(Endpoint, u16, String, String),
    /// An endpoint cannot be reached.
    Unreachable(Endpoint),
    /// An endpoint does not answer: whoever asks waits until the provider behaves again.
    Slow(Endpoint),
    /// Nobody refreshes any token.
    RefreshRefused,
}
