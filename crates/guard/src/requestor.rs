//! Calls to other services in the name of the caller.
//!
//! Does not follow redirects. Invariant: a token goes to the origins on the list, over TLS or to this machine, and nowhere
//! else.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, Response};
use url::{Origin, Url};

use crate::client::{Fetch, FetchError, HttpClient, is_private_enough};
use crate::principal::User;
use crate::secret::Secret;

/// Calls services on a list with the bearer token that the caller came with.
///
/// A token opens whatever its audience lets it open: put services on the list that may act as your callers, and no others. A
/// redirect is an answer like any other; following it is the application's decision, with the list in between again.
///
/// ```no_run
/// use bytes::Bytes;
/// use doorward_guard::{RequestError, Requestor, User};
/// use http::Request;
///
/// async fn invoices(user: &User) -> Result<Bytes, RequestError> {
///     let billing = Requestor::to(["https://billing.example"])?;
///     let request = Request::get("https://billing.example/invoices").body(Bytes::new())?;
///     Ok(billing.send(user, request).await?.into_body())
/// }
/// ```
#[derive(Clone)]
pub struct Requestor {
    origins: Arc<[Origin]>,
    fetch: Arc<dyn Fetch>,
}

impl std::fmt::Debug for Requestor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let origins: Vec<String> = self.origins.iter().map(Origin::ascii_serialization).collect();
        out.debug_struct("Requestor").field("origins", &origins).finish_non_exhaustive()
    }
}

/// Why a call was not made, or has no answer. It holds no token and no path.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// An entry of the list is no origin: `https://`, a host, perhaps a port, and nothing else.
    #[error("\"{0}\" is no origin of a service that may have tokens")]
    BadOrigin(String),
    /// The request goes to a service that is not on the list.
    #[error("the service is not on the list")]
    NotListed,
    /// The caller did not come with a bearer token.
    #[error("the caller came without a token")]
    NoToken,
    /// The request cannot be written.
    #[error("the request is not well formed")]
    BadRequest(#[from] http::Error),
    /// There is no answer.
    #[error(transparent)]
    Unreachable(#[from] FetchError),
}

impl Requestor {
    /// Calls these services, written as `https://host` or `https://host:port`; `http` for this machine alone.
    ///
    /// # Errors
    /// [`RequestError::BadOrigin`].
    pub fn to<S: AsRef<str>>(origins: impl IntoIterator<Item = S>) -> Result<Self, RequestError> {
        let origin =
            |text: S| origin(text.as_ref()).ok_or_else(|| RequestError::BadOrigin(text.as_ref().to_owned()));
        let origins = origins.into_iter().map(origin).collect::<Result<_, _>>()?;
        Ok(Self { origins, fetch: Arc::new(HttpClient::new()) })
    }

    /// Calls with this client. It must not follow redirects.
    #[must_use]
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Arc::new(fetch);
        self
    }

    /// The answer to `request`, sent as `user`: with the token of the first guard in the flow that has one. An
    /// `Authorization` that is already there gives way.
    ///
    /// # Errors
    /// [`RequestError::NotListed`], [`RequestError::NoToken`], [`RequestError::Unreachable`].
    pub async fn send(&self, user: &User, request: Request<Bytes>) -> Result<Response<Bytes>, RequestError> {
        let tokens = user.guards().filter_map(|(_, info)| info.token.as_ref());
        let mut bearers = tokens.filter(|token| token.token_type.eq_ignore_ascii_case("bearer"));
        let token = bearers.next().ok_or(RequestError::NoToken)?.access_token.clone();
        self.send_with(&token, request).await
    }

    async fn send_with(
        &self,
        token: &Secret,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, RequestError> {
        if !self.is_listed(&request.uri().to_string()) {
            return Err(RequestError::NotListed);
        }
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", token.reveal())).map_err(|_| RequestError::NoToken)?;
        bearer.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        // The address says which host it is; a header that says otherwise could reach another one behind the same proxy.
        headers.remove(HOST);
        headers.remove(PROXY_AUTHORIZATION);
        Ok(self.fetch.fetch(request).await?)
    }

    fn is_listed(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| {
            url.username().is_empty() && url.password().is_none() && self.origins.contains(&url.origin())
        })
    }
}

