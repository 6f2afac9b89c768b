//! The application: which path leads to which handler, and what they share.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use doorward_core::{Code, Core, Error};
use doorward_documents::Library;
use doorward_guard::Around;
use doorward_guard::config::ConfigError;
use http::Request;
use tower::Service;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    account, admin, answer, api_keys, collections, consents, docs, documents, email_change,
    email_verification, health, jwks, login, logout, me, oauth2, passkeys, password_reset, providers,
    refresh, revocations, search, second_factor, session, sessions, users,
};
use crate::config::Http;
use crate::dialect;
use crate::forward;
use crate::http::{cors, guards, problem};
use crate::openapi;
use crate::revocations::Places;
use crate::telemetry::requests::OutcomeMetrics;

/// What handlers share, behind one pointer: every request clones it.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Shared>);

/// What is behind the pointer.
#[derive(Debug)]
pub struct Shared {
    /// The rules.
    pub core: Arc<Core>,
    /// What the HTTP surface goes by.
    pub http: Http,
    /// What is counted.
    pub metrics: OutcomeMetrics,
    /// Documents of the accounts, where they are kept.
    pub documents: Option<Arc<Library>>,
    /// The places for those who hear of revocations.
    pub(crate) listeners: Places,
    /// Whether the server is shutting down.
    pub is_draining: AtomicBool,
}

impl AppState {
    /// The state of a server that has just started.
    pub fn new(core: Arc<Core>, http: Http) -> Self {
        Self::with_documents(core, http, None)
    }

    /// As [`AppState::new`], of a server that keeps documents.
    pub fn with_documents(core: Arc<Core>, http: Http, documents: Option<Arc<Library>>) -> Self {
        let listeners = Places::new(core.settings().revocations.listeners);
        Self(Arc::new(Shared {
            core,
            http,
            metrics: OutcomeMetrics::default(),
            documents,
            listeners,
            is_draining: AtomicBool::new(false),
        }))
    }
}

impl Shared {
    /// Documents of the accounts.
    ///
    /// # Errors
    /// [`Code::NotFound`] where none are kept.
    pub fn library(&self) -> Result<&Library, Error> {
        let none = || Error::new(Code::NotFound, "This server keeps no documents.");
        self.documents.as_deref().ok_or_else(none)
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Every route that is described in the OpenAPI document.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::empty())
        .merge(users::routes())
        .merge(me::routes())
        .merge(email_verification::routes())
        .merge(email_change::routes())
        .merge(password_reset::routes())
        .routes(routes!(login::login))
        .merge(second_factor::routes())
        .merge(providers::routes())
        .routes(routes!(refresh::refresh))
        .merge(logout::routes())
        .routes(routes!(session::session))
        .merge(sessions::routes())
        .merge(consents::routes())
        .merge(api_keys::routes())
        .merge(passkeys::routes())
        .merge(admin::routes())
        .merge(documents::routes())
        .merge(collections::routes())
        .routes(routes!(search::search))
        .routes(routes!(answer::answer))
        .routes(routes!(revocations::revocations))
        .routes(routes!(jwks::jwks))
        .merge(oauth2::routes())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// Every route behind its guards, ready to be put behind the edge.
#[derive(Debug, Clone)]
pub enum Application {
    /// As it is.
    Guarded(Around<Router>),
    /// For other origins too: their preflight requests bring no credentials, and refusals have to be readable for them.
    Shared(Router),
}

impl From<Router> for Application {
    fn from(router: Router) -> Self {
        Self::Shared(router)
    }
}

impl Application {
    /// The application of `state`.
    ///
    /// # Errors
    /// [`ConfigError`] when a secret of a guarded host is not where its file of rules says, or the rules for paths contradict each other,
    /// which a test excludes.
    pub fn new(state: AppState) -> Result<Self, ConfigError> {
        let (router, api) = routes().split_for_parts();
        let mut api = openapi::complete(api, state.core.scopes());
        let guards = guards::build(&state, &api)?;
        dialect::describe(&mut api, &state);
        let cors = cors::layer(&state.http);
        let forward = forward::routes(&state)?;
        let router = router
            .merge(docs::routes(&api))
            .merge(account::routes())
            .merge(oauth2::pages())
            .merge(dialect::routes(&state)?)
            .fallback(problem::not_found)
            .method_not_allowed_fallback(problem::method_not_allowed)
            .with_state(state);
        let guarded = guards.around(router);
        Ok(match (forward, cors) {
            (None, None) => Self::Guarded(guarded),
            (None, Some(cors)) => Self::Shared(Router::new().fallback_service(guarded).layer(cors)),
            // Questions about others' requests are no requests of pages: CORS would answer a preflight, and let it pass.
            (Some(forward), None) => Self::Shared(forward.fallback_service(guarded)),
            (Some(forward), Some(cors)) => {
                let shared = Router::new().fallback_service(guarded).layer(cors);
                Self::Shared(forward.fallback_service(shared))
            }
        })
    }

    /// Answers one request.
    pub async fn answer(self, request: Request<Body>) -> Response {
        let answered = match self {
            Self::Guarded(mut app) => app.call(request).await,
            Self::Shared(mut app) => app.call(request).await,
        };
        match answered {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
