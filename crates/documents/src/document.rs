//! What a document is, what it is made from, and how one asks for several.

use doorward_core::{Timestamp, UserId};
use serde_json::{Map, Value};

use crate::filter::Filter;
use crate::id::{ChunkId, CollectionId, DocumentId};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Whose account it is.
    pub user: UserId,
    /// Whether everybody's documents are theirs to see and change. Whoever says so writes it into the audit log.
    pub sees_all: bool,
}

/// What is kept of a document, without its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Names it.
    pub id: DocumentId,
    /// Whose it is.
    pub owner: UserId,
    /// The name of the file, or whatever stands for it.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The media type of its content.
    pub media_type: String,
    /// SHA-256 of its content, in base64url.
    pub digest: String,
    /// Bytes of its content.
    pub size: u64,
    /// What its owner notes about it.
    pub metadata: Map<String, Value>,
    /// 1 for the first content, one more for each that follows.
    pub version: u32,
    /// How far its chunks are.
    pub state: State,
    /// Chunks that are written of the version that is being read in, or of the one that is searched.
    pub progress: u32,
    /// Chunks that can be searched at this moment.
    pub chunks: u32,
    /// How often reading it in was begun.
    pub attempts: u32,
    /// Its collections, as far as the caller may see them.
    pub collections: Vec<CollectionId>,
    /// When it came.
    pub created_at: Timestamp,
    /// When anything of it was changed last.
    pub updated_at: Timestamp,
}

/// How far a document is on its way into the search. What was searched before stays until the new version is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It waits for its turn.
    Pending,
    /// Its text is being looked for.
    Parsing,
    /// Its chunks are being written.
    Indexing,
    /// It can be searched.
    Ready,
    /// It could not be read, for this reason; its content can still be downloaded.
    Failed(String),
}

impl State {
    /// The stable text of the state.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Parsing => "parsing",
            Self::Indexing => "indexing",
            Self::Ready => "ready",
            Self::Failed(_) => "failed",
        }
    }
}

/// A document to be kept.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its name, when the caller has one already; otherwise a random one is made.
    pub id: Option<DocumentId>,
    /// The name of the file, or whatever stands for it.
    pub name: String,
    /// What people call it; without it, the name.
    pub title: Option<String>,
    /// The media type; without it, what the name's ending says.
    pub media_type: Option<String>,
    /// What is in it.
    pub source: Source,
    /// What its owner notes about it.
    pub metadata: Map<String, Value>,
    /// Collections to put it into; the caller is an editor or owner of each.
    pub collections: Vec<CollectionId>,
    /// What no two documents of one owner may share.
    pub unique: Unique,
    /// When it was made, where it was kept elsewhere before; otherwise now.
    pub created_at: Option<Timestamp>,
}

impl NewDocument {
    /// A document of this name and content, and nothing else said of it.
    pub fn new(name: impl Into<String>, source: Source) -> Self {
        Self {
            id: None,
            name: name.into(),
            title: None,
            media_type: None,
            source,
            metadata: Map::new(),
            collections: Vec::new(),
            unique: Unique::Content,
            created_at: None,
        }
    }
}

/// What a document is made from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file.
    Bytes(Vec<u8>),
    /// Text as it is.
    Text(String),
    /// Chunks that somebody has cut already.
    Chunks(Vec<String>),
}

/// What no two documents of one owner may share: the second one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// Nothing.
    Nothing,
    /// The content, byte for byte.
    Content,
    /// The name.
    Name,
    /// Neither content nor name.
    ContentAndName,
}

/// What is to be different about a document; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// A new name of the file.
    pub name: Option<String>,
    /// A new title.
    pub title: Option<String>,
    /// The media type of the new content.
    pub media_type: Option<String>,
    /// New content: the next version.
    pub source: Option<Source>,
    /// New notes, in place of the old ones.
    pub metadata: Option<Map<String, Value>>,
}

/// Which documents are asked for, of those the caller may read.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These; empty: all.
    pub ids: Vec<DocumentId>,
    /// The caller's own alone.
    pub is_own_only: bool,
    /// Of these accounts; empty: of all.
    pub owners: Vec<UserId>,
    /// In this collection.
    pub collection: Option<CollectionId>,
    /// With such metadata.
    pub filter: Option<Filter>,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many to leave out.
    pub offset: u64,
    /// How many at most.
    pub limit: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self { offset: 0, limit: 100 }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is in this part.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

/// A document as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The name of the file.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Names it.
    pub id: ChunkId,
    /// Where it stands in its document, from 0.
    pub place: u32,
    /// What it says.
    pub text: String,
}

/// What somebody keeps here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Whose.
    pub owner: UserId,
    /// How many documents.
    pub documents: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many chunks.
    pub chunks: u64,
    /// The documents; a thousand at most.
    pub ids: Vec<DocumentId>,
}

/// How much somebody keeps, and may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Documents.
    pub documents: u64,
    /// Bytes of their contents.
    pub bytes: u64,
    /// Chunks.
    pub chunks: u64,
    /// Collections they own.
    pub collections: u64,
}
