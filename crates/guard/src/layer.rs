//! The tower layer: every request passes here before it reaches a handler.
//!
//! Where every guard answers at once, so does the layer, and nothing is put on the heap. Bodies pass through unread, but for
//! forms that a guard of the flow looks into.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::unread;
use crate::body::{self, GuardBody};
use crate::decide::Decision;
use crate::gate::{Checked, Fate, Guards};
use crate::grpc;
use crate::look::{Cookies, Looked};
use crate::path::Found;
use crate::rule::Rule;
use crate::scope::ScopeSet;
use crate::soon::Soon;

/// Holds requests against rules; made by [`Guards::layer`] and [`Guards::require`].
#[derive(Debug, Clone)]
pub struct GuardLayer {
    guards: Guards,
    which: Which,
    after_login: AfterLogin,
}

/// How a request that had led to a login is answered after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterLogin {
    /// By the service inside, at once.
    Inside,
    /// By the service inside, after the browser was sent to it again: what is inside may not serve every path.
    Anew,
}

/// Which rule a request falls under.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    /// That of its path.
    ByPath,
    /// This one.
    Route(Arc<Rule>),
}

impl GuardLayer {
    pub(crate) const fn new(guards: Guards, which: Which) -> Self {
        Self { guards, which, after_login: AfterLogin::Anew }
    }

    /// The service that this layer is put around serves every path, so that after a login the request that had led to it can
    /// be answered without sending the browser there again. [`Guards::around`] does this; `Router::layer` of axum puts layers
    /// around each route apart.
    #[must_use]
    pub const fn around_everything(mut self) -> Self {
        self.after_login = AfterLogin::Inside;
        self
    }

    /// The callers of these routes must have been granted all of `scopes`. Does nothing to [`Guards::layer`], whose rules
    /// have scopes of their own.
    #[must_use]
    pub fn scopes(mut self, scopes: impl Into<ScopeSet>) -> Self {
        let scopes = scopes.into();
        self.change(|rule| rule.with_scopes(&scopes));
        self
    }

    /// Lets in those who bring no credentials, as nobody. Wrong credentials are still refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.change(Rule::optional);
        self
    }

    fn change(&mut self, change: impl FnOnce(&Rule) -> Rule) {
        if let Which::Route(rule) = &mut self.which {
            *rule = Arc::new(change(rule));
        }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded {
            inner,
            guards: self.guards.clone(),
            which: self.which.clone(),
            after_login: self.after_login,
        }
    }
}

/// A service behind guards.
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    inner: S,
    guards: Guards,
    which: Which,
    after_login: AfterLogin,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<GuardBody<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: 'static,
    B: Body<Data = Bytes> + Send + 'static,
    R: 'static,
{
    type Response = Response<GuardBody<R>>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        #[cfg(feature = "session")]
        if let Some(route) = self.desk_route(&parts) {
            let desk = (self.guards.clone(), self.after_login);
            let visit = crate::visit::at_desk(desk, self.take_ready(), route, parts, body);
            return GuardFuture::slow(visit);
        }
        let rule = match self.rule(&parts) {
            Ok(Some(rule)) => rule,
            Ok(None) => return self.pass(parts, body, After::default()),
            Err(answer) => return GuardFuture::refused(*answer),
        };
        let reads_form = rule.asks.as_ref().is_some_and(|asks| asks.reads_form);
        let mut begun = if reads_form && body::is_form(&parts.method, &parts.headers) {
            Begun::Form(rule)
        } else {
            Begun::Looked(self.guards.look(rule, &parts, None))
        };
        match &mut begun {
            Begun::Looked(Soon::Now(looked)) if !self.guards.has_more_to_do(looked) => {
                match self.guards.finish(looked, &mut parts) {
                    Ok(after) => self.pass(parts, body, after),
                    Err(answer) => GuardFuture::refused(*answer),
                }
            }
            _ => GuardFuture::slow(slowly(self.guards.clone(), self.take_ready(), begun, parts, body)),
        }
    }
}

impl<S> Guarded<S> {
    /// The rule of a request; `None` if it may pass without one.
    fn rule(&self, parts: &Parts) -> Result<Option<Arc<Rule>>, Box<Response<Bytes>>> {
        match &self.which {
            Which::Route(rule) => Ok(Some(rule.clone())),
            Which::ByPath => self.guards.rule_of(parts),
        }
    }

    #[cfg(feature = "session")]
    fn desk_route(&self, parts: &Parts) -> Option<crate::login::DeskRoute> {
        match self.which {
            Which::ByPath => self.guards.inner().desk.as_ref()?.handles(&parts.method, parts.uri.path()),
            Which::Route(_) => None,
        }
    }

    fn pass<B, R, E>(&mut self, parts: Parts, body: B, after: After) -> GuardFuture<S::Future, R, E>
    where
        S: Service<Request<GuardBody<B>>>,
    {
        let request = Request::from_parts(parts, GuardBody::through(body));
        GuardFuture::passed(self.inner.call(request), after)
    }

    /// The service that was made ready; another one takes its place.
    fn take_ready(&mut self) -> S
    where
        S: Clone,
    {
        let fresh = self.inner.clone();
        std::mem::replace(&mut self.inner, fresh)
    }
}

/// What is still to be written into the answer of a handler.
#[derive(Debug, Default)]
pub(crate) struct After {
    pub(crate) cookies: Cookies,
    is_private: bool,
}

impl After {
    #[cfg(feature = "session")]
    pub(crate) fn with_cookies(cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        Self { cookies: cookies.into_iter().collect(), is_private: false }
    }

    pub(crate) fn write<B>(self, answer: &mut Response<B>) {
        let headers = answer.headers_mut();
        for cookie in self.cookies {
            headers.append(SET_COOKIE, cookie);
        }
        if self.is_private && !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
    }
}

