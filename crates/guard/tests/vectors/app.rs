//! An application behind the guards of a case: one handler that answers 200 and remembers who came.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use doorward_guard::{GuardBody, Guards, GuardsBuilder, Methods, SealKey, Sessions, User, any};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};

use crate::answer::Answer;
use crate::browser::{Jar, request};
use crate::guards;
use crate::judge::texts;
use crate::world::World;

/// The cookie value of the session that is there before the first request.
const SESSION: &str = "put-by-the-harness";

pub(crate) struct App {
    pub(crate) guards: Guards,
    pub(crate) world: World,
    pub(crate) jar: Jar,
    cookie: String,
    reached: Arc<Mutex<Option<Reached>>>,
}

/// What the handler saw.
#[derive(Clone, Default)]
pub(crate) struct Reached {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) scopes: Vec<String>,
    pub(crate) users: BTreeMap<String, Value>,
    pub(crate) body: Bytes,
}

/// The guards of a case and its rules; `methods` and `path` are where the rule of a case without `routes` is put.
pub(crate) fn builder(
    case: &Value,
    world: &World,
    (methods, path): (Methods, &str),
) -> Result<GuardsBuilder, String> {
    let mut builder = Guards::builder().clock(world.clock.clone());
    let is_remembered = case["requires"] == "session";
    for named in [&case["guards"], &case["guards2"]] {
        for (name, config) in named.as_object().into_iter().flatten() {
            builder = builder.shared_guard(&**name, guards::of(name, config, world, is_remembered)?);
        }
    }
    builder = match case["routes"].as_array() {
        Some(routes) => routes.iter().try_fold(builder, |builder, route| {
            let methods = Methods::parse(texts(&route["method"])).ok_or("a method that is none")?;
            Ok::<_, String>(ruled(builder, methods, route["path"].as_str().unwrap_or("/"), route))
        })?,
        None => ruled(builder, methods, path, case),
    };
    if case["default"] == "deny" {
        builder = builder.default_deny();
    }
    Ok(builder.sessions(Sessions::stored(world.sessions.clone(), SealKey::from_bytes([7; 32]))))
}

fn ruled(builder: GuardsBuilder, methods: Methods, path: &str, rule: &Value) -> GuardsBuilder {
    let builder = match rule["flow"].as_str() {
        Some(flow) => builder.rule(methods, path, flow),
        None => builder.public(methods, path),
    };
    let scopes = texts(&rule["scope"]);
    if scopes.is_empty() { builder } else { builder.scopes(scopes) }
}

impl App {
    /// The application of a case whose requests go anywhere.
    pub(crate) fn everywhere(case: &Value, world: &World) -> Result<Self, String> {
        Self::new(case, world, (any(), "/*"))
    }

    /// The application of a case with one request.
    pub(crate) fn for_request(case: &Value, world: &World) -> Result<Self, String> {
        let wanted = &case["request"];
        let methods = Methods::parse(texts(&wanted["method"])).ok_or("a method that is none")?;
        Self::new(case, world, (methods, wanted["path"].as_str().unwrap_or("/")))
    }

    fn new(case: &Value, world: &World, place: (Methods, &str)) -> Result<Self, String> {
        let guards = builder(case, world, place)?.build().map_err(|fault| format!("no guards: {fault}"))?;
        Self::with(guards, world, &case["session"])
    }

    /// The application behind these guards; its browser has a session with these entries.
    pub(crate) fn with(guards: Guards, world: &World, session: &Value) -> Result<Self, String> {
        let cookie = Sessions::in_memory().cookie_name().to_owned();
        let mut jar = Jar::default();
        if !session.is_null() {
            world.sessions.put(SESSION, session)?;
            jar.0.insert(cookie.clone(), SESSION.to_owned());
        }
        Ok(Self { guards, world: world.clone(), jar, cookie, reached: Arc::default() })
    }

    /// The value of the session cookie that the browser holds.
    pub(crate) fn session(&self) -> Option<&str> {
        self.session_in(&self.jar)
    }

    pub(crate) fn session_in<'j>(&self, jar: &'j Jar) -> Option<&'j str> {
        jar.0.get(&self.cookie).map(String::as_str)
    }

    /// What comes back for the request that is described; its cookies go into the jar.
    pub(crate) async fn send(&mut self, described: &Value) -> Result<Answer, String> {
        let named: Value =
            serde_json::from_str(&described.to_string().replace("$session_cookie", &self.cookie))
                .map_err(|fault| fault.to_string())?;
        let request = request(&named, &self.jar)?;
        let answer = self.call(request).await;
        self.jar.take(&answer.headers);
        Ok(answer)
    }

    /// What comes back for this request.
    pub(crate) async fn call(&self, request: Request<Full<Bytes>>) -> Answer {
        *self.reached.lock().unwrap() = None;
        let (reached, inner) = (self.reached.clone(), self.world.inner.clone());
        let handler = tower::service_fn(move |request: Request<GuardBody<Full<Bytes>>>| {
            let (reached, inner) = (reached.clone(), inner.clone());
            async move {
                let seen = seen(request).await;
                let answer = handled(&inner, &seen);
                *reached.lock().unwrap() = Some(seen);
                Ok::<_, Infallible>(answer)
            }
        });
        let Ok(response) = self.guards.layer().around_everything().layer(handler).oneshot(request).await;
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await;
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            reached: self.reached.lock().unwrap().clone(),
        }
    }
}

/// What the handler answers: as the case says, or 200 with the address it was reached under.
fn handled(inner: &Value, seen: &Reached) -> Response<Full<Bytes>> {
    let body =
        inner["body"].as_str().map_or_else(|| json!({ "handler": seen.url }).to_string(), str::to_owned);
    let status = inner["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    let headers = inner["headers"].as_object().into_iter().flatten();
    let answer = headers.fold(Response::builder().status(status), |answer, (name, value)| {
        answer.header(name, value.as_str().unwrap_or_default())
    });
    answer.body(Full::from(body)).expect("an answer that can be sent")
}

async fn seen(request: Request<GuardBody<Full<Bytes>>>) -> Reached {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await;
    let user = parts.extensions.get::<User>();
    let scopes = user.map(|user| user.scopes().iter().map(str::to_owned).collect()).unwrap_or_default();
    let users =
        user.map(|user| user.guards().map(|(name, info)| (name.to_owned(), guards::record(info))).collect());
    Reached {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: parts.headers,
        scopes,
        users: users.unwrap_or_default(),
        body: body.to_bytes(),
    }
}
