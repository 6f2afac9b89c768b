//! Sealing: what goes through a browser can be neither read nor changed there.
//!
//! AES-256-GCM-SIV (RFC 8452) with a random nonce; the purpose and what the text is bound to are authenticated with it.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::random;
use super::store::StoreError;

/// The key of sealed sessions and of logins under way. The first one seals, all open: to change keys, put the new one in
/// front and drop the old one when its sessions have ended.
pub struct SealKey {
    keys: Vec<LessSafeKey>,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SealKey(…)")
    }
}

impl SealKey {
    /// The key of these 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        // A key of this length is always good.
        let key = UnboundKey::new(&AES_256_GCM_SIV, &bytes).map(LessSafeKey::new);
        Self { keys: key.into_iter().collect() }
    }

    /// The key that a long random text stands for; `None` if it is shorter than 32 bytes.
    ///
    /// ```
    /// use doorward_guard::SealKey;
    ///
    /// assert!(SealKey::from_text("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978").is_some());
    /// assert!(SealKey::from_text("secret").is_none());
    /// ```
    pub fn from_text(text: &str) -> Option<Self> {
        (text.len() >= 32).then(|| Self::from_bytes(Sha256::digest(text).into()))
    }

    /// A key that is gone with the process.
    pub fn random() -> Self {
        Self::from_bytes(random())
    }

    /// Opens what `older` has sealed, too.
    #[must_use]
    pub fn or(mut self, older: Self) -> Self {
        self.keys.extend(older.keys);
        self
    }

    /// `value` sealed for `purpose` and bound to `context`, in base64url.
    pub(crate) fn seal(
        &self,
        purpose: &str,
        context: &str,
        value: &impl Serialize,
    ) -> Result<String, StoreError> {
        let key = self.keys.first().ok_or_else(|| StoreError::new("there is no key to seal with"))?;
        let nonce: [u8; NONCE_LEN] = random();
        let mut text =
            serde_json::to_vec(value).map_err(|_| StoreError::new("a session cannot be written"))?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(purpose, context), &mut text)
            .map_err(|_| StoreError::new("sealing failed"))?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What was sealed; `None` if it was not sealed with these keys for this purpose and context.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, context: &str, sealed: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        self.keys.iter().find_map(|key| {
            let mut text = text.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let plain = key.open_in_place(nonce, aad(purpose, context), &mut text).ok()?;
            serde_json::from_slice(plain).ok()
        })
    }
}

fn aad(purpose: &str, context: &str) -> Aad<Vec<u8>> {
    Aad::from(format!("{purpose}\0{context}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_purpose_and_context_alone() {
        let key = SealKey::from_bytes([1; 32]);
        let sealed = key.seal("session", "browser", &"text").unwrap();

        assert_eq!(key.open::<String>("session", "browser", &sealed).as_deref(), Some("text"));
        assert_eq!(key.open::<String>("login", "browser", &sealed), None);
        assert_eq!(key.open::<String>("session", "other", &sealed), None);
        assert_eq!(SealKey::from_bytes([2; 32]).open::<String>("session", "browser", &sealed), None);
    }

    #[test]
    fn a_changed_character_spoils_it() {
        let key = SealKey::from_bytes([1; 32]);
        let sealed = key.seal("session", "", &"text").unwrap();

        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(key.open::<String>("session", "", &changed), None, "at {place}");
        }
    }

    #[test]
    fn an_older_key_still_opens() {
        let older = SealKey::from_bytes([1; 32]).seal("session", "", &1).unwrap();

        let keys = SealKey::from_bytes([2; 32]).or(SealKey::from_bytes([1; 32]));

        assert_eq!(keys.open::<i32>("session", "", &older), Some(1));
        assert_eq!(keys.open::<i32>("session", "", &keys.seal("session", "", &2).unwrap()), Some(2));
    }
}
