//! Calls to other services in the name of the caller of this one.
//!
//! The caller's own token goes along, so it goes only to services that were named beforehand. Invariant: it never goes to
//! another origin than that of the request, whatever redirects say.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, LOCATION, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, Response};
use url::Url;

use crate::client::{Fetch, FetchError, HttpClient, is_private_enough};
use crate::user::UserInfo;

/// Redirects that are followed within one origin.
const REDIRECTS_MAX: usize = 5;

/// Calls services with the token of a user.
///
/// ```
/// use doorward_guard::Requestor;
///
/// let reports = Requestor::to(["https://reports.example", "https://audit.example:8443"])?;
/// # Ok::<(), doorward_guard::RequestError>(())
/// ```
#[derive(Clone)]
pub struct Requestor {
    origins: Arc<[String]>,
    fetch: Arc<dyn Fetch>,
}

/// Why a call was not made, or has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// What was given as a service is not an https address without a path.
    #[error("\"{0}\" is no https origin")]
    NotAnOrigin(String),
    /// The request's address is of no service that was named.
    #[error("the address of a request is of no service that may be called")]
    NotListed,
    /// The user has no token that could go along.
    #[error("the user came with no token")]
    NoToken,
    /// There is no answer.
    #[error("{0}")]
    NoAnswer(#[from] FetchError),
}

impl std::fmt::Debug for Requestor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Requestor").field("origins", &self.origins).finish_non_exhaustive()
    }
}

impl Requestor {
    /// May call these services, each written as scheme, host and perhaps port.
    ///
    /// # Errors
    /// [`RequestError::NotAnOrigin`].
    pub fn to<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self, RequestError> {
        let origins: Result<Vec<String>, RequestError> =
            origins.into_iter().map(|origin| origin_alone(origin.as_ref())).collect();
        Ok(Self { origins: origins?.into(), fetch: Arc::new(HttpClient::new()) })
    }

    /// Calls with this client.
    #[must_use]
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Arc::new(fetch);
        self
    }

    /// The answer to `request`, sent with the token of `user`. An `Authorization` of the request's own is replaced. Reads are
    /// redirected within the service; any other redirect is the answer.
    ///
    /// # Errors
    /// [`RequestError::NotListed`], [`RequestError::NoToken`], [`RequestError::NoAnswer`].
    pub async fn call(
        &self,
        user: &UserInfo,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, RequestError> {
        let token = user.token.as_ref().ok_or(RequestError::NoToken)?;
        let line = format!("Bearer {}", token.access_token.reveal());
        let mut bearer = HeaderValue::try_from(line).map_err(|_| RequestError::NoToken)?;
        bearer.set_sensitive(true);
        let (mut parts, body) = request.into_parts();
        parts.headers.remove(PROXY_AUTHORIZATION);
        parts.headers.insert(AUTHORIZATION, bearer);
        let mut address = Url::parse(&parts.uri.to_string()).map_err(|_| RequestError::NotListed)?;
        let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
        for _ in 0..REDIRECTS_MAX {
            if !self.origins.contains(&address.origin().ascii_serialization()) {
                return Err(RequestError::NotListed);
            }
            parts.uri = address.as_str().parse().map_err(|_| RequestError::NotListed)?;
            let answer = self.fetch.fetch(Request::from_parts(parts.clone(), body.clone())).await?;
            match next(&address, &answer) {
                Some(next) if is_read => address = next,
                _ => return Ok(answer),
            }
        }
        Err(FetchError::new("a service redirects without end").into())
    }
}

/// Where an answer leads within the same origin.
fn next(address: &Url, answer: &Response<Bytes>) -> Option<Url> {
    if !answer.status().is_redirection() {
        return None;
    }
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    let next = address.join(location).ok()?;
    (next.origin() == address.origin()).then_some(next)
}

