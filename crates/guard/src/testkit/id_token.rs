//! The `id_token` that a provider gives, with whatever is to be wrong with it.

use doorward_jose::{KeyError, SigningKey};
use serde_json::{Value, json};

use super::fault::Fault;
use super::keys::{ProviderKey, unsigned};

/// A token over `claims` by `key`, bent by `faults`; `None` if there is to be none.
pub(super) fn id_token(
    key: &ProviderKey,
    foreign: &ProviderKey,
    mut claims: Value,
    faults: &[Fault],
) -> Result<Option<String>, KeyError> {
    let mut header = json!({ "alg": key.algorithm().as_str(), "typ": "JWT", "kid": key.kid() });
    for fault in faults {
        match fault {
            Fault::Claim(name, value) => claims[*name] = value.clone(),
            Fault::NoClaim(name) => drop(claims.as_object_mut().and_then(|claims| claims.remove(*name))),
            Fault::KeyId(Some(kid)) => header["kid"] = (*kid).into(),
            Fault::KeyId(None) => drop(header.as_object_mut().and_then(|header| header.remove("kid"))),
            Fault::NoIdToken => return Ok(None),
            Fault::IdToken(text) => return Ok(Some(text.clone())),
            _ => {}
        }
    }
    signed(key, foreign, (header, claims), faults).map(Some)
}

fn signed(
    key: &ProviderKey,
    foreign: &ProviderKey,
    (mut header, claims): (Value, Value),
    faults: &[Fault],
) -> Result<String, KeyError> {
    if let Some(secret) = faults.iter().find_map(|fault| match fault {
        Fault::Hmac(secret) => Some(secret),
        _ => None,
    }) {
        header["alg"] = "HS256".into();
        // Short secrets are filled up with zeros, which HMAC does by itself.
        let mut padded = secret.clone();
        padded.resize(padded.len().max(64), 0);
        return ProviderKey::new(key.kid(), SigningKey::from_secret(&padded)?.into())
            .sign_as(&header, &claims);
    }
    if faults.contains(&Fault::Unsigned) {
        header["alg"] = "none".into();
        return Ok(format!("{}.", unsigned(&header, &claims)));
    }
    let signer = if faults.contains(&Fault::ForeignKey) { foreign } else { key };
    let token = signer.sign_as(&header, &claims)?;
    if faults.contains(&Fault::CutSignature) {
        return Ok(token[..token.len() - 8].to_owned());
    }
    if faults.contains(&Fault::ChangedClaims) {
        let mut other = claims;
        other["sub"] = "somebody-else".into();
        let signature = token.rsplit('.').next().unwrap_or_default();
        return Ok(format!("{}.{signature}", unsigned(&header, &other)));
    }
    Ok(token)
}
