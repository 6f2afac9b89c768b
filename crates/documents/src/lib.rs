//! Documents of accounts: kept, shared by their owners, searched, and asked.
//!
//! A resource server like any other that lives beside Doorward: it knows callers by their account's id and keeps its data in a file
//! or schema of its own. Knows neither HTTP nor how a caller has proved who they are.
//!
//! ```text
//! let library = Library::open("documents.db".as_ref(), ports, Settings::default())?;
//! let ada = Caller { user, sees_all: false };
//!
//! let note = library.add(ada, NewDocument::new("note.md", Source::Bytes(b"# Foxes\nare red.".to_vec()))).await?;
//! library.settled(ada, note.id).await?;
//! let hits = library.search(ada, &Search::new("red fox")).await?;
//! ```
//!
//! | to find | look in |
//! |---|---|
//! | what can be done | [`Library`]: `library/` |
//! | who may read or change what | `table/visible.rs` |
//! | how files become chunks | `ingest/` |
//! | how words become a question to the index | `query.rs`, `table/search.rs`, `sqlite/index.rs`, `postgres/index.rs` |
//! | a statement | the file of its table: `table/` |
//! | how engines differ | `sqlite/`, `postgres/` |
//! | how documents are brought to another place | [`mod@copy`] |
//!
//! Invariant: every statement that reads documents holds the condition of who may read them.

#![forbid(unsafe_code)]

mod answer;
mod collection;
pub mod copy;
mod db;
mod document;
mod filter;
mod id;
mod ingest;
mod library;
pub mod model;
mod open;
mod postgres;
mod query;
mod search;
mod settings;
mod shelf;
mod sqlite;
mod table;

pub use answer::{Answer, Citation, Question};
pub use collection::{Collection, Member, NewCollection, Role};
pub use document::{
    Caller, Chunk, Content, Document, NewDocument, Overview, Page, Selection, Source, State, Unique, Update,
    Usage, Window,
};
pub use filter::{Field, Filter, Scalar, Test};
pub use id::{ChunkId, CollectionId, DocumentId};
pub use library::{Allowance, Allowances, Library, Piece, Ports};
pub use open::OpenError;
pub use postgres::SCHEMA;
pub use search::{Hit, Language, Mode, Search, Snippet};
pub use settings::{Cut, Limits, PROMPT, Settings};
pub use shelf::CollectionUpdate;