fn origin_alone(text: &str) -> Result<String, RequestError> {
    let bad = || RequestError::NotAnOrigin(text.to_owned());
    let url = Url::parse(text).map_err(|_| bad())?;
    let is_alone = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if is_alone && is_private_enough(text) { Ok(url.origin().ascii_serialization()) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::scope::ScopeSet;
    use crate::soon::Waiting;
    use crate::user::TokenSet;

    /// Redirects to `to` once, and notes the addresses that got the token.
    #[derive(Clone)]
    struct Redirects {
        to: &'static str,
        seen: Arc<Mutex<Vec<String>>>,
    }

    impl Fetch for Redirects {
        fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
            assert_eq!(request.headers()[AUTHORIZATION], "Bearer t-1");
            self.seen.lock().unwrap().push(request.uri().to_string());
            let answer = Response::builder().status(if request.uri().path() == "/end" { 200 } else { 302 });
            let answer = answer.header(LOCATION, self.to).body(Bytes::new()).unwrap();
            Box::pin(async move { Ok(answer) })
        }
    }

    fn user() -> UserInfo {
        let token = Some(TokenSet::bearer("t-1", ScopeSet::EMPTY));
        UserInfo { token, ..UserInfo::new("local", "ada") }
    }

    async fn call(
        to: &'static str,
        request: http::request::Builder,
    ) -> (Result<u16, RequestError>, Vec<String>) {
        let service = Redirects { to, seen: Arc::default() };
        let requestor = Requestor::to(["https://api.example"]).unwrap().fetch(service.clone());
        let answer = requestor.call(&user(), request.body(Bytes::new()).unwrap()).await;
        let seen = service.seen.lock().unwrap().clone();
        (answer.map(|answer| answer.status().as_u16()), seen)
    }

    #[tokio::test]
    async fn a_token_goes_only_to_services_that_were_named() {
        for foreign in [
            "https://evil.example/",
            "https://api.example.evil.example/",
            "https://api.example:444/",
            "http://api.example/",
        ] {
            let (answer, seen) = call("/", Request::get(foreign)).await;
            assert_eq!((answer, seen.len()), (Err(RequestError::NotListed), 0), "{foreign}");
        }
        let request = Request::get("https://api.example/end").header(AUTHORIZATION, "Basic other");
        assert_eq!(call("/", request).await.0, Ok(200));
    }

    #[tokio::test]
    async fn a_redirect_is_followed_within_a_service_and_never_out_of_it() {
        let (answer, seen) = call("/end", Request::get("https://api.example/a")).await;
        assert_eq!((answer, seen.len()), (Ok(200), 2));

        for foreign in
            ["https://evil.example/", "//evil.example/", "http://api.example/", "https://api.example:1/"]
        {
            let (answer, seen) = call(foreign, Request::get("https://api.example/a")).await;
            assert_eq!((answer, seen.len()), (Ok(302), 1), "{foreign}");
        }
        let (answer, seen) = call("/end", Request::post("https://api.example/a")).await;
        assert_eq!((answer, seen.len()), (Ok(302), 1), "what changes something is not sent again");
        let (answer, _) = call("/a", Request::get("https://api.example/a")).await;
        assert!(matches!(answer, Err(RequestError::NoAnswer(_))), "a circle ends");
    }

    #[tokio::test]
    async fn without_a_token_there_is_no_call() {
        let requestor = Requestor::to(["https://api.example"]).unwrap();
        let request = Request::get("https://api.example/").body(Bytes::new()).unwrap();

        let refused = requestor.call(&UserInfo::new("local", "ada"), request).await.unwrap_err();

        assert_eq!(refused, RequestError::NoToken);
    }

    #[test]
    fn a_service_is_an_origin_and_nothing_else() {
        for bad in
            ["http://api.example", "https://api.example/path", "https://a@api.example", "api.example", ""]
        {
            assert!(Requestor::to([bad]).is_err(), "{bad}");
        }
        assert!(Requestor::to(["https://api.example", "http://127.0.0.1:8080"]).is_ok());
    }
}