impl Guards {
    /// The rule for the path of a request; `None` if it may pass without one, an answer if it may not.
    pub(crate) fn rule_of(&self, parts: &Parts) -> Result<Option<Arc<Rule>>, Box<Response<Bytes>>> {
        let inner = self.inner();
        match inner.table.find(&parts.method, parts.uri.path()) {
            Found::Rule(number) => Ok(inner.rules.get(number).filter(|rule| rule.asks.is_some()).cloned()),
            Found::Nothing if !inner.denies => Ok(None),
            found => {
                let checked = Checked::without_rule(self, found);
                tracing::debug!(method = %parts.method, path = parts.uri.path(), "Refused: {checked}");
                Err(Box::new(grpc::fitted(self.refusal(&checked).unwrap_or_default(), parts)))
            }
        }
    }

    /// Whether an answer takes more than what is known.
    fn has_more_to_do(&self, looked: &Looked) -> bool {
        match &looked.checked.fate {
            Fate::Refuse(Decision::Redirect { .. }) => true,
            #[cfg(feature = "session")]
            Fate::Admit(Some(_)) if self.inner().desk.is_some() => !self.to_remember(looked).is_empty(),
            _ => false,
        }
    }

    /// Lets the request in, with its user, or answers it.
    pub(crate) fn finish(
        &self,
        looked: &mut Looked,
        parts: &mut Parts,
    ) -> Result<After, Box<Response<Bytes>>> {
        let cookies = std::mem::take(&mut looked.cookies);
        if let Some(answer) = self.refusal(&looked.checked) {
            let mut answer = grpc::fitted(answer, parts);
            let checked = &looked.checked;
            tracing::debug!(method = %parts.method, path = parts.uri.path(), "Refused: {checked}");
            After { cookies, is_private: false }.write(&mut answer);
            return Err(Box::new(answer));
        }
        let user = match &mut looked.checked.fate {
            Fate::Admit(user) => user.take(),
            _ => None,
        };
        let is_private = user.as_ref().is_some_and(crate::User::is_private);
        // Whatever a layer outside has found out, this layer's word counts for what is inside.
        match user {
            Some(user) => drop(parts.extensions.insert(user)),
            None => drop(parts.extensions.remove::<crate::User>()),
        }
        Ok(After { cookies, is_private })
    }
}

/// How far a request has come when there is something to wait for.
#[expect(clippy::large_enum_variant, reason = "a box would be on the heap for every request")]
enum Begun {
    /// The body has to be read before it can be held against this rule.
    Form(Arc<Rule>),
    /// It was looked at.
    Looked(Soon<Looked>),
}

/// A visit that takes more than a look: a form is read, a guard waited for, a session written, a login begun.
async fn slowly<S, B, R>(
    guards: Guards,
    mut inner: S,
    begun: Begun,
    mut parts: Parts,
    body: B,
) -> Result<Response<GuardBody<R>>, S::Error>
where
    S: Service<Request<GuardBody<B>>, Response = Response<R>>,
    B: Body<Data = Bytes>,
{
    let (looked, body) = match begun {
        Begun::Looked(looked) => (looked.wait().await, GuardBody::through(body)),
        Begun::Form(rule) => match body::read(body, guards.inner().form_max).await {
            Ok(form) => (guards.look(rule, &parts, Some(&form)).wait().await, GuardBody::bytes(form)),
            Err(fault) => return Ok(unread(fault).map(GuardBody::bytes)),
        },
    };
    #[cfg(feature = "session")]
    let (looked, body) = match crate::visit::settle(&guards, looked, &parts, body).await {
        Ok(settled) => settled,
        Err(answer) => return Ok(answer.map(GuardBody::bytes)),
    };
    let mut looked = looked;
    match guards.finish(&mut looked, &mut parts) {
        Err(answer) => Ok(answer.map(GuardBody::bytes)),
        Ok(after) => {
            let mut answer = inner.call(Request::from_parts(parts, body)).await?.map(GuardBody::through);
            after.write(&mut answer);
            Ok(answer)
        }
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pin_project! {
    /// The future of a guarded request.
    pub struct GuardFuture<F, R, E = Infallible> {
        #[pin]
        kind: Kind<F, R, E>,
    }
}

pin_project! {
    #[project = Projected]
    enum Kind<F, R, E> {
        // On its way through the service.
        Passed { #[pin] future: F, after: After },
        // Answered by the guards.
        Refused { answer: Option<Response<Bytes>> },
        // Something has to be waited for.
        Slow { future: Boxed<Result<Response<GuardBody<R>>, E>> },
    }
}

impl<F, R, E> GuardFuture<F, R, E> {
    const fn passed(future: F, after: After) -> Self {
        Self { kind: Kind::Passed { future, after } }
    }

    const fn refused(answer: Response<Bytes>) -> Self {
        Self { kind: Kind::Refused { answer: Some(answer) } }
    }

    fn slow(visit: impl Future<Output = Result<Response<GuardBody<R>>, E>> + Send + 'static) -> Self {
        Self { kind: Kind::Slow { future: Box::pin(visit) } }
    }
}

impl<F, R, E> std::fmt::Debug for GuardFuture<F, R, E> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("GuardFuture")
    }
}

impl<F, R, E> Future for GuardFuture<F, R, E>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<GuardBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            Projected::Passed { future, after } => {
                let mut answer = ready!(future.poll(context))?.map(GuardBody::through);
                std::mem::take(after).write(&mut answer);
                Poll::Ready(Ok(answer))
            }
            Projected::Refused { answer } => {
                Poll::Ready(Ok(answer.take().unwrap_or_default().map(GuardBody::bytes)))
            }
            Projected::Slow { future } => future.as_mut().poll(context),
        }
    }
}
