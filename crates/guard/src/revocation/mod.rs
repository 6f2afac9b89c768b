//! News of what has ended: heard from the issuer while it happens, so that a token is refused as soon as its session has
//! ended, without a question per request.
//!
//! Does not decide about requests: [`Jwt`](crate::guards::Jwt) asks [`RevocationWatch`] about each token.
//!
//! Invariant: news are believed for their signature, not for the way they came; what was heard is never unheard; and when
//! the last sign of life is too old, this is said and never taken for silence.

mod book;
mod events;
mod follow;
mod news;
mod progress;
mod record;
mod source;

pub use news::{NewsBuilder, RevocationNews, RevocationWatch, WhenStale};
pub use source::{NewsBody, NewsSource};
