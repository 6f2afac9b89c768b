//! What an OpenID provider says of a user (OpenID Connect Core §3.1.3.7).

use doorward_jose::Expect;
use serde_json::{Map, Value};

use crate::login::LoginFault;
use crate::secret::Secret;

/// Seconds by which the provider's clock may differ.
const LEEWAY: i64 = 60;
/// The longest `id_token` that is read, in bytes.
const TOKEN_MAX: usize = 16 * 1024;

/// What an `id_token` has to say.
pub(crate) struct IdExpect<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// The nonce of the attempt; `None` for a token that came with a refresh.
    pub(crate) nonce: Option<&'a str>,
}

/// The claims of an `id_token` that has passed.
#[derive(Debug)]
pub(crate) struct IdClaims {
    pub(crate) subject: String,
    pub(crate) all: Map<String, Value>,
}

impl IdExpect<'_> {
    /// What the signature's check has to look at.
    pub(crate) fn expect(&self) -> Expect {
        Expect::new("JWT", self.issuer, self.client_id)
            .or_no_type()
            .without_kid()
            .with_leeway(LEEWAY)
            .with_max_bytes(TOKEN_MAX)
    }

    /// Looks at what OpenID Connect asks for beyond that of every token.
    pub(crate) fn check(&self, all: Map<String, Value>) -> Result<IdClaims, LoginFault> {
        let bad = |what: &'static str| LoginFault::BadAnswer(what.into());
        let text = |name: &str| all.get(name).and_then(Value::as_str);
        let subject = text("sub").filter(|sub| !sub.is_empty() && sub.len() <= 255);
        let subject = subject.ok_or_else(|| bad("the id_token names nobody"))?.to_owned();
        let has_many = all.get("aud").and_then(Value::as_array).is_some_and(|aud| aud.len() > 1);
        match all.get("azp") {
            Some(azp) if azp.as_str() != Some(self.client_id) => {
                return Err(bad("the id_token was given to another client"));
            }
            None if has_many => {
                return Err(bad("the id_token has several audiences and no authorized party"));
            }
            _ => {}
        }
        if let Some(nonce) = self.nonce
            && !text("nonce").is_some_and(|sent| Secret::from(sent) == Secret::from(nonce))
        {
            return Err(bad("the id_token is not of this login"));
        }
        Ok(IdClaims { subject, all })
    }
}

/// The subject of an `id_token` that was checked when it came, and kept since where nobody can change it.
pub(crate) fn subject_of(checked: &Secret) -> Option<String> {
    use base64::Engine;
    let payload = checked.reveal().split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("sub")?.as_str()?.to_owned())
}
