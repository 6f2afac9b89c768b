//! Connections: taken, bounded, spoken to in HTTP/1.1 and HTTP/2 with or without TLS, and let go without breaking a request.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt;
use http::Request;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::config::Listen;
use crate::head_timer::HeadTimer;
use crate::http::edge::Edge;
use crate::tls::Tls;

/// Streams that one HTTP/2 connection has open at most.
const STREAMS: u32 = 128;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to rest when the machine has no more file handles to give.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// Takes connections from `listener` until `stop`, then finishes what is under way, for as long as the settings allow.
pub async fn serve(
    listener: TcpListener,
    edge: Edge,
    settings: &Listen,
    tls: Option<Tls>,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(false);
    let patience = settings.head_timeout.into();
    let server = Arc::new(Server { builder: builder(settings), patience, edge, tls, stopped });
    let room = Arc::new(Semaphore::new(settings.max_connections));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = &mut stop => break,
        };
        if let Some((stream, peer, permit)) = accepted {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                server.connection(stream, peer).await;
                drop(permit);
            });
        }
    }
    drop(listener);
    stopping.send_replace(true);
    // Every connection holds a place: when all are back, all have ended.
    let all = u32::try_from(settings.max_connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(settings.drain.into(), room.acquire_many(all)).await.is_err() {
        tracing::warn!("Some requests did not finish in time and were cut off");
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(fault) => {
            tracing::debug!(%fault, "Could not take a connection");
            tokio::time::sleep(EXHAUSTED).await;
            None
        }
    }
}

fn builder(settings: &Listen) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .header_read_timeout(Duration::from(settings.head_timeout))
        .max_buf_size(settings.max_head);
    let max_head = u32::try_from(settings.max_head).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(max_head)
        .keep_alive_interval(Duration::from(settings.head_timeout));
    builder
}

struct Server {
    builder: Builder<TokioExecutor>,
    /// How long a connection may be silent before its first request.
    patience: Duration,
    edge: Edge,
    tls: Option<Tls>,
    stopped: watch::Receiver<bool>,
}

impl Server {
    async fn connection(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(tls) = &self.tls else { return self.speak(stream, peer).await };
        match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream, peer).await,
            Ok(Err(fault)) => tracing::debug!(%fault, "A TLS handshake failed"),
            Err(_elapsed) => tracing::debug!("A TLS handshake took too long"),
        }
    }

    async fn speak(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr) {
        let has_spoken = AtomicBool::new(false);
        let answer = service_fn(|request: Request<Incoming>| {
            has_spoken.store(true, Ordering::Relaxed);
            let edge = self.edge.clone();
            async move { Ok::<_, Infallible>(edge.answer(peer, request.map(body)).await) }
        });
        let mut builder = self.builder.clone();
        builder.http1().timer(HeadTimer::default());
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
        let mut stopped = self.stopped.clone();
        let first = tokio::time::timeout(self.patience, until_spoken(connection.as_mut(), &has_spoken));
        let ended = tokio::select! {
            first = first => match first {
                Ok(ended) => ended,
                Err(_elapsed) => return tracing::debug!("A connection stayed silent"),
            },
            _ = stopped.wait_for(|stopped| *stopped) => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => tokio::select! {
                ended = &mut connection => ended,
                () = stopped.wait_for(|stopped| *stopped).map(drop) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            },
        };
        if let Err(fault) = ended {
            tracing::debug!(%fault, "A connection broke");
        }
    }
}

/// Most requests have no body, and nothing is nothing: only what will come has to be kept on the heap.
fn body(incoming: Incoming) -> Body {
    if incoming.is_end_stream() { Body::empty() } else { Body::new(incoming) }
}

/// Drives `connection` until its first request has come, or it has ended; then this is how.
///
/// hyper is patient for ever with a connection whose version of HTTP it cannot tell yet; here somebody can look at the clock.
async fn until_spoken<C: Future>(mut connection: Pin<&mut C>, has_spoken: &AtomicBool) -> Option<C::Output> {
    poll_fn(|context| match connection.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if has_spoken.load(Ordering::Relaxed) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
