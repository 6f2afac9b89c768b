//! Visits of browsers: to the desk where people log in and out, and back to what they wanted.

use bytes::Bytes;
use http::header::LOCATION;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body::Body;
use tower_service::Service;

use crate::answer::{problem, unread};
use crate::body::{self, FORM_MAX, GuardBody};
use crate::decide::Decision;
use crate::flow::GuardName;
use crate::gate::{Fate, Guards};
use crate::layer::{After, AfterLogin};
use crate::login::{DeskRoute, Handled, LoginDesk};
use crate::look::Looked;

/// Does what is left to do before a request goes on: begins a login, or writes a session.
pub(crate) async fn settle<B: Body<Data = Bytes>>(
    guards: &Guards,
    mut looked: Looked,
    parts: &Parts,
    body: GuardBody<B>,
) -> Result<(Looked, GuardBody<B>), Response<Bytes>> {
    let Some(desk) = &guards.inner().desk else { return Ok((looked, body)) };
    match looked.checked.fate {
        Fate::Refuse(Decision::Redirect { .. }) => {
            let to = logins(&looked);
            tracing::debug!(method = %parts.method, path = parts.uri.path(), "Sent to log in: {}", looked.checked);
            Err(begin(desk, &to, parts, body).await)
        }
        Fate::Admit(Some(_)) => {
            let entries = guards.to_remember(&looked);
            if let Err(fault) = guards.remember(desk, &mut looked, entries).await {
                // The credentials are good: the request is served, and the next one has to bring them again.
                tracing::warn!(%fault, "Cannot keep a session");
            }
            Ok((looked, body))
        }
        _ => Ok((looked, body)),
    }
}

/// The guards that can log the caller in.
fn logins(looked: &Looked) -> Vec<GuardName> {
    let asks = looked.checked.rule.as_ref().and_then(|rule| rule.asks.as_ref());
    match (&looked.checked.fate, asks) {
        (Fate::Refuse(Decision::Redirect { to }), Some(asks)) => {
            to.iter().filter_map(|index| asks.plan.guards().get(index).cloned()).collect()
        }
        _ => Vec::new(),
    }
}

async fn begin<B: Body<Data = Bytes>>(
    desk: &LoginDesk,
    to: &[GuardName],
    parts: &Parts,
    body: GuardBody<B>,
) -> Response<Bytes> {
    // A body that is too large to keep does not stop the login; the request is just not repeated after it.
    let kept = match desk.replayable_body(to) {
        0 => None,
        max => body::read(body, max).await.ok(),
    };
    desk.start(to, parts, kept).await
}

/// A request to one of the desk's own paths.
pub(crate) async fn at_desk<S, B, R>(
    (guards, after_login): (Guards, AfterLogin),
    inner: S,
    route: DeskRoute,
    parts: Parts,
    body: B,
) -> Result<Response<GuardBody<R>>, S::Error>
where
    S: Service<Request<GuardBody<B>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
{
    let Some(desk) = &guards.inner().desk else {
        return Ok(problem(StatusCode::NOT_FOUND, "There is nothing here.").map(GuardBody::bytes));
    };
    let form = match body::read(body, FORM_MAX).await {
        Ok(form) => form,
        Err(fault) => return Ok(unread(fault).map(GuardBody::bytes)),
    };
    match desk.answer(route, parts, form).await {
        Handled::Answer(answer) => Ok(answer.map(GuardBody::bytes)),
        Handled::Replay { request, cookies } => {
            let mut answer = match after_login {
                AfterLogin::Inside => replay(&guards, inner, request).await?,
                AfterLogin::Anew => see(request.uri()).map(GuardBody::bytes),
            };
            After::with_cookies(cookies).write(&mut answer);
            no_trace(&mut answer);
            Ok(answer)
        }
    }
}

/// Sends the browser to `wanted`, on this host.
fn see(wanted: &Uri) -> Response<Bytes> {
    let target = wanted.path_and_query().map_or("/", PathAndQuery::as_str);
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    // What was the target of a request can be that of another one.
    answer.headers_mut().extend(HeaderValue::try_from(target).map(|target| (LOCATION, target)));
    answer
}

/// Runs the request that had led to the login, as if the browser had sent it again.
async fn replay<S, B, R>(
    guards: &Guards,
    mut inner: S,
    request: Request<Bytes>,
) -> Result<Response<GuardBody<R>>, S::Error>
where
    S: Service<Request<GuardBody<B>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
{
    let (mut parts, bytes) = request.into_parts();
    let rule = match guards.rule_of(&parts) {
        Ok(rule) => rule,
        Err(answer) => return Ok(answer.map(GuardBody::bytes)),
    };
    let after = match rule {
        Some(rule) => {
            let form = body::is_form(&parts.method, &parts.headers).then_some(&bytes);
            let mut looked = guards.look(rule, &parts, form).wait().await;
            match guards.finish(&mut looked, &mut parts) {
                Ok(after) => after,
                Err(answer) => return Ok(answer.map(GuardBody::bytes)),
            }
        }
        // Routes with rules of their own look again by themselves.
        None => After::default(),
    };
    let mut answer =
        inner.call(Request::from_parts(parts, GuardBody::bytes(bytes))).await?.map(GuardBody::through);
    after.write(&mut answer);
    Ok(answer)
}

/// The address bar still shows the code and state of the login: neither a cache nor a link may carry them on.
fn no_trace<B>(answer: &mut Response<B>) {
    let headers = answer.headers_mut();
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(http::header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}
