//! What is demanded of the registered claims of a JWT (RFC 7519 §4.1).
//!
//! Does not read them: see [`crate::payload`].

use crate::payload::Registered;
use crate::refusal::Refusal;

/// Tokens longer than this are not read unless an expectation says otherwise.
const MAX_BYTES: usize = 8 * 1024;

/// What a token must be and say to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    pub(crate) typ: String,
    other_type: Option<String>,
    pub(crate) needs_type: bool,
    issuer: String,
    audience: Option<String>,
    leeway: i64,
    pub(crate) max_bytes: usize,
    pub(crate) needs_kid: bool,
}

impl Expect {
    /// A token of the type `typ`, from `issuer`, for `audience`; clocks agree, the token names its key.
    pub fn new(typ: &str, issuer: &str, audience: &str) -> Self {
        Self {
            typ: typ.to_owned(),
            other_type: None,
            needs_type: true,
            issuer: issuer.to_owned(),
            audience: Some(audience.to_owned()),
            leeway: 0,
            max_bytes: MAX_BYTES,
            needs_kid: true,
        }
    }

    /// Clocks may differ by so many seconds.
    #[must_use]
    pub const fn with_leeway(mut self, seconds: i64) -> Self {
        self.leeway = seconds;
        self
    }

    /// Whom a token is for is not looked at: there are issuers whose tokens never say it.
    #[must_use]
    pub fn for_anybody(mut self) -> Self {
        self.audience = None;
        self
    }

    /// Tokens of at most so many bytes.
    #[must_use]
    pub const fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// A token without `kid` is accepted when exactly one key of the set is for its algorithm.
    #[must_use]
    pub const fn without_kid(mut self) -> Self {
        self.needs_kid = false;
        self
    }

    /// A token of the type `typ` is accepted, too.
    #[must_use]
    pub fn or_type(mut self, typ: &str) -> Self {
        self.other_type = Some(typ.to_owned());
        self
    }

    /// A token that does not say its type is accepted: there are issuers whose tokens never do.
    #[must_use]
    pub const fn or_no_type(mut self) -> Self {
        self.needs_type = false;
        self
    }

    /// Whether `typ` of a header is an expected one: letter case and a leading `application/` make no difference
    /// (RFC 7515 §4.1.9).
    pub(crate) fn is_type(&self, typ: &str) -> bool {
        let bare = |typ: &str| {
            let prefix = typ.get(..12).filter(|prefix| prefix.eq_ignore_ascii_case("application/"));
            prefix.map_or(0, str::len)
        };
        let is = |expected: &str| typ[bare(typ)..].eq_ignore_ascii_case(&expected[bare(expected)..]);
        is(&self.typ) || self.other_type.as_deref().is_some_and(is)
    }

    /// Holds the claims against the expectation at `now`, seconds since 1970.
    pub(crate) fn check(&self, claims: &Registered<'_>, now: i64) -> Result<(), Refusal> {
        let (Some(iss), Some(exp), Some(iat)) = (&claims.iss, claims.exp, claims.iat) else {
            return Err(Refusal::BadClaims);
        };
        let late = now.saturating_sub(self.leeway);
        let early = now.saturating_add(self.leeway);
        if *iss != self.issuer {
            return Err(Refusal::WrongIssuer);
        }
        if let Some(audience) = &self.audience
            && !claims.aud.as_ref().ok_or(Refusal::BadClaims)?.has(audience)
        {
            return Err(Refusal::WrongAudience);
        }
        if exp <= late {
            return Err(Refusal::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf > early) {
            return Err(Refusal::NotYetValid);
        }
        if iat > early {
            return Err(Refusal::IssuedInFuture);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;
    use crate::payload;

    fn check(json: &str) -> Result<(), Refusal> {
        let (_, claims) = payload::read::<IgnoredAny>(json)?;
        Expect::new("at+jwt", "i", "a").with_leeway(10).check(&claims, 1_000)
    }

    #[test]
    fn an_audience_may_be_one_or_several() {
        assert_eq!(check(r#"{"iss":"i","aud":"a","exp":2000,"iat":1}"#), Ok(()));
        assert_eq!(check(r#"{"iss":"i","aud":["b","a"],"exp":2000,"iat":1}"#), Ok(()));
        assert_eq!(check(r#"{"iss":"i","aud":["b"],"exp":2000,"iat":1}"#), Err(Refusal::WrongAudience));
        assert_eq!(check(r#"{"iss":"i","aud":[],"exp":2000,"iat":1}"#), Err(Refusal::WrongAudience));
    }

    #[test]
    fn times_count_with_the_leeway_on_both_sides() {
        assert_eq!(check(r#"{"iss":"i","aud":"a","exp":991,"iat":1}"#), Ok(()));
        assert_eq!(check(r#"{"iss":"i","aud":"a","exp":990,"iat":1}"#), Err(Refusal::Expired));
        assert_eq!(check(r#"{"iss":"i","aud":"a","exp":2000,"iat":1010}"#), Ok(()));
        assert_eq!(check(r#"{"iss":"i","aud":"a","exp":2000,"iat":1011}"#), Err(Refusal::IssuedInFuture));
        assert_eq!(
            check(r#"{"iss":"i","aud":"a","exp":2000,"iat":1,"nbf":1011}"#),
            Err(Refusal::NotYetValid)
        );
        assert_eq!(check(r#"{"iss":"i","aud":"a","exp":2000.5,"iat":1.5}"#), Ok(()));
    }

    #[test]
    fn a_claim_of_the_wrong_type_is_not_an_absent_claim() {
        for claims in [
            r#"{"iss":"i","aud":"a","exp":"2000","iat":1}"#,
            r#"{"iss":"i","aud":"a","exp":-5,"iat":1}"#,
            r#"{"iss":"i","aud":"a","exp":1e300,"iat":1}"#,
            r#"{"iss":"i","aud":"a","exp":99999999999999999999,"iat":1}"#,
            r#"{"iss":"i","aud":"a","exp":2000,"iat":null}"#,
            r#"{"iss":"i","aud":"a","exp":2000,"iat":1,"nbf":"1"}"#,
            r#"{"iss":"i","aud":"a","exp":2000,"iat":1,"nbf":null}"#,
            r#"{"iss":"i","aud":"a","exp":2000,"iat":1,"sub":7}"#,
            r#"{"iss":"i","aud":7,"exp":2000,"iat":1}"#,
            r#"{"iss":["i"],"aud":"a","exp":2000,"iat":1}"#,
            r#"{"iss":"i","aud":"a","exp":2000}"#,
            r#"{"aud":"a","exp":2000,"iat":1}"#,
        ] {
            assert_eq!(check(claims), Err(Refusal::BadClaims), "{claims}");
        }
    }

    #[test]
    fn a_type_is_compared_without_case_and_media_prefix() {
        let expect = Expect::new("at+jwt", "i", "a");

        assert!(expect.is_type("at+jwt") && expect.is_type("AT+JWT") && expect.is_type("application/at+jwt"));
        assert!(
            !expect.is_type("jwt")
                && !expect.is_type("")
                && !expect.is_type("application/")
                && !expect.is_type("ä")
        );
    }

    #[test]
    fn a_second_type_is_accepted_where_it_was_asked_for() {
        let expect = Expect::new("at+jwt", "i", "a").or_type("JWT");

        assert!(expect.is_type("at+jwt") && expect.is_type("jwt"));
        assert!(!expect.is_type("logout+jwt"));
    }
}
