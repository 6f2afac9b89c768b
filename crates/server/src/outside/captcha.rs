//! Captchas: the solution is checked by asking its provider, reCAPTCHA, hCaptcha or Turnstile, which all speak the same way.

use async_trait::async_trait;
use doorward_core::Secret;
use doorward_core::client::Client;
use doorward_core::port::{Captcha, NoAnswer};
use http::StatusCode;
use serde::Deserialize;

use super::caller::{self, Reach};
use crate::config::{CaptchaConfig, WhenUnreachable};

/// Asks a provider's `siteverify`.
#[derive(Debug)]
pub(super) struct SiteVerify {
    client: reqwest::Client,
    url: String,
    secret: Secret<String>,
    when_unreachable: WhenUnreachable,
}

/// What each provider answers, whatever else it says.
#[derive(Debug, Deserialize)]
struct Verdict {
    success: bool,
}

impl SiteVerify {
    pub(super) fn new(config: &CaptchaConfig) -> Result<Self, String> {
        Ok(Self {
            client: caller::client(config.timeout, Reach::Anywhere)?,
            url: config.verify_url.clone(),
            secret: config.secret.clone(),
            when_unreachable: config.when_unreachable,
        })
    }

    async fn ask(&self, token: &str, client: &Client) -> Result<bool, NoAnswer> {
        let address = client.address_text();
        let mut form = vec![("secret", self.secret.expose().as_str()), ("response", token)];
        if !address.is_empty() {
            form.push(("remoteip", &address));
        }
        let (status, body) = caller::send(self.client.post(&self.url).form(&form)).await?;
        if status != StatusCode::OK {
            return Err(NoAnswer(format!("the captcha's provider answered {status}")));
        }
        let verdict: Verdict = serde_json::from_slice(&body)
            .map_err(|_| NoAnswer("the captcha's provider answered something else".to_owned()))?;
        Ok(verdict.success)
    }
}

#[async_trait]
impl Captcha for SiteVerify {
    async fn is_solved(&self, token: &str, client: &Client) -> Result<bool, NoAnswer> {
        match (self.ask(token, client).await, self.when_unreachable) {
            (Err(fault), WhenUnreachable::Allow) => {
                tracing::warn!(%fault, "The captcha's provider does not answer; the caller is let on");
                Ok(true)
            }
            (answer, _) => answer,
        }
    }
}
