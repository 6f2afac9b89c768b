//! A device with a passkey, and the browser around it, in software.
//!
//! It says what a test tells it to say: another origin, no hand that was verified, a counter that goes back.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::port::{Entropy, SystemEntropy};
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// A device with one passkey.
#[derive(Debug)]
pub struct Device {
    key: EcdsaKeyPair,
    handle: [u8; 32],
    /// The page that asks.
    pub origin: String,
    /// The domain it says the passkey is for; `None`: the one that it is asked for.
    pub rp_id: Option<String>,
    /// Whose it says the passkey is, as base64url.
    pub owner: String,
    /// How often it has signed; 0 for a device that does not count.
    pub counter: u32,
    /// Whether it has verified the hand that holds it.
    pub verifies: bool,
    /// Whether somebody has touched it.
    pub is_touched: bool,
    /// Whether there is a copy of the key elsewhere; `None`: there cannot be.
    pub is_backed_up: Option<bool>,
    /// What the browser says besides of the page that asks.
    pub frame: Value,
}

impl Device {
    /// A device before a page of `origin`.
    pub fn new(origin: &str) -> Self {
        let mut handle = [0; 32];
        SystemEntropy.fill(&mut handle);
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key is made"),
            handle,
            origin: origin.to_owned(),
            rp_id: None,
            owner: String::new(),
            counter: 0,
            verifies: true,
            is_touched: true,
            is_backed_up: Some(true),
            frame: json!({ "crossOrigin": false }),
        }
    }

    /// `navigator.credentials.create` with these options.
    pub fn create(&mut self, options: &Value) -> Value {
        self.owner = text(&options["user"]["id"]);
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.data(&text(&options["rp"]["id"]), ATTESTED);
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend(self.handle);
        data.extend(self.cose_key());
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).expect("the data are short"));
        attestation.extend(data);
        let response = json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "transports": ["internal"],
        });
        self.answer(&response)
    }

    /// `navigator.credentials.get` with these options.
    pub fn get(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(&text(&options["rpId"]), 0);
        let signed = [&*data, digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("the key signs");
        let response = json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
            "userHandle": self.owner,
        });
        self.answer(&response)
    }

    fn answer(&self, response: &Value) -> Value {
        let handle = URL_SAFE_NO_PAD.encode(self.handle);
        json!({
            "id": handle, "rawId": handle, "type": "public-key", "response": response,
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let mut data = json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin });
        for (name, value) in self.frame.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        data.to_string().into_bytes()
    }

    fn data(&self, asked_for: &str, more: u8) -> Vec<u8> {
        let rp_id = self.rp_id.as_deref().unwrap_or(asked_for);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = more
            | flag(self.is_touched, USER_PRESENT)
            | flag(self.verifies, USER_VERIFIED)
            | flag(self.is_backed_up.is_some(), BACKUP_ELIGIBLE)
            | flag(self.is_backed_up == Some(true), BACKED_UP);
        let hash = digest(&SHA256, rp_id.as_bytes());
        [hash.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// The public key (RFC 9052 §7).
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("the option is text").to_owned()
}
