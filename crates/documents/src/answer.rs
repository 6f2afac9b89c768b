//! Questions that a model answers from what the caller may read.

use crate::id::{ChunkId, DocumentId};
use crate::search::{Hit, Search};

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked: the query, and how passages for it are looked for.
    pub search: Search,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the model says.
    pub text: String,
    /// The passages it names, in the order of their numbers.
    pub citations: Vec<Citation>,
    /// All passages it was given; number 1 is the first.
    pub passages: Vec<Hit>,
    /// The model.
    pub model: String,
}

/// A passage that an answer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Citation {
    /// Its number in the answer, as `[1]`.
    pub number: u32,
    /// The document.
    pub document: DocumentId,
    /// The chunk.
    pub chunk: ChunkId,
}

impl Citation {
    /// The passages that `text` names, each once. Numbers that no passage has are no citations.
    pub(crate) fn all(text: &str, passages: &[Hit]) -> Vec<Self> {
        let mut numbers: Vec<usize> = text
            .split('[')
            .skip(1)
            .filter_map(|part| part.split(']').next())
            .flat_map(|inside| inside.split(','))
            .filter_map(|number| number.trim().parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let cited = |number: usize| {
            let hit = passages.get(number.checked_sub(1)?)?;
            Some(Self { number: u32::try_from(number).ok()?, document: hit.document, chunk: hit.chunk })
        };
        numbers.into_iter().filter_map(cited).collect()
    }
}
