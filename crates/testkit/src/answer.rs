//! What came back.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer of the server, wholly read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|fault| panic!("{fault} in the body of a {}: {}", self.status, self.text()))
    }

    /// The only value of a header; empty when it is not there.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("the header is text"));
        assert!(values.next().is_none(), "{name} is there twice");
        value.unwrap_or_default()
    }

    /// What sets the cookie `name`, whole; empty when nothing does.
    pub fn set_cookie(&self, name: &str) -> &str {
        let lines = self.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
        let mut ours = lines.filter(|line| line.split('=').next() == Some(name));
        ours.next().unwrap_or_default()
    }

    /// The code of a problem; empty when the answer is none.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The answer itself, when it has the status `status`.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Checks that this is the problem of this status and code, whole and in the documented form; gives the document.
    #[track_caller]
    pub fn check_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), &*self.code()), (status, code), "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert!(
            ["", &self.body.len().to_string()].contains(&self.header("content-length")),
            "a wrong length"
        );
        assert_eq!(self.header("www-authenticate").is_empty(), status != 401);
        let document = self.json();
        assert_eq!(document["status"], status);
        assert_eq!(document["type"], format!("urn:doorward:problem:{code}"));
        assert_eq!(document["request_id"], self.header("x-request-id"));
        assert!(!document["title"].as_str().unwrap_or_default().is_empty(), "{document}");
        assert!(!document["detail"].as_str().unwrap_or_default().is_empty(), "{document}");
        let seconds = document["retry_after"].as_u64().map(|seconds| seconds.to_string());
        assert_eq!(self.header("retry-after"), seconds.unwrap_or_default());
        document
    }
}
