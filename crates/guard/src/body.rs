//! Bodies on their way through the layer: as they came, or as bytes that were read or written here.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Method, header};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

/// The most bytes of a form that are read unless told otherwise.
pub(crate) const FORM_MAX: usize = 64 * 1024;

pin_project! {
    /// A body that passes through unchanged, or bytes that were read or written by the guards.
    #[derive(Debug)]
    pub struct GuardBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = Projected]
    #[derive(Debug)]
    enum Kind<B> {
        Through { #[pin] body: B },
        Bytes { bytes: Option<Bytes> },
    }
}

impl<B> GuardBody<B> {
    pub(crate) const fn through(body: B) -> Self {
        Self { kind: Kind::Through { body } }
    }

    pub(crate) fn bytes(bytes: Bytes) -> Self {
        Self { kind: Kind::Bytes { bytes: (!bytes.is_empty()).then_some(bytes) } }
    }

    /// The body as it came.
    ///
    /// # Errors
    /// The bytes, where the guards have read or written it.
    pub fn into_inner(self) -> Result<B, Bytes> {
        match self.kind {
            Kind::Through { body } => Ok(body),
            Kind::Bytes { bytes } => Err(bytes.unwrap_or_default()),
        }
    }
}

impl<B: Body<Data = Bytes>> Body for GuardBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            Projected::Through { body } => body.poll_frame(context),
            Projected::Bytes { bytes } => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Through { body } => body.is_end_stream(),
            Kind::Bytes { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Through { body } => body.size_hint(),
            Kind::Bytes { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
        }
    }
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has more bytes than may be read.
    TooLarge,
    /// It broke off.
    Broken,
}

/// All of `body`, if that is no more than `max` bytes.
pub(crate) async fn read<B: Body>(body: B, max: usize) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > max as u64 {
        return Err(Unread::TooLarge);
    }
    let mut body = std::pin::pin!(body);
    let mut gathered = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(mut data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if gathered.len() + data.remaining() > max {
            return Err(Unread::TooLarge);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            gathered.extend_from_slice(chunk);
            let count = chunk.len();
            data.advance(count);
        }
    }
    Ok(gathered.into())
}

/// Whether a request has a form in its body (RFC 6750 §2.2: never with a method for which a body means nothing).
pub(crate) fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
        && headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let body = || Full::new(Bytes::from_static(b"abcde"));

        assert_eq!(read(body(), 5).await, Ok(Bytes::from_static(b"abcde")));
        assert_eq!(read(body(), 4).await, Err(Unread::TooLarge));
    }

    #[test]
    fn a_form_is_told_by_method_and_type() {
        let kind = |text: &'static str| HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]);
        let form = kind("Application/X-WWW-Form-Urlencoded; charset=UTF-8");

        assert!(is_form(&Method::POST, &form));
        assert!(!is_form(&Method::GET, &form));
        assert!(!is_form(&Method::POST, &kind("application/json")));
        assert!(!is_form(&Method::POST, &HeaderMap::new()));
    }
}
