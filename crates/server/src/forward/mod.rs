//! Forward auth: a proxy asks about each request to an application, and is told whether it may pass and whose it is.
//!
//! The rules are those of the crate `doorward-guard`, and it holds requests against them. Does not see bodies. Invariants: only a listed
//! proxy is answered; what it is asked about is read where that proxy writes it and nowhere else; each answer that lets a request pass
//! has all headers that tell of the caller, so that none of the caller's own goes on.

mod answer;
mod enter;
mod gate;
mod guards;
mod judge;
mod original;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use doorward_guard::config::ConfigError;

pub(crate) use answer::Answer;
pub(crate) use gate::Gate;
pub(crate) use judge::judged;
use original::Asker;
pub(crate) use original::Original;

use crate::app::AppState;

/// Where proxies ask that write `X-Forwarded-Method`, `-Host` and `-Uri`: Traefik and Caddy.
pub(crate) const PATH: &str = "/forward-auth";
/// Where nginx asks, which writes `X-Original-URL` and `X-Original-Method`.
const NGINX: &str = "/forward-auth/nginx";
/// Where Envoy asks, which puts the path behind this one.
const ENVOY: &str = "/forward-auth/envoy";
/// The paths of each host that are answered here.
pub(crate) const CALLBACK: &str = "/.doorward/callback";
const SIGN_OUT: &str = "/.doorward/sign-out";

/// The routes, where hosts are guarded.
///
/// # Errors
/// [`ConfigError`]: a secret of a file of rules is not where it says.
pub(crate) fn routes(state: &AppState) -> Result<Option<Router>, ConfigError> {
    if state.http.forward.is_empty() {
        return Ok(None);
    }
    let gate = Arc::new(Gate::new(state)?);
    let asked = |asker: Asker| {
        let gate = Arc::clone(&gate);
        any(move |request: Request| async move { judge::answer(&gate, asker, request.into_parts().0).await })
    };
    Ok(Some(
        Router::new()
            .route(PATH, asked(Asker::Forwarded))
            .route(NGINX, asked(Asker::Nginx))
            .route(ENVOY, asked(Asker::Envoy))
            .route(&format!("{ENVOY}/"), asked(Asker::Envoy))
            .route(&format!("{ENVOY}/{{*path}}"), asked(Asker::Envoy)),
    ))
}

/// Whether requests to `path` are questions about others, whose headers they carry.
pub(crate) fn is_asked_at(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
