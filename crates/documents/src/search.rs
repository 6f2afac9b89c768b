//! What is searched for, and what is found.

use doorward_core::UserId;
use serde_json::{Map, Value};

use crate::filter::Filter;
use crate::id::{ChunkId, CollectionId, DocumentId};

/// What somebody looks for.
#[derive(Debug, Clone)]
pub struct Search {
    /// Words, `"phrases"`, beginnings of words as `begin*`, and `-what` must not be there.
    pub query: String,
    /// Only in documents with such metadata.
    pub filter: Option<Filter>,
    /// How many chunks to leave out.
    pub offset: u32,
    /// How many chunks at most.
    pub limit: u32,
    /// The language whose filling words are left out; without it, that of the library.
    pub language: Option<Language>,
    /// How to look.
    pub mode: Mode,
}

impl Search {
    /// The first ten chunks for `query`.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), filter: None, offset: 0, limit: 10, language: None, mode: Mode::Auto }
    }
}

/// How to look for chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// By words and by meaning where both are possible, else by words.
    #[default]
    Auto,
    /// By words.
    Words,
    /// By meaning.
    Meaning,
    /// Both, the two orders joined.
    Hybrid,
}

/// How words are brought to their stems, and which are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Porter's stems, without English filling words.
    #[default]
    English,
    /// Words as they are, without regard to case and accents.
    Simple,
}

impl Language {
    /// The stable text of the language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::Simple => "simple",
        }
    }

    /// The language with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::English, Self::Simple].into_iter().find(|language| language.as_str() == text)
    }
}

/// A chunk that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Names the chunk.
    pub chunk: ChunkId,
    /// The document it is in.
    pub document: DocumentId,
    /// Where in the document, from 0.
    pub place: u32,
    /// Whose document.
    pub owner: UserId,
    /// The document's collections, as far as the caller may see them.
    pub collections: Vec<CollectionId>,
    /// The document's title.
    pub title: String,
    /// The document's metadata.
    pub metadata: Map<String, Value>,
    /// What the chunk says.
    pub text: String,
    /// The best part of it.
    pub snippet: Snippet,
    /// How well it fits: more is better; comparable within one answer.
    pub score: f64,
}

/// A part of a text, and what in it was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// The part.
    pub text: String,
    /// Where the words stand, as positions of characters: from, until.
    pub marks: Vec<(usize, usize)>,
}
