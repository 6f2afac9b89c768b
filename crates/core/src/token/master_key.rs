//! The one secret that everything secret at rest hangs on.
//!
//! It is kept outside the database. From it, HKDF (RFC 5869) makes one key per purpose, so that no purpose can be played
//! against another.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, Zeroizing};

use crate::port::Entropy;
use crate::secret::Secret;

/// 32 random bytes, the root of every other key of the server.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// The key with these bytes, which must be random.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(entropy.bytes())
    }

    /// The 32 bytes, for the file they are kept in.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of what browsers keep of a login with a provider: the same on every node.
    pub fn for_logins(&self) -> Secret<[u8; 32]> {
        Secret::new(*self.derive("logins with providers"))
    }

    /// The key for one purpose.
    pub(crate) fn derive(&self, purpose: &'static str) -> Zeroizing<[u8; 32]> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut key = Zeroizing::new([0; 32]);
        let filled = Salt::new(HKDF_SHA256, b"doorward")
            .extract(&*self.0)
            .expand(&[purpose.as_bytes()], Length)
            .and_then(|made| made.fill(&mut *key));
        debug_assert!(filled.is_ok(), "HKDF gives 32 bytes whatever it is given");
        key
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[master key]")
    }
}

/// Encrypts what is kept in the database and must not be read there. AES-256-GCM with a random nonce.
pub(crate) struct Seal(LessSafeKey);

impl fmt::Debug for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Seal")
    }
}

/// What was sealed does not open: another master key, another name, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open with this master key")]
pub(crate) struct DoesNotOpen;

impl Seal {
    /// The seal for one purpose; `None` cannot happen with a 32-byte key.
    pub(crate) fn new(master: &MasterKey, purpose: &'static str) -> Result<Self, DoesNotOpen> {
        let key = UnboundKey::new(&AES_256_GCM, &*master.derive(purpose)).map_err(|_| DoesNotOpen)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals `plain` under `name`: it opens only under the same name. Base64url.
    pub(crate) fn close(
        &self,
        name: &str,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<String, DoesNotOpen> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut data = plain.to_vec();
        let sealed = self.0.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(name.as_bytes()),
            &mut data,
        );
        if sealed.is_err() {
            data.zeroize();
            return Err(DoesNotOpen);
        }
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &data].concat()))
    }

    /// Opens what [`Seal::close`] made under the same name.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| DoesNotOpen)?;
        let (nonce, data) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(DoesNotOpen)?;
        let mut data = Zeroizing::new(data.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut data)
            .map_err(|_| DoesNotOpen)?
            .len();
        data.truncate(length);
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fake::FixedEntropy;

    fn seal(byte: u8) -> Seal {
        Seal::new(&MasterKey::from_bytes([byte; 32]), "test").unwrap()
    }

    #[test]
    fn what_is_sealed_opens_under_its_own_name_and_key_alone() {
        let closed = seal(1).close("k1", b"private", &FixedEntropy::default()).unwrap();

        assert_eq!(*seal(1).open("k1", &closed).unwrap(), b"private");
        assert_eq!(seal(1).open("k2", &closed), Err(DoesNotOpen));
        assert_eq!(seal(2).open("k1", &closed), Err(DoesNotOpen));
        assert_eq!(seal(1).open("k1", &closed[1..]), Err(DoesNotOpen));
        assert_eq!(seal(1).open("k1", ""), Err(DoesNotOpen));
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let master = MasterKey::from_bytes([1; 32]);

        assert_ne!(master.derive("a"), master.derive("b"));
        assert_eq!(master.derive("a"), master.derive("a"));
    }
}
