//! The token endpoint (RFC 6749 §5): codes and refresh tokens go in, tokens come out.
//!
//! Invariant: what is not clearly a success is a failure, whatever its status says.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::json::{is_json, kind};
use crate::login::LoginFault;
use crate::request::{Sent, field};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::user::TokenSet;

/// The answer to a refresh.
#[derive(Debug)]
pub(crate) enum Refreshed {
    /// Here is a new token.
    Token(Box<TokenSet>),
    /// The provider gives none any more.
    Refused,
}

/// What came from a token endpoint.
pub(crate) struct TokenAnswer<'a> {
    pub(crate) answer: &'a Response<Bytes>,
    /// What stands between scopes.
    pub(crate) delimiter: &'a str,
    pub(crate) now: i64,
}

impl TokenAnswer<'_> {
    /// The tokens of a code.
    pub(crate) fn redeemed(&self) -> Result<TokenSet, LoginFault> {
        let status = self.answer.status();
        if status.is_server_error() || status.as_u16() == 429 {
            let what = format!("the token endpoint answers with the status {}", status.as_u16());
            return Err(LoginFault::Unreachable(what.into()));
        }
        self.tokens().map_err(|what| LoginFault::BadAnswer(what.into()))
    }

    /// The token that takes the place of `old`.
    pub(crate) fn refreshed(&self, old: &TokenSet) -> Result<Refreshed, LoginFault> {
        let status = self.answer.status();
        if status.is_server_error() || status.as_u16() == 429 {
            let what = format!("the token endpoint answers with the status {}", status.as_u16());
            return Err(LoginFault::Unreachable(what.into()));
        }
        match self.tokens() {
            Ok(new) => Ok(Refreshed::Token(Box::new(merged(old, new)))),
            Err(what) => {
                tracing::debug!(what, "A refresh token was refused");
                Ok(Refreshed::Refused)
            }
        }
    }

    fn tokens(&self) -> Result<TokenSet, String> {
        if self.answer.status() != http::StatusCode::OK {
            return Err(format!(
                "the token endpoint answers with the status {}",
                self.answer.status().as_u16()
            ));
        }
        let members = self.members()?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if members.contains_key("error") {
            return Err("the token endpoint answers with an error in a success".to_owned());
        }
        let access_token = text("access_token").ok_or("the answer has no access token")?;
        let token_type = text("token_type").unwrap_or("bearer");
        if !token_type.eq_ignore_ascii_case("bearer") {
            return Err("the token is not a bearer token".to_owned());
        }
        Ok(TokenSet {
            access_token: access_token.into(),
            token_type: "bearer".to_owned(),
            refresh_token: text("refresh_token").map(Secret::from),
            id_token: text("id_token").map(Secret::from),
            scope: text("scope").map(|scope| ScopeSet::parse_with(scope, self.delimiter)).unwrap_or_default(),
            issued_at: self.now,
            expires_in: members.get("expires_in").and_then(seconds),
        })
    }

    /// The members of the answer: JSON, or a form, as some services still write it.
    fn members(&self) -> Result<Map<String, Value>, String> {
        let kind = kind(self.answer.headers());
        if is_json(&kind) {
            return serde_json::from_slice(self.answer.body())
                .map_err(|_| "the token endpoint's answer is no JSON object".to_owned());
        }
        if kind != "application/x-www-form-urlencoded" {
            return Err("the token endpoint's answer is neither JSON nor a form by its type".to_owned());
        }
        let names =
            ["access_token", "token_type", "refresh_token", "id_token", "scope", "expires_in", "error"];
        let mut members = Map::new();
        for name in names {
            match field(self.answer.body(), name) {
                Sent::Nothing => {}
                Sent::Once(value) => drop(members.insert(name.to_owned(), Value::from(value))),
                Sent::Unclear => return Err("the token endpoint's answer has a field twice".to_owned()),
            }
        }
        Ok(members)
    }
}

/// A number, or a text that is one.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|seconds| *seconds >= 0)
}

/// The new token, with what the answer did not repeat (RFC 6749 §6).
fn merged(old: &TokenSet, new: TokenSet) -> TokenSet {
    TokenSet {
        refresh_token: new.refresh_token.or_else(|| old.refresh_token.clone()),
        id_token: new.id_token.or_else(|| old.id_token.clone()),
        scope: if new.scope.is_empty() { old.scope.clone() } else { new.scope },
        expires_in: new.expires_in.or(old.expires_in),
        ..new
    }
}
