//! Which method a call is for, who may make it, and how long it may take.
//!
//! Methods are called as they are, without a router and layers between: a question about a token costs less than those.
//!
//! Invariant: whatever is not health has shown the secret before anything of it is read.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use doorward_proto::refresh::refresh_service_server::RefreshServiceServer;
use doorward_proto::v1::introspection_service_server::IntrospectionServiceServer;
use doorward_proto::v1::revocation_service_server::RevocationServiceServer;
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::HealthService;

use super::credential::Credential;
use super::introspection::Introspection;
use super::refresh::Refresh;
use super::revocations::Revocations;

/// The longest a call may ask to be let live, in digits (the specification of gRPC over HTTP/2).
const DIGITS_MAX: usize = 8;

type Health = HealthServer<HealthService>;

/// All that can be called; cheap to clone.
#[derive(Clone)]
pub(super) struct Calls(Arc<Shared>);

pub(super) struct Shared {
    pub(super) credential: Credential,
    /// How long a call may take.
    pub(super) deadline: Duration,
    pub(super) health: Health,
    pub(super) refresh: RefreshServiceServer<Refresh>,
    pub(super) introspection: IntrospectionServiceServer<Introspection>,
    pub(super) revocations: RevocationServiceServer<Revocations>,
}

impl From<Shared> for Calls {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Calls {
    /// Answers one call that came from `peer`.
    pub(super) async fn answer(self, mut call: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let service = call.uri().path().get(1..).and_then(|path| path.split_once('/')).map(|(name, _)| name);
        let is_health = service == Some(<Health as NamedService>::NAME);
        if !is_health && !self.0.credential.is_shown(call.headers()) {
            return Credential::refusal().into_http();
        }
        call.extensions_mut().insert(peer);
        let most = asked_for(call.headers()).map_or(self.0.deadline, |asked| asked.min(self.0.deadline));
        in_time(self.dispatch(call), most).await
    }

    async fn dispatch(&self, call: Request<Incoming>) -> Response<Body> {
        let shared = &*self.0;
        let path = call.uri().path();
        let is_of = |name: &str| {
            path.get(1..).and_then(|path| path.strip_prefix(name)).is_some_and(|rest| rest.starts_with('/'))
        };
        let answered = if is_of(<RefreshServiceServer<Refresh> as NamedService>::NAME) {
            shared.refresh.clone().call(call).await
        } else if is_of(<IntrospectionServiceServer<Introspection> as NamedService>::NAME) {
            shared.introspection.clone().call(call).await
        } else if is_of(<RevocationServiceServer<Revocations> as NamedService>::NAME) {
            shared.revocations.clone().call(call).await
        } else if is_of(<Health as NamedService>::NAME) {
            shared.health.clone().call(call).await
        } else {
            Ok(Status::unimplemented("There is no such service.").into_http())
        };
        match answered {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}

/// What `answer` comes to, if that is soon enough. Most answers are there at once, and an answer that is there needs no timer.
async fn in_time(answer: impl Future<Output = Response<Body>>, most: Duration) -> Response<Body> {
    let mut answer = pin!(answer);
    let at_once = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
    match at_once {
        Poll::Ready(answered) => answered,
        Poll::Pending => match tokio::time::timeout(most, answer).await {
            Ok(answered) => answered,
            Err(_elapsed) => Status::deadline_exceeded("The call took too long.").into_http(),
        },
    }
}

/// How long the caller waits (`grpc-timeout`); `None` where it does not say, or not in the form for it.
fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number =
        (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let count: u64 = digits.parse().ok().filter(|_| is_number)?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        asked_for(&HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), text.parse().unwrap())]))
    }

    #[test]
    fn a_caller_says_how_long_it_waits() {
        for (text, time) in
            [("1H", 3_600_000), ("2M", 120_000), ("3S", 3_000), ("99999999m", 99_999_999), ("5000u", 5)]
        {
            assert_eq!(asked(text), Some(Duration::from_millis(time)), "{text}");
        }
        assert_eq!(asked("7n"), Some(Duration::from_nanos(7)));
        for wrong in ["", "S", "1", "1s", "-1S", "+1S", "123456789S", "1.5S", "1 S"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_takes_too_long_is_told_so() {
        let never = in_time(std::future::pending(), Duration::from_secs(3)).await;
        let at_once = in_time(std::future::ready(Status::ok("").into_http()), Duration::ZERO).await;

        assert_eq!(never.headers()["grpc-status"], "4");
        assert_eq!(at_once.headers()["grpc-status"], "0");
    }
}
