//! Search by words: what the index finds in texts and in titles, as one order.
//!
//! The index narrows, the condition decides: a question names the owners of what the caller may read, so that the index walks no
//! more than theirs, and each row is then asked of [`READABLE`]. Words are weighed by how rare they are among what the caller may
//! read, not by what others keep: neither the time a search takes nor its order tells anything of that.
//!
//! Invariant: both engines find the same and weigh it alike; what they do differently is in `sqlite/index.rs` and
//! `postgres/index.rs`.

use std::collections::HashMap;

use super::document::{collections, metadata};
use super::visible::{COLLECTIONS_OF, READABLE};
use super::{Condition, visible};
use crate::db::{Db, Fault, Row, params};
use crate::document::Caller;
use crate::id::ChunkId;
use crate::query::{Part, Query};
use crate::search::{Hit, Snippet};
use crate::shelf::ByWords;
use crate::{postgres, sqlite};

/// Where a mark begins and ends in what the index cuts out; chunks hold no such characters.
pub(crate) const BEGIN: char = '\u{2}';
pub(crate) const END: char = '\u{3}';
/// Chunks that are looked at for one word, youngest first: what a search costs at most.
pub(crate) const FOUND_MAX: u32 = 20_000;
/// How much a word counts that stands in a text for ever, as against once: the sum of 1/n², as in PostgreSQL's `ts_rank`.
pub(crate) const FULL: f64 = 1.644_934_066_85;
/// Characters of a chunk that stand for it when no word in it was searched for.
const SNIPPET: usize = 240;

/// What a hit is made of, from chunk `c` and document `d`.
const HIT: &str = "c.place, c.text, d.id, d.owner, d.title, d.metadata, d.indexed";

/// What the index is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) caller: Caller,
    pub(crate) query: &'a Query,
    /// The owners of all that the caller may read; `None` where they are not named.
    pub(crate) owners: Option<Vec<i64>>,
    pub(crate) search: &'a ByWords,
}

impl Question<'_> {
    /// The filter, of a statement that binds `bound` values before it.
    pub(crate) fn condition(&self, db: &Db<'_>, bound: usize) -> Condition {
        Condition::of(db, self.search.filter.as_ref(), bound)
    }
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    Texts,
    /// A title is found as the first chunk of its document.
    Titles,
}

/// A chunk that holds a part of what is searched for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) chunk: i64,
    pub(crate) document: i64,
    /// See [`weight`].
    pub(crate) weight: f64,
}

/// How much of a word is in a text of so many words that holds it so many times: as PostgreSQL has it, which counts the mark of
/// the owner too.
pub(crate) fn weight(times: f64, words: f64) -> f64 {
    FULL * times / (times + FULL - 1.0) / (words + 2.0).log2()
}

/// How much a word says that stands in `found` of `all` chunks (BM25).
fn rarity(found: usize, all: u64) -> f64 {
    let (found, all) = (found as f64, all as f64);
    (1.0 + (all.max(found) - found + 0.5) / (found + 0.5)).ln()
}

/// Chunks that hold what is searched for, best first.
pub(super) fn by_words(db: &Db<'_>, caller: Caller, search: &ByWords) -> Result<Vec<Hit>, Fault> {
    let sight = visible::sight(db, caller)?;
    if sight.owners.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let question = Question { caller, query: &search.query, owners: sight.owners, search };
    let best = best(db, &question, sight.chunks)?;
    let mut hits = hits(db, caller, &best)?;
    let shown: Vec<i64> = hits.iter().map(|(chunk, _)| *chunk).collect();
    let mut snippets = snippets(db, &question, &shown)?;
    for (chunk, hit) in &mut hits {
        if let Some(snippet) = snippets.remove(chunk) {
            hit.snippet = snippet;
        }
    }
    Ok(hits.into_iter().map(|(_, hit)| hit).collect())
}

