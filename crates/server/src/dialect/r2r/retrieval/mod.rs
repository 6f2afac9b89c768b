//! Search, and answers from what was found.

mod answer;
mod ask;
mod shape;
mod stream;

pub(super) use answer::answer;
pub(super) use ask::search;
