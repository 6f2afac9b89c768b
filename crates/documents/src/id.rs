//! Names of documents and collections.
//!
//! They are random, sort by age, and prove nothing: who may read a document is asked at each request.

use std::fmt;
use std::str::FromStr;

use doorward_core::port::Entropy;
use doorward_core::{Digest, Timestamp};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, made at `now` (`UUIDv7`).
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let mut random = [0; 10];
                entropy.fill(&mut random);
                Self(uuid::Builder::from_unix_timestamp_millis(now.as_millis().unsigned_abs(), &random).into_uuid())
            }

            /// The id with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.0.as_hyphenated(), out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                Uuid::deserialize(input).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
                output.collect_str(self)
            }
        }
    )*};
}

ids! {
    /// Names one document, through all its versions.
    DocumentId;
    /// Names one collection.
    CollectionId;
    /// Names one chunk of one version of a document.
    ChunkId;
}

impl ChunkId {
    /// The id of the chunk at `place` of this version: the same each time, and in no table (`UUIDv8`).
    pub fn of(document: DocumentId, version: u32, place: u32) -> Self {
        let mut named = [0; 24];
        named[..16].copy_from_slice(document.as_bytes());
        named[16..20].copy_from_slice(&version.to_be_bytes());
        named[20..].copy_from_slice(&place.to_be_bytes());
        let digest = Digest::of(&named);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
