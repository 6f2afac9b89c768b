//! Search: by words, by meaning, or both orders joined.

use std::collections::HashMap;

use doorward_core::{Code, Error};

use super::Library;
use crate::document::Caller;
use crate::id::ChunkId;
use crate::query::Query;
use crate::search::{Hit, Mode, Search};
use crate::shelf::{ByMeaning, ByWords};

/// How many characters a question may have.
const QUERY_MAX: usize = 4_000;
/// How many chunks one search gives, left out ones included.
const HITS_MAX: u32 = 1_000;
/// How many of each order are joined at least.
const JOINED: u32 = 50;
/// Softens the first ranks when orders are joined: the usual number.
const SOFT: f64 = 60.0;

impl Library {
    /// Chunks the caller may read that fit best, best first.
    ///
    /// # Errors
    /// - [`Code::InvalidField`]: the query is too long, or asks for more than is given.
    /// - [`Code::NotConfigured`]: it is to be searched by meaning, and there is no model.
    /// - [`Code::CheckUnavailable`]: that model does not answer. With [`Mode::Auto`], words are searched then.
    pub async fn search(&self, caller: Caller, search: &Search) -> Result<Vec<Hit>, Error> {
        if search.query.chars().count() > QUERY_MAX {
            return Err(Error::new(Code::InvalidField, "The query is too long.").about("query"));
        }
        let most = search.offset.saturating_add(search.limit);
        if most > HITS_MAX {
            let text = format!("One search gives {HITS_MAX} chunks at most.");
            return Err(Error::new(Code::InvalidField, text).about("limit"));
        }
        let wide = most.max(JOINED);
        let hits = match search.mode {
            Mode::Words => self.by_words(caller, search, most).await?,
            Mode::Meaning => self.by_meaning(caller, search, most).await?,
            Mode::Hybrid => {
                let (words, meaning) =
                    tokio::join!(self.by_words(caller, search, wide), self.by_meaning(caller, search, wide));
                joined(words?, meaning?)
            }
            Mode::Auto if self.ports.embeddings.is_none() => self.by_words(caller, search, most).await?,
            Mode::Auto => {
                let (words, meaning) =
                    tokio::join!(self.by_words(caller, search, wide), self.by_meaning(caller, search, wide));
                match meaning {
                    Ok(meaning) => joined(words?, meaning),
                    Err(error) if error.code() == Code::CheckUnavailable => {
                        tracing::warn!(%error, "Searched by words alone: the model does not answer");
                        words?
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        Ok(hits.into_iter().skip(search.offset as usize).take(search.limit as usize).collect())
    }

    async fn by_words(&self, caller: Caller, search: &Search, limit: u32) -> Result<Vec<Hit>, Error> {
        let query = Query::read(&search.query, search.language.unwrap_or(self.settings.language));
        if query.is_empty() {
            return Ok(Vec::new());
        }
        self.shelf.by_words(caller, ByWords { query, filter: search.filter.clone(), limit }).await
    }

    async fn by_meaning(&self, caller: Caller, search: &Search, limit: u32) -> Result<Vec<Hit>, Error> {
        let Some(embeddings) = &self.ports.embeddings else {
            return Err(Error::new(Code::NotConfigured, "This server searches by words alone."));
        };
        if search.query.trim().is_empty() {
            return Ok(Vec::new());
        }
        let vectors = embeddings.embed(std::slice::from_ref(&search.query)).await?;
        let Some(vector) = vectors.into_iter().next() else { return Ok(Vec::new()) };
        let model = embeddings.model().to_owned();
        self.shelf.by_meaning(caller, ByMeaning { vector, model, filter: search.filter.clone(), limit }).await
    }
}

/// Two orders as one (reciprocal rank fusion): a chunk that is early in both comes before one that is first in one of them.
fn joined(words: Vec<Hit>, meaning: Vec<Hit>) -> Vec<Hit> {
    let mut all: HashMap<ChunkId, Hit> = HashMap::new();
    for order in [words, meaning] {
        for (rank, hit) in (1_u32..).zip(order) {
            let score = 1.0 / (SOFT + f64::from(rank));
            let known = all.entry(hit.chunk).or_insert(Hit { score: 0.0, ..hit });
            known.score += score;
        }
    }
    let mut all: Vec<Hit> = all.into_values().collect();
    all.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.chunk.cmp(&other.chunk)));
    all
}
