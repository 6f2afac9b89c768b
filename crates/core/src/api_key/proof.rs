//! What the database keeps to check an API key by.
//!
//! Of a key that was made here it is a digest. Of one that was brought along from another system it is that system's own slow
//! hash until the key is used for the first time, and a digest from then on: what is hashed is random, so no slow hash is needed.
//!
//! Invariant: a slow hash is shown by no `Debug`, and a brought key is found by its public part alone.

use crate::digest::Digest;
use crate::password::PasswordHash;

/// What an API key is checked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyProof {
    /// The digest of the secret part of a key that was made here.
    Own(Digest),
    /// What was brought along.
    Brought(BroughtProof),
}

/// What a key of another system is checked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtProof {
    /// The part of the key that names it; no blank is in it.
    pub public: String,
    /// What its secret part is checked by.
    pub secret: BroughtSecret,
}

/// What the secret part of a brought key is checked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BroughtSecret {
    /// The other system's hash: the key was not used here yet.
    Unproved(PasswordHash),
    /// Its digest.
    Proved(Digest),
}

impl KeyProof {
    /// The text that the database keeps.
    pub fn to_text(&self) -> String {
        match self {
            Self::Own(digest) => digest.to_string(),
            Self::Brought(BroughtProof { public, secret: BroughtSecret::Proved(digest) }) => {
                format!("{public} {digest}")
            }
            Self::Brought(BroughtProof { public, secret: BroughtSecret::Unproved(hash) }) => {
                format!("{public} {}", hash.as_str())
            }
        }
    }

    /// Reads [`KeyProof::to_text`]; `None` when it is none.
    pub fn from_text(text: &str) -> Option<Self> {
        let Some((public, secret)) = text.split_once(' ') else { return text.parse().ok().map(Self::Own) };
        let secret = match secret.parse::<Digest>() {
            Ok(digest) => BroughtSecret::Proved(digest),
            Err(_) => BroughtSecret::Unproved(PasswordHash::from_text(secret.to_owned())),
        };
        Some(Self::Brought(BroughtProof { public: public.to_owned(), secret }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_reads_what_it_writes_and_shows_no_secret() {
        let brought = |secret| KeyProof::Brought(BroughtProof { public: "key_a-b==".to_owned(), secret });
        let hash = PasswordHash::from_text("bcrypt$$2b$04$abc".to_owned());

        for proof in [
            KeyProof::Own(Digest::of(b"secret")),
            brought(BroughtSecret::Proved(Digest::of(b"secret"))),
            brought(BroughtSecret::Unproved(hash)),
        ] {
            assert_eq!(KeyProof::from_text(&proof.to_text()), Some(proof.clone()));
            assert!(!format!("{proof:?}").contains("2b$04"));
        }
        assert_eq!(KeyProof::from_text("nodigest"), None);
    }
}
