//! How guards log people in: the way to a provider and back.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};

use crate::answer::problem;
use crate::clock::Clock;
use crate::flow::GuardName;
use crate::guard::Reason;
use crate::session::{Entry, Loaded, Sessions, StoreError};
use crate::soon::Soon;

/// Logs people in with one provider.
pub trait Login: Send + Sync + 'static {
    /// The path on this host that the provider sends browsers back to.
    fn callback_path(&self) -> &str;
}

pub(crate) struct LoginDesk {
    sessions: Sessions,
}

pub(crate) struct DeskRoute;

pub(crate) enum Handled {
    Answer(Response<Bytes>),
    Replay { request: Request<Bytes>, cookies: Vec<HeaderValue> },
}

impl LoginDesk {
    pub(crate) fn new(
        sessions: Sessions,
        _clock: Arc<dyn Clock>,
        _logins: Vec<(GuardName, Arc<dyn Login>)>,
        _logout: Option<String>,
    ) -> Result<Self, Reason> {
        Ok(Self { sessions })
    }

    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) fn handles(&self, _method: &Method, _path: &str) -> Option<DeskRoute> {
        None
    }

    pub(crate) async fn answer(&self, _route: DeskRoute, parts: Parts, body: Bytes) -> Handled {
        Handled::Replay { request: Request::from_parts(parts, body), cookies: Vec::new() }
    }

    pub(crate) async fn start(
        &self,
        _guards: &[GuardName],
        _parts: &Parts,
        _body: Option<Bytes>,
    ) -> Response<Bytes> {
        problem(StatusCode::SERVICE_UNAVAILABLE, "Nobody can log in here.")
    }

    pub(crate) fn replayable_body(&self, _guards: &[GuardName]) -> usize {
        0
    }

    pub(crate) fn current(
        &self,
        guard: &GuardName,
        loaded: &Loaded,
    ) -> Soon<Result<Option<(Entry, Option<HeaderValue>)>, StoreError>> {
        let entry = loaded.session.as_ref().and_then(|session| session.entries.get(&**guard)).cloned();
        Soon::Now(Ok(entry.map(|entry| (entry, None))))
    }
}
