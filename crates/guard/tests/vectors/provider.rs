//! The provider of a case: answers what the case says, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use doorward_guard::{Fetch, FetchError, Waiting};
use http::{Request, Response};
use serde_json::{Value, json};

/// Everything a provider may be asked for; what is null is not there.
#[derive(Default)]
pub(crate) struct Script {
    /// The discovery document, or `{http_status}`.
    pub(crate) discovery: Value,
    /// The published keys; one set for each fetch, the last one for all that come after.
    pub(crate) keys: Vec<Value>,
    /// `{status, content_type, body}`.
    pub(crate) token: Value,
    /// The user's record, and the status it comes with.
    pub(crate) user: Value,
    pub(crate) user_status: Option<u16>,
}

/// One request that came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

#[derive(Clone, Default)]
pub(crate) struct Provider {
    pub(crate) script: Arc<Mutex<Script>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Provider {
    /// What was asked of the token endpoint.
    pub(crate) fn token_requests(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.method == "POST").cloned().collect()
    }

    /// What was asked of the address that ends so.
    pub(crate) fn requests_to(&self, end: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.url.ends_with(end)).cloned().collect()
    }

    pub(crate) fn all_requests(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, asked: &Asked) -> Option<Response<Bytes>> {
        let script = self.script.lock().unwrap();
        if asked.method == "POST" {
            return scripted(&script.token);
        }
        if asked.url.ends_with("/.well-known/openid-configuration") {
            return match script.discovery["http_status"].as_u64() {
                Some(status) => scripted(&json!({ "status": status, "body": "no" })),
                None => json_answer(200, &script.discovery),
            };
        }
        if script.discovery["jwks_uri"] == *asked.url {
            let fetches = self.requests_to(&asked.url).len();
            return json_answer(200, script.keys.get(fetches - 1).or(script.keys.last())?);
        }
        json_answer(script.user_status.unwrap_or(200), &script.user)
    }
}

fn json_answer(status: u16, body: &Value) -> Option<Response<Bytes>> {
    if body.is_null() {
        return None;
    }
    scripted(&json!({ "status": status, "content_type": "application/json", "body": body }))
}

fn scripted(answer: &Value) -> Option<Response<Bytes>> {
    if answer.is_null() {
        return None;
    }
    let body = answer["body"].as_str().map_or_else(|| answer["body"].to_string(), str::to_owned);
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    let mut built = Response::builder().status(status);
    if let Some(kind) = answer["content_type"].as_str() {
        built = built.header("content-type", kind);
    }
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        built = built.header(name, value.as_str().unwrap_or_default());
    }
    built.body(body.into()).ok()
}

impl Fetch for Provider {
    fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        let asked = Asked {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: request.headers().clone(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
        };
        self.asked.lock().unwrap().push(asked.clone());
        let answer = self.answer(&asked).ok_or_else(|| FetchError::new("nobody answers there"));
        Box::pin(std::future::ready(answer))
    }
}
