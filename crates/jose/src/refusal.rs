//! Every reason for which a token or a key is refused.

/// Why a token is refused. The text names the reason and holds nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Longer than is read at all.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of canonical base64url, or not JSON objects without duplicate members.
    #[error("the token is malformed")]
    Malformed,
    /// The header has a member that would have to be understood, or that brings its own key.
    #[error("the token's header asks for what is not supported")]
    UnsupportedHeader,
    /// No key of the set has the token's `kid`.
    #[error("the token was signed with an unknown key")]
    UnknownKey,
    /// The key is for another algorithm than the header says (RFC 8725 §3.1).
    #[error("the token's algorithm is not that of its key")]
    WrongAlgorithm,
    /// The signature is not of this key over this token.
    #[error("the token's signature is not valid")]
    BadSignature,
    /// `typ` is not the expected one (RFC 8725 §3.11).
    #[error("the token is of another type")]
    WrongType,
    /// A claim that must be there is missing, or a claim is of the wrong JSON type.
    #[error("the token's claims are not of the required form")]
    BadClaims,
    /// `iss` is not the expected one.
    #[error("the token has another issuer")]
    WrongIssuer,
    /// The expected audience is not in `aud`.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` has not come yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` lies in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

impl Refusal {
    /// The stable text of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::UnsupportedHeader => "unsupported_header",
            Self::UnknownKey => "unknown_key",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::BadSignature => "bad_signature",
            Self::WrongType => "wrong_type",
            Self::BadClaims => "bad_claims",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
        }
    }
}

/// Why a key cannot be used. Holds nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no key of the algorithm.
    #[error("this is no key for the algorithm")]
    Malformed,
    /// An HMAC key of less than 32 bytes, or an RSA key of less than 2048 bits (RFC 7518 §3.2, §3.3).
    #[error("the key is too short: HS256 takes 32 bytes or more, RS256 2048 bits or more")]
    TooWeak,
    /// Two keys of a set have one `kid`.
    #[error("two keys have the same kid")]
    DuplicateKid,
    /// The algorithm has no key that can be made or published in this way.
    #[error("this cannot be done with a key of this algorithm")]
    Unsupported,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Failed,
}
