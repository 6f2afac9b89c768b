//! Leaked passwords by the range API of Have I Been Pwned, or a mirror of it: five digits of the password's SHA-1 leave the server,
//! and hundreds of suffixes come back, padded so that their number tells nothing.

use std::fmt::Write;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use doorward_core::Secret;
use doorward_core::port::{BreachedPasswords, NoAnswer};
use http::StatusCode;

use super::caller::{self, Reach};
use crate::config::{BreachedRangeConfig, WhenUnreachable};

/// How much of the digest is told.
const PREFIX: usize = 5;

/// Asks a range API.
#[derive(Debug)]
pub(super) struct BreachedRange {
    client: reqwest::Client,
    url: String,
    when_unreachable: WhenUnreachable,
}

impl BreachedRange {
    pub(super) fn new(config: &BreachedRangeConfig) -> Result<Self, String> {
        let client = caller::client(config.timeout, Reach::Anywhere)?;
        let url = config.url.trim_end_matches('/').to_owned();
        Ok(Self { client, url, when_unreachable: config.when_unreachable })
    }

    async fn ask(&self, plain: &Secret<String>) -> Result<bool, NoAnswer> {
        let hex = sha1_hex(plain.expose());
        let (prefix, suffix) = hex.split_at(PREFIX);
        let request = self.client.get(format!("{}/range/{prefix}", self.url)).header("add-padding", "true");
        let (status, body) = caller::send(request).await?;
        if status != StatusCode::OK {
            return Err(NoAnswer(format!("the range API answered {status}")));
        }
        let text = String::from_utf8_lossy(&body);
        // Padding has the count 0.
        let is_hit = |line: &str| {
            line.trim().split_once(':').is_some_and(|(found, count)| {
                found.eq_ignore_ascii_case(suffix) && count.trim().parse::<u64>().is_ok_and(|count| count > 0)
            })
        };
        Ok(text.lines().any(is_hit))
    }
}

#[async_trait]
impl BreachedPasswords for BreachedRange {
    async fn is_breached(&self, plain: &Secret<String>) -> Result<bool, NoAnswer> {
        match (self.ask(plain).await, self.when_unreachable) {
            (Err(fault), WhenUnreachable::Allow) => {
                tracing::warn!(%fault, "The list of leaked passwords does not answer; the password is taken");
                Ok(false)
            }
            (answer, _) => answer,
        }
    }
}

fn sha1_hex(text: &str) -> String {
    let mut hex = String::with_capacity(40);
    for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref() {
        let _ = write!(hex, "{byte:02X}");
    }
    hex
}
