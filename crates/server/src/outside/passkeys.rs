//! Passkeys, verified by `webauthn-rs`: the one file that knows its types.
//!
//! Keeps nothing: keys and states are text for whoever keeps them. Attestation is not asked for, so the maker of a device is not learnt.
//!
//! Invariant: the origin is one of the operator's to the letter, before anything else is looked at: no other port, no subdomain, no
//! frame of another site.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::UserId;
use doorward_core::passkey::{self, Credential};
use doorward_core::port::{BadPasskey, Ceremony, NamedPasskey, PasskeyOwner, PasskeyVerifier};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::config::PasskeysConfig;

/// Passkeys of one relying party.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: Webauthn,
    origins: Vec<String>,
}

/// What the browser says of the page that has asked (WebAuthn Level 3 §5.8.1), as far as it is judged here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

impl Passkeys {
    /// Passkeys as `config` has them.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(config: &PasskeysConfig) -> Result<Self, String> {
        let unfit = |origin: &str| {
            format!("passkeys.rp_id: {:?} is neither the host of {origin} nor its parent", config.rp_id)
        };
        let parsed: Vec<Url> = config.origins.iter().filter_map(|origin| Url::parse(origin).ok()).collect();
        let own = parsed.first().ok_or_else(|| unfit("any origin"))?;
        let builder = WebauthnBuilder::new(&config.rp_id, own).map_err(|_| unfit(own.as_str()))?;
        let builder = parsed.iter().skip(1).fold(builder, |builder, url| builder.append_allowed_origin(url));
        let webauthn = builder.rp_name(&config.name).build().map_err(|fault| format!("passkeys: {fault}"))?;
        Ok(Self { webauthn, origins: config.origins.clone() })
    }

    /// Whether the answer comes from a page that may ask.
    fn check_origin(&self, client_data: &[u8]) -> Result<(), BadPasskey> {
        let said: ClientData = serde_json::from_slice(client_data).map_err(BadPasskey::refused)?;
        if said.cross_origin || said.top_origin.is_some() {
            return Err(BadPasskey::refused("from a frame of another site"));
        }
        match self.origins.contains(&said.origin) {
            true => Ok(()),
            false => Err(BadPasskey::refused("from another origin")),
        }
    }
}

impl PasskeyVerifier for Passkeys {
    fn begin_adding(
        &self,
        owner: &PasskeyOwner<'_>,
        known: &[passkey::Passkey],
    ) -> Result<Ceremony, BadPasskey> {
        let handles =
            known.iter().filter_map(|passkey| URL_SAFE_NO_PAD.decode(&passkey.credential.handle).ok());
        let known = handles.collect();
        let id = Uuid::from_bytes(*owner.id.as_bytes());
        let begun = self.webauthn.start_passkey_registration(id, owner.name, owner.shown, Some(known));
        let (asked, state) = begun.map_err(fault)?;
        let mut options = to_value(&asked.public_key)?;
        // A key that its device does not find by itself would need a list of keys for a name: see `core/passkey`.
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(Ceremony { options, state: to_text(&state)? })
    }

    fn finish_adding(&self, state: &str, answer: &Value) -> Result<Credential, BadPasskey> {
        let state: PasskeyRegistration = of_text(state)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        self.check_origin(&answer.response.client_data_json)?;
        let passkey = self.webauthn.finish_passkey_registration(&answer, &state).map_err(refused)?;
        kept(&passkey)
    }

    fn begin_login(&self) -> Result<Ceremony, BadPasskey> {
        let (asked, state) = self.webauthn.start_discoverable_authentication().map_err(fault)?;
        Ok(Ceremony { options: to_value(&asked.public_key)?, state: to_text(&state)? })
    }

    fn names(&self, answer: &Value) -> Option<NamedPasskey> {
        let answer: PublicKeyCredential = read(answer).ok()?;
        let (owner, handle) = self.webauthn.identify_discoverable_authentication(&answer).ok()?;
        let owner = UserId::from_bytes(*owner.as_bytes());
        Some(NamedPasskey { handle: URL_SAFE_NO_PAD.encode(handle), owner })
    }

    fn finish_login(
        &self,
        state: &str,
        answer: &Value,
        passkey: &passkey::Passkey,
    ) -> Result<Credential, BadPasskey> {
        let state: DiscoverableAuthentication = of_text(state)?;
        let mut passkey: Passkey = of_text(&passkey.credential.text)?;
        let answer: PublicKeyCredential = read(answer)?;
        self.check_origin(&answer.response.client_data_json)?;
        let verified = self.webauthn.finish_discoverable_authentication_v2(&answer, state, &passkey);
        let verified = verified.map_err(refused)?;
        passkey.update_credential(&verified);
        kept(&passkey)
    }
}

/// The key as it is kept.
fn kept(passkey: &Passkey) -> Result<Credential, BadPasskey> {
    let inner = webauthn_rs::prelude::Credential::from(passkey.clone());
    Ok(Credential {
        handle: URL_SAFE_NO_PAD.encode(&inner.cred_id),
        text: to_text(passkey)?,
        counter: inner.counter,
        is_backed_up: inner.backup_state,
    })
}

fn read<T: DeserializeOwned>(answer: &Value) -> Result<T, BadPasskey> {
    T::deserialize(answer).map_err(BadPasskey::refused)
}

fn of_text<T: DeserializeOwned>(text: &str) -> Result<T, BadPasskey> {
    serde_json::from_str(text).map_err(|fault| BadPasskey::Fault(fault.to_string()))
}

fn to_text(state: &impl Serialize) -> Result<String, BadPasskey> {
    serde_json::to_string(state).map_err(|fault| BadPasskey::Fault(fault.to_string()))
}

fn to_value(options: &impl Serialize) -> Result<Value, BadPasskey> {
    serde_json::to_value(options).map_err(|fault| BadPasskey::Fault(fault.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn fault(fault: WebauthnError) -> BadPasskey {
    BadPasskey::Fault(fault.to_string())
}

fn refused(fault: WebauthnError) -> BadPasskey {
    match fault {
        WebauthnError::CredentialPossibleCompromise => BadPasskey::CounterBack,
        fault => BadPasskey::refused(fault),
    }
}
