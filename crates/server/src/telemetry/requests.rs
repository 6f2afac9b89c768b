//! Durations of requests by route, method and status; checks of tokens and logins by outcome.
//!
//! Handles are made once: what is counted per request costs no look-up by name. Labels are of a closed set, whatever a
//! caller sends.

use std::fmt;
use std::time::Duration;

use doorward_core::Code;
use http::{Method, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};
use tracing::Span;

/// The routes by the names they are counted under; a path that begins with one that ends in `/` belongs to it.
const ROUTES: &[(&str, &str)] = &[
    ("/healthz", "/healthz"),
    ("/readyz", "/readyz"),
    ("/api/v1/session", "/api/v1/session"),
    ("/api/v1/me", "/api/v1/me"),
    ("/api/v1/login", "/api/v1/login"),
    ("/api/v1/login/", "/api/v1/login/*"),
    ("/api/v1/refresh", "/api/v1/refresh"),
    ("/api/v1/logout", "/api/v1/logout"),
    ("/api/v1/logout/everywhere", "/api/v1/logout/everywhere"),
    ("/api/v1/users", "/api/v1/users"),
    ("/api/v1/me/password", "/api/v1/me/password"),
    ("/api/v1/me/email", "/api/v1/me/email"),
    ("/api/v1/me/second-factor", "/api/v1/me/second-factor"),
    ("/api/v1/me/second-factor/", "/api/v1/me/second-factor/*"),
    ("/api/v1/me/email-verification", "/api/v1/me/email-verification"),
    ("/api/v1/me/export", "/api/v1/me/export"),
    ("/api/v1/email-verification", "/api/v1/email-verification"),
    ("/api/v1/email-verification/confirm", "/api/v1/email-verification/confirm"),
    ("/api/v1/email-change/confirm", "/api/v1/email-change/confirm"),
    ("/api/v1/password-reset", "/api/v1/password-reset"),
    ("/api/v1/password-reset/confirm", "/api/v1/password-reset/confirm"),
    ("/api/v1/sessions", "/api/v1/sessions"),
    ("/api/v1/sessions/", "/api/v1/sessions/{id}"),
    ("/api/v1/passkeys", "/api/v1/passkeys"),
    ("/api/v1/passkeys/", "/api/v1/passkeys/*"),
    ("/api/v1/consents", "/api/v1/consents"),
    ("/api/v1/consents/", "/api/v1/consents/*"),
    ("/api/v1/api-keys", "/api/v1/api-keys"),
    ("/api/v1/api-keys/", "/api/v1/api-keys/{id}"),
    ("/api/v1/providers", "/api/v1/providers"),
    ("/api/v1/providers/", "/api/v1/providers/*"),
    ("/api/v1/revocations", "/api/v1/revocations"),
    ("/api/v1/documents", "/api/v1/documents"),
    ("/api/v1/documents/", "/api/v1/documents/*"),
    ("/api/v1/collections", "/api/v1/collections"),
    ("/api/v1/collections/", "/api/v1/collections/*"),
    ("/api/v1/search", "/api/v1/search"),
    ("/api/v1/answer", "/api/v1/answer"),
    // Many and seldom used: one name stands for all of them.
    ("/api/v1/admin/", "/api/v1/admin/*"),
    // R2R's clients, generation by generation.
    ("/v1/", "/v1/*"),
    ("/v2/", "/v2/*"),
    ("/v3/", "/v3/*"),
    ("/oauth2/introspect", "/oauth2/introspect"),
    ("/oauth2/revoke", "/oauth2/revoke"),
    ("/oauth2/token", "/oauth2/token"),
    ("/oauth2/userinfo", "/oauth2/userinfo"),
    // The pages of logins, for people.
    ("/oauth2/", "/oauth2/*"),
    ("/.well-known/openid-configuration", "/.well-known/openid-configuration"),
    ("/.well-known/jwks.json", "/.well-known/jwks.json"),
    ("/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server"),
    ("/forward-auth", "/forward-auth"),
    ("/forward-auth/", "/forward-auth"),
    ("/openapi.json", "/openapi.json"),
    ("/account/", "/account/*"),
    ("/docs", "/docs"),
    ("/docs/", "/docs"),
];
const OTHER: &str = "other";
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Durations of requests.
#[derive(Debug)]
pub struct RequestMetrics {
    /// By route, method and class of status.
    histograms: Vec<Histogram>,
}

