//! Connections for gRPC: taken, bounded, and given a handshake that nobody else waits for.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::transport::server::Connected;

use crate::tls::Tls;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to rest when the machine has no more file handles to give.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// Connections whose handshake is done and which nobody has taken yet.
const WAITING: usize = 16;

/// The connections that come to `listener`, `most` of them open at the same time.
pub(super) fn connections(
    listener: TcpListener,
    tls: Option<Tls>,
    most: usize,
) -> impl Stream<Item = io::Result<Connection>> {
    let (ready, taken) = mpsc::channel(WAITING);
    tokio::spawn(accept(listener, tls, Arc::new(Semaphore::new(most)), ready));
    stream::unfold(taken, |mut taken| async { Some((Ok(taken.recv().await?), taken)) })
}

async fn accept(
    listener: TcpListener,
    tls: Option<Tls>,
    room: Arc<Semaphore>,
    ready: mpsc::Sender<Connection>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = async { (Arc::clone(&room).acquire_owned().await, listener.accept().await) } => accepted,
            () = ready.closed() => return,
        };
        let (Ok(permit), Ok((stream, peer))) = accepted else {
            tokio::time::sleep(EXHAUSTED).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (tls, ready) = (tls.clone(), ready.clone());
        tokio::spawn(async move {
            let Some(tls) = tls else {
                let _ = ready.send(Connection { io: Box::new(stream), peer, _permit: permit }).await;
                return;
            };
            match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let _ = ready.send(Connection { io: Box::new(stream), peer, _permit: permit }).await;
                }
                Ok(Err(fault)) => tracing::debug!(%fault, "A TLS handshake failed"),
                Err(_elapsed) => tracing::debug!("A TLS handshake took too long"),
            }
        });
    }
}

/// Bytes to and from somebody, whatever they travel in.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl Io for TcpStream {}
impl Io for tokio_rustls::server::TlsStream<TcpStream> {}

/// An open connection; it holds its place.
pub(super) struct Connection {
    io: Box<dyn Io>,
    peer: SocketAddr,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = SocketAddr;

    fn connect_info(&self) -> SocketAddr {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
