//! Bytes that go out together: answers to calls of one connection that are there at the same moment, in one write.
//!
//! HTTP/2 flushes after each answer, as the answer wakes the connection. Here a flush waits until whoever else is ready has run:
//! one turn of the scheduler, and no time where nobody is.
//!
//! Invariant: what was taken is written before a flush or a shutdown is done, in order, and no more is held than [`MOST`] and one write.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes that are held.
const MOST: usize = 64 * 1024;

/// A connection whose writes are held until a flush.
pub(super) struct Together<S> {
    io: S,
    held: BytesMut,
    /// Whether the others had their turn since something was asked to be flushed.
    has_waited: bool,
}

impl<S: AsyncWrite + Unpin> Together<S> {
    pub(super) fn new(io: S) -> Self {
        Self { io, held: BytesMut::new(), has_waited: false }
    }

    /// Writes all that is held.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(context, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held.advance(written);
        }
        self.has_waited = false;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Together<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Together<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.held.len() >= MOST {
            ready!(self.poll_drain(context))?;
        }
        self.held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.held.len() >= MOST {
            ready!(self.poll_drain(context))?;
        }
        slices.iter().for_each(|slice| self.held.extend_from_slice(slice));
        Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() && !self.has_waited {
            self.has_waited = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.poll_drain(context))?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(context))?;
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_written_comes_whole_and_in_order_also_through_a_narrow_pipe() {
        let (near, mut far) = tokio::io::duplex(7);
        let sent: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        let all = sent.clone();

        let writer = tokio::spawn(async move {
            let mut together = Together::new(near);
            for part in all.chunks(1_009) {
                together.write_all(part).await.unwrap();
                if part[0].is_multiple_of(3) {
                    together.flush().await.unwrap();
                }
            }
            together.shutdown().await.unwrap();
        });
        let mut received = Vec::new();
        far.read_to_end(&mut received).await.unwrap();

        writer.await.unwrap();
        assert!(received == sent, "{} of {}", received.len(), sent.len());
    }

    #[tokio::test]
    async fn nothing_is_on_its_way_before_a_flush_and_all_of_it_after() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut together = Together::new(near);

        together.write_all(b"one ").await.unwrap();
        together.write_all(b"two").await.unwrap();
        assert_eq!(together.held.len(), 7);
        together.flush().await.unwrap();

        let mut received = [0; 7];
        far.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"one two");
    }
}
