//! How others are called: within a time, to an address that may be called, without redirects, proxies of the environment, or answers
//! of any length.

use std::sync::Arc;

use doorward_core::Ttl;
use doorward_core::port::NoAnswer;
use http::StatusCode;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use super::egress::PublicOnly;

/// The longest answer that is read, in bytes.
const ANSWER_MAX: usize = 256 * 1024;

/// What may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// What the operator named, wherever it is.
    Anywhere,
    /// Public addresses.
    Public,
}

/// A client whose calls are over after `timeout`, answered or not.
pub(super) fn client(timeout: Ttl, reach: Reach) -> Result<Client, String> {
    let mut builder = Client::builder()
        .timeout(timeout.into())
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")));
    if reach == Reach::Public {
        builder = builder.dns_resolver(Arc::new(PublicOnly));
    }
    builder.build().map_err(|fault| format!("cannot make a client: {fault}"))
}

/// Sends `request` and reads the answer.
pub(super) async fn send(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), NoAnswer> {
    send_up_to(request, ANSWER_MAX).await
}

/// As [`send`], for an answer of at most `most` bytes.
pub(super) async fn send_up_to(
    request: RequestBuilder,
    most: usize,
) -> Result<(StatusCode, Vec<u8>), NoAnswer> {
    // The cause of the cause is what tells a refused connection from a name that is not known.
    let told = |fault: &reqwest::Error| {
        let mut text = fault.to_string();
        let mut cause = std::error::Error::source(fault);
        while let Some(next) = cause {
            text = format!("{text}: {next}");
            cause = next.source();
        }
        NoAnswer(text)
    };
    let mut response = request.send().await.map_err(|fault| told(&fault.without_url()))?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|fault| told(&fault.without_url()))? {
        if body.len() + chunk.len() > most {
            return Err(NoAnswer("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}
