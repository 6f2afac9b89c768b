//! Connections for gRPC: taken, bounded, given a handshake that nobody else waits for, and spoken to in HTTP/2.
//!
//! Does not know what is called: see [`mod@super::calls`]. Invariant: when the server stops, no connection is cut off that still has a
//! call under way; those of listeners end with the news.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::calls::Calls;
use super::together::Together;
use crate::tls::Tls;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to rest when the machine has no more file handles to give.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// Calls that one connection has under way at most.
const STREAMS: u32 = 128;
/// The largest head of a call: a secret and a few lines.
const HEAD_MAX: u32 = 16 * 1024;
/// How often whoever is connected is asked whether they still are.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Speaks to whoever connects.
pub(super) struct Speaker {
    pub(super) calls: Calls,
    pub(super) tls: Option<Tls>,
    pub(super) stopped: watch::Receiver<bool>,
}

/// Takes connections from `listener`, `most` of them at the same time, until the speaker is stopped; finishes what is under way then.
pub(super) async fn serve(listener: TcpListener, speaker: Speaker, most: usize) {
    let (speaker, room) = (Arc::new(speaker), Arc::new(Semaphore::new(most)));
    let mut stopped = speaker.stopped.clone();
    loop {
        let accepted = tokio::select! {
            accepted = async { (Arc::clone(&room).acquire_owned().await, listener.accept().await) } => accepted,
            () = stopped.wait_for(|stopped| *stopped).map(drop) => break,
        };
        let (Ok(place), Ok((stream, peer))) = accepted else {
            tokio::time::sleep(EXHAUSTED).await;
            continue;
        };
        let speaker = Arc::clone(&speaker);
        tokio::spawn(async move {
            speaker.connection(stream, peer).await;
            drop(place);
        });
    }
    drop(listener);
    // Every connection holds a place: when all are back, all have ended.
    let _ = room.acquire_many(u32::try_from(most).unwrap_or(u32::MAX)).await;
}

impl Speaker {
    async fn connection(&self, stream: TcpStream, peer: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return self.speak(stream, peer).await };
        match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream, peer).await,
            Ok(Err(fault)) => tracing::debug!(%fault, "A TLS handshake failed"),
            Err(_elapsed) => tracing::debug!("A TLS handshake took too long"),
        }
    }

    async fn speak(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr) {
        let answer = service_fn(|call: http::Request<Incoming>| {
            let calls = self.calls.clone();
            async move { Ok::<_, Infallible>(calls.answer(call, peer).await) }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD_MAX)
            .keep_alive_interval(KEEP_ALIVE)
            .auto_date_header(false);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(Together::new(stream)), answer));
        let mut stopped = self.stopped.clone();
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stopped.wait_for(|stopped| *stopped).map(drop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(fault) = ended {
            tracing::debug!(%fault, "A gRPC connection has broken off");
        }
    }
}
