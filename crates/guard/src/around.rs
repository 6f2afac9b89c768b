//! A whole axum application behind guards, without a box for each body on the way.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::Response;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::body::GuardBody;
use crate::gate::Guards;
use crate::layer::{GuardFuture, Guarded};

impl Guards {
    /// `app` behind these guards: what [`layer`](Self::layer) around all of an axum `Router` does, at half the cost, and for
    /// its fallback too.
    ///
    /// ```no_run
    /// use axum::{Router, ServiceExt, extract::Request};
    /// # async fn serve(guards: doorward_guard::Guards, router: Router, listener: tokio::net::TcpListener) {
    /// let app = guards.around(router);
    /// axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await;
    /// # }
    /// ```
    pub fn around<S>(&self, app: S) -> Around<S> {
        Around { guarded: self.layer().around_everything().layer(Opened { app }) }
    }
}

/// An axum application behind guards; see [`Guards::around`].
#[derive(Debug, Clone)]
pub struct Around<S> {
    guarded: Guarded<Opened<S>>,
}

/// Takes bodies out of the wrapping that the layer has put around them.
#[derive(Debug, Clone)]
pub struct Opened<S> {
    app: S,
}

fn opened(body: GuardBody<Body>) -> Body {
    body.into_inner().unwrap_or_else(Body::from)
}

impl<S: Service<Request>> Service<http::Request<GuardBody<Body>>> for Opened<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.app.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<GuardBody<Body>>) -> S::Future {
        self.app.call(request.map(opened))
    }
}

impl<S> Service<Request> for Around<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = AroundFuture<S::Future, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.guarded.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        AroundFuture { guarded: self.guarded.call(request) }
    }
}

pin_project! {
    /// The future of a request to [`Around`].
    #[derive(Debug)]
    pub struct AroundFuture<F, E> {
        #[pin]
        guarded: GuardFuture<F, Body, E>,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for AroundFuture<F, E> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(self.project().guarded.poll(context)).map(|answer| answer.map(opened)))
    }
}
