//! Where news come from: one trait, and the client that hears them over the network.
//!
//! The client follows no redirect and speaks TLS unless it talks to this machine.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::client::{FetchError, is_private_enough};
use crate::secret::Secret;
use crate::soon::Waiting;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The name of the header with the key.
const API_KEY: &str = "x-api-key";
const LAST_EVENT_ID: &str = "last-event-id";

/// News as they come: server-sent events.
pub type NewsBody = UnsyncBoxBody<Bytes, FetchError>;

/// Opens the news: over the network, or in the process for tests.
pub trait NewsSource: Send + Sync + 'static {
    /// The news after `place`, or from the start.
    fn open(&self, place: Option<&str>) -> Waiting<Result<NewsBody, FetchError>>;

    /// Why news must not be opened from there at all.
    fn fault(&self) -> Option<String> {
        None
    }
}

/// News over HTTP.
pub(super) struct HttpNews {
    address: String,
    key: Secret,
    client: OnceLock<Option<reqwest::Client>>,
}

impl HttpNews {
    pub(super) const fn new(address: String, key: Secret) -> Self {
        Self { address, key, client: OnceLock::new() }
    }

    fn client(&self) -> Result<reqwest::Client, FetchError> {
        // No time limit for the whole: the news do not end. Whoever reads them looks at the clock.
        let made = self.client.get_or_init(|| {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .tcp_nodelay(true)
                .user_agent(concat!("doorward-guard/", env!("CARGO_PKG_VERSION")))
                .no_proxy()
                .build()
                .ok()
        });
        made.clone().ok_or_else(|| FetchError::new("the client for news cannot be set up"))
    }
}

impl NewsSource for HttpNews {
    fn open(&self, place: Option<&str>) -> Waiting<Result<NewsBody, FetchError>> {
        let request = self.client().map(|client| {
            let request = client.get(&self.address).header(ACCEPT, "text/event-stream");
            let request =
                if self.key.is_empty() { request } else { request.header(API_KEY, self.key.reveal()) };
            match place {
                Some(place) => request.header(LAST_EVENT_ID, place),
                None => request,
            }
        });
        let is_private = is_private_enough(&self.address);
        Box::pin(async move {
            if !is_private {
                return Err(FetchError::new("the address of the news is not https, and not of this machine"));
            }
            let answer = request?.send().await.map_err(|_| FetchError::new("the news cannot be reached"))?;
            if answer.status() != http::StatusCode::OK {
                return Err(FetchError::new(format!(
                    "the news are refused with {}",
                    answer.status().as_u16()
                )));
            }
            let body = reqwest::Body::from(answer);
            Ok(body.map_err(|_| FetchError::new("the connection broke")).boxed_unsync())
        })
    }

    fn fault(&self) -> Option<String> {
        (!is_private_enough(&self.address))
            .then(|| format!("the address of the news \"{}\" is not https", self.address))
    }
}
