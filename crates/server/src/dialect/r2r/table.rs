//! The table of routes: each path with its methods, its handler, and whether it asks for a credential.
//!
//! Invariant: what is not in it is refused, so that a route cannot be forgotten by its guard.

use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, on};
use std::sync::Arc;

use axum::{Router, middleware};
use bytes::Bytes;
use doorward_guard::{BuildError, Guards, GuardsBuilder, Refusal};
use http::Method;

use super::bounds;
use crate::app::AppState;
use crate::http::guards;
use crate::http::problem::Problem;

/// A table in the making.
pub(super) struct Table {
    router: Router<AppState>,
    guards: GuardsBuilder,
    flow: &'static str,
    state: AppState,
}

impl Table {
    /// An empty one.
    pub(super) fn new(state: &AppState) -> Self {
        let flow = match state.http.requires_authentication {
            true => "bearer || api_key",
            false => "bearer || api_key || anybody",
        };
        Self {
            router: Router::new(),
            guards: guards::credentials(state).default_deny(),
            flow,
            state: state.clone(),
        }
    }

    /// `handler` for everybody at each of `paths`.
    pub(super) fn open<H, T>(mut self, method: &Method, paths: &[&str], handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let answers = on(filter(method), handler);
        for path in paths {
            self.guards = self.guards.public(method.clone(), path);
            self.router = self.router.route(path, answers.clone());
        }
        self
    }

    /// `handler` for whoever brings a credential, at each of `paths`.
    pub(super) fn guarded<H, T>(mut self, method: &Method, paths: &[&str], handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let answers = on(filter(method), handler);
        for path in paths {
            self.guards = self.guards.rule(method.clone(), path, self.flow);
            // The guards come first: whose request it is decides what bounds it.
            let hold = middleware::from_fn_with_state((self.state.clone(), Arc::from(*path)), bounds::hold);
            self.router = self.router.route(path, answers.clone().route_layer(hold));
        }
        self
    }

    /// The routes, and the guards that are to stand before them.
    ///
    /// # Errors
    /// [`BuildError`] when two rows are for the same method and path.
    pub(super) fn build(self, state: &AppState) -> Result<(Router<AppState>, Guards), BuildError> {
        let asked = state.clone();
        let refused = move |refusal: &Refusal<'_>| {
            let problem = Problem::from(guards::cause(refusal, &asked));
            Some(problem.into_response().map(|_| Bytes::new()))
        };
        let guards = self.guards.on_refusal(refused).build()?;
        Ok((self.router, guards))
    }
}

/// The methods of the table as the router names them.
fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE)
}
