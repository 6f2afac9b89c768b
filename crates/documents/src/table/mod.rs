//! The tables, whatever engine keeps them: the statements of each in the file of its name.
//!
//! | to find | look in |
//! |---|---|
//! | who may read or change what | `visible.rs` |
//! | how the port is joined to the statements | `shelf.rs` |
//! | how filters become conditions | `filter.rs` |
//! | how documents are read in, one reader at a time | `work.rs` |
//!
//! Invariant: every statement that reads documents holds the condition of who may read them.

mod chunk;
mod collection;
mod document;
mod filter;
mod member;
mod owner;
mod search;
mod shelf;
mod title;
mod vector;
mod visible;
mod work;

pub(crate) use chunk::put_in as index_chunks;
pub(crate) use filter::Condition;
pub(crate) use search::{BEGIN, END, FOUND_MAX, FULL, Found, Index, Question, list, marked, weight};
pub(crate) use shelf::Kept;
pub(crate) use title::put_in as index_title;
pub(crate) use visible::READABLE;