/// What fits best, of texts and titles: a title counts for each chunk of its document that was found, and where none was, for
/// the first.
fn best(db: &Db<'_>, question: &Question<'_>, all: u64) -> Result<Vec<(i64, f64)>, Fault> {
    let (mut texts, mut titles) = (HashMap::new(), HashMap::new());
    for part in &question.query.wanted {
        let in_texts = found(db, question, Index::Texts, part)?;
        let rarity = rarity(in_texts.len(), all);
        for found in in_texts {
            texts.entry(found.chunk).or_insert((found.document, 0.0)).1 += rarity * found.weight;
        }
        for found in found(db, question, Index::Titles, part)? {
            titles.entry(found.document).or_insert((found.chunk, 0.0)).1 += rarity * found.weight;
        }
    }
    let mut best: HashMap<i64, f64> = titles.values().copied().collect();
    for (document, _) in texts.values() {
        if let Some((first, _)) = titles.get(document) {
            best.remove(first);
        }
    }
    for (chunk, (document, score)) in texts {
        best.insert(chunk, score + titles.get(&document).map_or(0.0, |(_, score)| *score));
    }
    let mut best: Vec<(i64, f64)> = best.into_iter().collect();
    best.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    best.truncate(question.search.limit as usize);
    Ok(best)
}

fn found(db: &Db<'_>, question: &Question<'_>, index: Index, part: &Part) -> Result<Vec<Found>, Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::found(db, question, index, part),
        Db::Postgres(_) => postgres::index::found(db, question, index, part),
    }
}

fn snippets(db: &Db<'_>, question: &Question<'_>, chunks: &[i64]) -> Result<HashMap<i64, Snippet>, Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::snippets(db, question, chunks),
        Db::Postgres(_) => postgres::index::snippets(db, question, chunks),
    }
}

/// These chunks with their scores, in the same order, for one who may read them.
pub(super) fn hits(db: &Db<'_>, caller: Caller, chunks: &[(i64, f64)]) -> Result<Vec<(i64, Hit)>, Fault> {
    if chunks.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = list(chunks.iter().map(|(chunk, _)| *chunk));
    let sql = format!(
        "SELECT {HIT}, {COLLECTIONS_OF}, c.no FROM chunks c JOIN documents d ON d.no = c.document
         WHERE c.no IN ({numbers}) AND {READABLE}"
    );
    let read = |row: &Row<'_>| Ok((row.get::<i64>(8)?, read(row)?));
    let mut found: HashMap<i64, Hit> =
        db.rows(&sql, params![caller.user, caller.sees_all], read)?.into_iter().collect();
    let with_score =
        |(chunk, score): &(i64, f64)| Some((*chunk, Hit { score: *score, ..found.remove(chunk)? }));
    Ok(chunks.iter().filter_map(with_score).collect())
}

/// Numbers of rows with commas between.
pub(crate) fn list(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

/// The hit in `row`, which begins with [`HIT`] and the document's collections. Its beginning stands for it.
fn read(row: &Row<'_>) -> Result<Hit, Fault> {
    let document = row.get(2)?;
    let place = row.get(0)?;
    let text: String = row.get(1)?;
    Ok(Hit {
        chunk: ChunkId::of(document, row.get(6)?, place),
        document,
        place,
        owner: row.get(3)?,
        collections: collections(row, 7)?,
        title: row.get(4)?,
        metadata: metadata(row, 5)?,
        snippet: Snippet { text: text.chars().take(SNIPPET).collect(), marks: Vec::new() },
        text,
        score: 0.0,
    })
}

/// The text without marks, and where they stood.
pub(crate) fn marked(cut: &str) -> Snippet {
    let mut snippet = Snippet::default();
    let (mut length, mut from) = (0, None);
    for c in cut.chars() {
        match c {
            BEGIN => from = Some(length),
            END => snippet.marks.extend(from.take().map(|from| (from, length))),
            c => {
                snippet.text.push(c);
                length += 1;
            }
        }
    }
    snippet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_weighs_more_the_rarer_it_is_the_more_often_it_stands_and_the_shorter_the_text() {
        assert!(rarity(1, 1_000) > rarity(500, 1_000) && rarity(1_000, 1_000) > 0.0);
        assert!(rarity(7, 3) > 0.0, "what is counted late may be less than what is found");
        assert!(weight(2.0, 100.0) > weight(1.0, 100.0) && weight(1.0, 10.0) > weight(1.0, 100.0));
        assert!(
            weight(1_000.0, 100.0) < 2.0 * weight(1.0, 100.0),
            "no text wins by saying one word for ever"
        );
    }
}
