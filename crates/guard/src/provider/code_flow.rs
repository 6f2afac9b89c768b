//! The authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636): the part that OAuth and OpenID Connect share.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use url::Url;

use super::credentials::ClientAuth;
use super::registration::Registration;
use super::token::{Refreshed, TokenAnswer};
use crate::client::{Fetch, FetchError, HttpClient, is_private_enough};
use crate::guard::Reason;
use crate::login::{Attempt, CodeAnswer, LoginFault, OnAuth};
use crate::scope::ScopeSet;
use crate::user::TokenSet;

/// How one application logs people in with one provider.
#[derive(Clone)]
pub(crate) struct CodeFlow {
    pub(crate) registration: Registration,
    /// Scopes to ask for, and what they are for.
    pub(crate) scopes: Vec<(String, String)>,
    /// What stands between scopes.
    pub(crate) delimiter: String,
    /// Further parameters for the authorization endpoint.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) on_auth: OnAuth,
    pub(crate) label: String,
    pub(crate) fetch: Arc<dyn Fetch>,
}

/// Parameters that a flow sets itself.
const OWN_PARAMS: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "scope",
];

impl CodeFlow {
    pub(crate) fn new(registration: Registration, label: String) -> Self {
        Self {
            registration,
            scopes: Vec::new(),
            delimiter: " ".to_owned(),
            params: Vec::new(),
            on_auth: OnAuth::default(),
            label,
            fetch: Arc::new(HttpClient::new()),
        }
    }

    pub(crate) fn ask_for(&mut self, name: impl Into<String>, meaning: impl Into<String>) {
        let (name, meaning) = (name.into(), meaning.into());
        match self.scopes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) if !meaning.is_empty() => *known = meaning,
            Some(_) => {}
            None => self.scopes.push((name, meaning)),
        }
    }

    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<Reason> {
        let names: ScopeSet = self.scopes.iter().map(|(name, _)| name).collect();
        if names.first_unprintable().is_some() {
            return Some("a scope has characters that OAuth cannot carry".into());
        }
        if let Some((name, _)) = self.params.iter().find(|(name, _)| OWN_PARAMS.contains(&&**name)) {
            return Some(Reason::from(format!("the parameter \"{name}\" is set by the login itself")));
        }
        self.registration.fault()
    }

    /// Where to send the browser. A query of `endpoint` stays.
    pub(crate) fn authorize_url(
        &self,
        endpoint: &str,
        attempt: &Attempt,
        extra: &[(&str, &str)],
    ) -> Result<String, LoginFault> {
        let bad = || LoginFault::BadAnswer("the authorization endpoint is not https".into());
        let mut url = Url::parse(endpoint).map_err(|_| bad())?;
        if !is_private_enough(endpoint) {
            return Err(bad());
        }
        let scopes = self.scopes.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(&self.delimiter);
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.registration.credentials.id)
            .append_pair("redirect_uri", self.registration.callback.as_str())
            .append_pair("state", attempt.state())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        if !scopes.is_empty() {
            query.append_pair("scope", &scopes);
        }
        query.extend_pairs(extra).extend_pairs(&self.params);
        drop(query);
        Ok(url.into())
    }

    /// The tokens for a code.
    pub(crate) async fn redeem(
        &self,
        endpoint: &str,
        auth: ClientAuth,
        answer: &CodeAnswer,
        now: i64,
    ) -> Result<TokenSet, LoginFault> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", answer.code.reveal()),
            ("redirect_uri", self.registration.callback.as_str()),
            ("code_verifier", answer.attempt.verifier()),
        ];
        let request = self.registration.credentials.form(endpoint, auth, &fields);
        let answer = self.send(request).await?;
        TokenAnswer { answer: &answer, delimiter: &self.delimiter, now }.redeemed()
    }

    /// A fresh token in place of `old`.
    pub(crate) async fn refresh(
        &self,
        endpoint: &str,
        auth: ClientAuth,
        old: &TokenSet,
        now: i64,
    ) -> Result<Refreshed, LoginFault> {
        let Some(refresh_token) = &old.refresh_token else { return Ok(Refreshed::Refused) };
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.reveal())];
        let request = self.registration.credentials.form(endpoint, auth, &fields);
        let answer = self.send(request).await?;
        TokenAnswer { answer: &answer, delimiter: &self.delimiter, now }.refreshed(old)
    }

    pub(crate) async fn send(
        &self,
        request: Result<Request<Bytes>, FetchError>,
    ) -> Result<http::Response<Bytes>, LoginFault> {
        let unreachable = |fault: FetchError| LoginFault::Unreachable(fault.to_string().into());
        self.fetch.fetch(request.map_err(unreachable)?).await.map_err(unreachable)
    }

    /// The object that `endpoint` tells the holder of `token`.
    pub(crate) async fn ask_as(
        &self,
        endpoint: &str,
        token: &TokenSet,
    ) -> Result<serde_json::Map<String, serde_json::Value>, LoginFault> {
        match self.ask_value_as(endpoint, token).await? {
            serde_json::Value::Object(members) => Ok(members),
            _ => Err(LoginFault::BadAnswer("who is the user? the answer is no JSON object".into())),
        }
    }

    /// What `endpoint` tells the holder of `token`.
    pub(crate) async fn ask_value_as(
        &self,
        endpoint: &str,
        token: &TokenSet,
    ) -> Result<serde_json::Value, LoginFault> {
        let bearer = format!("Bearer {}", token.access_token.reveal());
        let mut bearer = http::HeaderValue::try_from(bearer)
            .map_err(|_| LoginFault::BadAnswer("the access token cannot be sent".into()))?;
        bearer.set_sensitive(true);
        let request = Request::get(endpoint)
            .header(http::header::AUTHORIZATION, bearer)
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::USER_AGENT, concat!("doorward-guard/", env!("CARGO_PKG_VERSION")))
            .body(Bytes::new())
            .map_err(|_| FetchError::new("the address of a provider is none"));
        let answer = self.send(request).await?;
        if answer.status().is_server_error() {
            return Err(LoginFault::Unreachable("the provider cannot tell who the user is".into()));
        }
        super::value(&answer).map_err(|what| LoginFault::BadAnswer(format!("who is the user? {what}").into()))
    }
}
