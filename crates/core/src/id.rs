//! Identifiers of rows: random, sortable by age, never reused.
//!
//! Each is a `UUIDv7` (RFC 9562 §5.7): 48 bits of milliseconds, 74 random bits. They name things and prove nothing;
//! whoever holds one gains no right by it.

/// Declares types of ids: `ids! { /// Names a thing. ThingId; }`. Whoever uses it depends on `uuid` and `serde`.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// A new id, made at `now`.
            pub fn new(now: $crate::Timestamp, entropy: &dyn $crate::port::Entropy) -> Self {
                let mut random = [0; 10];
                entropy.fill(&mut random);
                let millis = now.as_millis().unsigned_abs();
                Self(::uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// After every id that is ever made.
            pub const LAST: Self = Self(::uuid::Uuid::max());

            /// The first id that can be made at `at`.
            pub fn first_of(at: $crate::Timestamp) -> Self {
                let millis = at.as_millis().max(0).unsigned_abs();
                Self(::uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
            }

            /// When it was made.
            pub fn made_at(&self) -> $crate::Timestamp {
                let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
                $crate::Timestamp::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
            }

            /// Whether it was made so that it tells when.
            pub fn tells_time(&self) -> bool {
                self.0.get_version_num() == 7
            }

            /// The id with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(::uuid::Uuid::from_bytes(bytes))
            }

            /// The text of the id, in `room`.
            pub fn text_in<'a>(&self, room: &'a mut [u8; 36]) -> &'a str {
                self.0.as_hyphenated().encode_lower(room)
            }

            /// The 16 bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self.0.as_hyphenated(), out)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                ::uuid::Uuid::try_parse(text).map(Self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                <::uuid::Uuid as ::serde::Deserialize>::deserialize(input).map(Self)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
                output.serialize_str(self.text_in(&mut [0; 36]))
            }
        }
    )*};
}

ids! {
    /// Names one account for ever, also after it is deleted.
    UserId;
    /// Names one login and the family of refresh tokens that grew from it; `sid` in access tokens.
    SessionId;
    /// Names one access token; `jti` in it.
    TokenId;
    /// Names one API key.
    ApiKeyId;
    /// Names one passkey.
    PasskeyId;
    /// Names one line of the audit log.
    EventId;
    /// Names one mail, and the ticket that travels in it.
    MailId;
    /// Names one application that people sign in to; `client_id` of OAuth.
    ClientId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::port::fake::FixedEntropy;

    #[test]
    fn younger_ids_sort_after_older_ones() {
        let entropy = FixedEntropy::default();

        let older = UserId::new(Timestamp::from_millis(1_000), &entropy);
        let younger = UserId::new(Timestamp::from_millis(1_001), &entropy);

        assert!(older < younger);
        assert!(older.to_string() < younger.to_string());
    }

    #[test]
    fn an_id_reads_what_it_prints() {
        let id = SessionId::new(Timestamp::from_millis(7), &FixedEntropy::default());

        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
