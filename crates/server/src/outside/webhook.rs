//! Signed calls to the operator's own services, in the form of Standard Webhooks: an id, a time and an HMAC-SHA-256 over both and the
//! body, so that the receiver can tell who calls and that nothing is said twice.

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_core::hook::{Hooks, NewAccount, NewToken, Verdict};
use doorward_core::port::NoAnswer;
use doorward_core::{Secret, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::caller::{self, Reach};
use super::egress;
use crate::config::{HookConfig, HooksConfig, WhenUnreachable};

/// Begins a secret that is base64; any other is taken as it is.
const SECRET_PREFIX: &str = "whsec_";

/// One service that is called.
#[derive(Debug)]
pub struct Webhook {
    client: reqwest::Client,
    url: String,
    key: hmac::Key,
}

impl Webhook {
    /// The service at `url`.
    ///
    /// # Errors
    /// A sentence: the address may not be called, or the secret cannot be read.
    pub fn new(url: &str, config: &HooksConfig) -> Result<Self, String> {
        let reach = if config.allows_private_addresses { Reach::Anywhere } else { Reach::Public };
        let parsed = Url::parse(url).map_err(|fault| format!("hooks: {url:?}: {fault}"))?;
        if reach == Reach::Public && !(egress::may_be_called(&parsed) && parsed.scheme() == "https") {
            return Err(format!(
                "hooks: {url:?} is no https address on the public network; say hooks.allow_private_addresses = true"
            ));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes(&config.secret)?);
        Ok(Self { client: caller::client(config.timeout, reach)?, url: url.to_owned(), key })
    }

    /// Tells the service `kind` with `data`, under an id that names this telling for ever.
    ///
    /// # Errors
    /// [`NoAnswer`] when it does not answer with a status of success.
    pub async fn tell(
        &self,
        id: &str,
        at: Timestamp,
        kind: &str,
        data: &impl Serialize,
    ) -> Result<Vec<u8>, NoAnswer> {
        let body = json!({ "type": kind, "timestamp": at.to_string(), "data": data }).to_string();
        let seconds = at.as_seconds().to_string();
        let signed = hmac::sign(&self.key, format!("{id}.{seconds}.{body}").as_bytes());
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", format!("v1,{}", STANDARD.encode(signed.as_ref())))
            .body(body);
        match caller::send(request).await? {
            (status, answer) if status.is_success() => {
                Ok(if status == StatusCode::NO_CONTENT { Vec::new() } else { answer })
            }
            (status, _) => Err(NoAnswer(format!("the hook answered {status}"))),
        }
    }
}

fn key_bytes(secret: &Secret<String>) -> Result<Vec<u8>, String> {
    match secret.expose().strip_prefix(SECRET_PREFIX) {
        Some(text) => STANDARD.decode(text).map_err(|_| "hooks.secret: after whsec_ comes base64".to_owned()),
        None => Ok(secret.expose().as_bytes().to_vec()),
    }
}

/// The services that are asked before something happens.
#[derive(Debug)]
pub(super) struct AskedBefore {
    registration: Option<(Webhook, WhenUnreachable)>,
    token: Option<(Webhook, WhenUnreachable)>,
}

/// What the service says to a registration; what it does not say is allowed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RegistrationAnswer {
    allow: Option<bool>,
    reason: Option<String>,
}

/// What the service adds to a token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenAnswer {
    claims: Map<String, Value>,
}

impl AskedBefore {
    pub(super) fn new(config: &HooksConfig) -> Result<Self, String> {
        let open = |hook: &Option<HookConfig>| {
            hook.as_ref()
                .map(|hook| Ok::<_, String>((Webhook::new(&hook.url, config)?, hook.when_unreachable)))
                .transpose()
        };
        Ok(Self { registration: open(&config.before_registration)?, token: open(&config.before_token)? })
    }
}

#[async_trait]
impl Hooks for AskedBefore {
    async fn before_registration(&self, asked: &NewAccount<'_>) -> Result<Verdict, NoAnswer> {
        let Some((hook, when_unreachable)) = &self.registration else { return Ok(Verdict::Allow) };
        let data = json!({
            "email": asked.email,
            "username": asked.username,
            "address": asked.client.address_text(),
            "user_agent": asked.client.user_agent,
        });
        let id = format!("registration_{}", asked.client.request_id);
        let answer: RegistrationAnswer =
            decide(hook.tell(&id, asked.now, "before_registration", &data).await, *when_unreachable)?;
        Ok(if answer.allow.unwrap_or(true) { Verdict::Allow } else { Verdict::Refuse(answer.reason) })
    }

    async fn before_token(&self, asked: &NewToken<'_>) -> Result<Map<String, Value>, NoAnswer> {
        let Some((hook, when_unreachable)) = &self.token else { return Ok(Map::new()) };
        let data = json!({
            "user_id": asked.user,
            "session_id": asked.session,
            "address": asked.client.address_text(),
        });
        let id = format!("token_{}", asked.client.request_id);
        let answer: TokenAnswer =
            decide(hook.tell(&id, asked.now, "before_token", &data).await, *when_unreachable)?;
        Ok(answer.claims)
    }
}

/// The answer that was given; none means nothing special, where the operator allows that.
fn decide<T: Default + serde::de::DeserializeOwned>(
    told: Result<Vec<u8>, NoAnswer>,
    when_unreachable: WhenUnreachable,
) -> Result<T, NoAnswer> {
    let answer = told.and_then(|body| match body.as_slice() {
        [] => Ok(T::default()),
        body => serde_json::from_slice(body)
            .map_err(|fault| NoAnswer(format!("the hook answered something else: {fault}"))),
    });
    match (answer, when_unreachable) {
        (Err(fault), WhenUnreachable::Allow) => {
            tracing::warn!(%fault, "A hook does not answer; going on without it");
            Ok(T::default())
        }
        (answer, _) => answer,
    }
}