/// Reads an origin: an address with nothing but scheme, host and port.
fn origin(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok().filter(|_| is_private_enough(text))?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_bare.then(|| url.origin())
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::flow::GuardSet;
    use crate::guard::{Identity, Outcome};
    use crate::scope::ScopeSet;
    use crate::soon::Waiting;
    use crate::user::{TokenSet, UserInfo};

    /// Keeps what was sent, and answers with a redirect.
    #[derive(Default)]
    struct Wire(Mutex<Vec<Request<Bytes>>>);

    impl Fetch for Wire {
        fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
            self.0.lock().push(request);
            Box::pin(async {
                let moved = Response::builder().status(302).header("location", "https://evil.example/");
                moved.body(Bytes::new()).map_err(|_| FetchError::new("no answer"))
            })
        }
    }

    fn user(token: Option<&str>) -> User {
        let mut info = UserInfo::new("local", "ada");
        info.token = token.map(|token| TokenSet::bearer(token, ScopeSet::EMPTY));
        let outcomes = [Outcome::Pass(Identity::new(info))];
        User::from_proof(&["jwt".into()], &outcomes, GuardSet::only(0)).unwrap()
    }

    fn requestor(wire: &Arc<Wire>) -> Requestor {
        Requestor::to(["https://billing.example", "http://127.0.0.1:8080"]).unwrap().fetch(wire.clone())
    }

    fn get(address: &str) -> Request<Bytes> {
        Request::get(address).header("authorization", "Basic b3RoZXI=").body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn the_callers_token_goes_to_a_listed_service() {
        let wire = Arc::<Wire>::default();

        for address in
            ["https://billing.example/a?b=c", "https://billing.example:443/", "http://127.0.0.1:8080/"]
        {
            requestor(&wire).send(&user(Some("tok")), get(address)).await.unwrap();
        }

        let sent = wire.0.lock();
        assert_eq!(sent.len(), 3);
        for request in &*sent {
            assert_eq!(request.headers()["authorization"], "Bearer tok");
            assert!(!format!("{:?}", request.headers()).contains("tok"));
        }
    }

    #[tokio::test]
    async fn nothing_goes_to_any_other_service() {
        let wire = Arc::<Wire>::default();
        for address in [
            "http://billing.example/",
            "https://billing.example:8443/",
            "https://billing.example.evil.example/",
            "https://sub.billing.example/",
            "https://billing.example@evil.example/",
            "https://evil@billing.example/",
            "http://127.0.0.1:8081/",
            "/relative",
        ] {
            let refused = requestor(&wire).send(&user(Some("tok")), get(address)).await;

            assert!(matches!(refused, Err(RequestError::NotListed)), "{address}");
        }
        assert!(wire.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let wire = Arc::<Wire>::default();

        let answer =
            requestor(&wire).send(&user(Some("tok")), get("https://billing.example/")).await.unwrap();

        assert_eq!(answer.status(), 302);
        assert_eq!(wire.0.lock().len(), 1);
    }

    #[tokio::test]
    async fn a_caller_without_a_token_is_not_acted_for() {
        let wire = Arc::<Wire>::default();

        let refused = requestor(&wire).send(&user(None), get("https://billing.example/")).await;

        assert!(matches!(refused, Err(RequestError::NoToken)));
        assert!(wire.0.lock().is_empty());
    }

    #[test]
    fn the_list_has_origins_alone() {
        for bad in [
            "billing.example",
            "http://billing.example",
            "https://billing.example/api",
            "https://a@b.example",
            "",
        ] {
            assert!(matches!(Requestor::to([bad]), Err(RequestError::BadOrigin(_))), "{bad}");
        }
    }
}