/// The route of one request.
#[derive(Debug)]
pub struct RouteMetrics<'a> {
    name: &'static str,
    by_status: &'a [Histogram],
}

impl RequestMetrics {
    /// Handles for every route.
    pub fn new() -> Self {
        let routes = ROUTES.iter().map(|(_, name)| *name).chain([OTHER]);
        let histograms = routes
            .flat_map(|route| METHODS.iter().map(Method::as_str).chain([OTHER]).map(move |method| (route, method)))
            .flat_map(|(route, method)| CLASSES.map(|status| (route, method, status)))
            .map(|(route, method, status)| {
                let method = method.to_owned();
                histogram!("doorward_http_request_seconds", "route" => route, "method" => method, "status" => status)
            })
            .collect();
        Self { histograms }
    }

    /// Where requests with this method and path are counted.
    pub fn route(&self, method: &Method, path: &str) -> RouteMetrics<'_> {
        let is_here = |(prefix, _): &&(&str, &str)| *prefix == path;
        let exact = ROUTES.iter().position(|route| is_here(&route));
        let below =
            || ROUTES.iter().position(|(prefix, _)| prefix.ends_with('/') && path.starts_with(prefix));
        let route = exact.or_else(below).unwrap_or(ROUTES.len());
        let method = METHODS.iter().position(|known| known == method).unwrap_or(METHODS.len());
        let start = (route * (METHODS.len() + 1) + method) * CLASSES.len();
        let name = ROUTES.get(route).map_or(OTHER, |(_, name)| *name);
        RouteMetrics { name, by_status: &self.histograms[start..start + CLASSES.len()] }
    }
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl RouteMetrics<'_> {
    /// What a collector of traces is told of one request, by OpenTelemetry's names; nothing is made where none listens. The
    /// path is not in it: it may hold what nobody should read.
    pub fn span(&self, request_id: impl fmt::Display) -> Span {
        tracing::info_span!(
            "request",
            otel.name = self.name,
            otel.kind = "server",
            http.route = self.name,
            request.id = %request_id,
        )
    }

    /// Counts one answer.
    pub fn note(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        self.by_status[class].record(took);
    }
}

/// What came of logins, refreshes and checks of tokens.
#[derive(Debug)]
pub struct OutcomeMetrics {
    logins: Outcomes,
    refreshes: Outcomes,
    token_checks: Outcomes,
}

#[derive(Debug)]
struct Outcomes {
    good: Counter,
    by_code: Vec<Counter>,
}

impl Outcomes {
    fn new(name: &'static str) -> Self {
        let by_code = Code::ALL.iter().map(|code| counter!(name, "outcome" => code.as_str())).collect();
        Self { good: counter!(name, "outcome" => "ok"), by_code }
    }

    fn note(&self, refused: Option<Code>) {
        let place = refused.and_then(|code| Code::ALL.iter().position(|other| *other == code));
        place.map_or(&self.good, |at| &self.by_code[at]).increment(1);
    }
}

impl OutcomeMetrics {
    /// Handles for every outcome.
    pub fn new() -> Self {
        Self {
            logins: Outcomes::new("doorward_logins_total"),
            refreshes: Outcomes::new("doorward_refreshes_total"),
            token_checks: Outcomes::new("doorward_token_checks_total"),
        }
    }

    /// Counts a login.
    pub fn note_login(&self, refused: Option<Code>) {
        self.logins.note(refused);
    }

    /// Counts a refresh.
    pub fn note_refresh(&self, refused: Option<Code>) {
        self.refreshes.note(refused);
    }

    /// Counts a check of an access token or cookie.
    pub fn note_token_check(&self, refused: Option<Code>) {
        self.token_checks.note(refused);
    }
}

impl Default for OutcomeMetrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_path_is_counted_under_its_own_name() {
        for path in crate::openapi::document().paths.paths.keys() {
            let is_counted = |(prefix, name): &(&str, &str)| {
                name == path || name.ends_with('*') && path.starts_with(prefix)
            };
            assert!(ROUTES.iter().any(is_counted), "{path} is counted as other");
        }
    }
}
