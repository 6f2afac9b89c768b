//! Search by words: what the index finds in texts and in titles, as one order.
//!
//! The index narrows, the condition decides: a question names the owners of what the caller may read, so that the index walks no
//! more than theirs, and each row is then asked of [`READABLE`](super::READABLE) like in every other statement.

use std::collections::{HashMap, HashSet};

use super::document::{collections, metadata};
use super::{Condition, visible};
use crate::db::{Db, Fault, Row};
use crate::document::Caller;
use crate::id::{ChunkId, DocumentId};
use crate::query::Query;
use crate::search::{Hit, Snippet};
use crate::shelf::ByWords;
use crate::{postgres, sqlite};

/// Where a mark begins and ends in what the index cuts out; chunks hold no such characters.
pub(crate) const BEGIN: char = '\u{2}';
pub(crate) const END: char = '\u{3}';
/// How much more a word counts in a title.
const TITLE: f64 = 2.0;
/// Characters of a chunk that stand for it when no word in it was searched for.
const SNIPPET: usize = 240;

/// What a hit is made of, from chunk `c` and document `d`.
pub(crate) const HIT: &str = "c.place, c.text, d.id, d.owner, d.title, d.metadata, d.indexed";

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

/// Chunks that hold what is searched for, best first.
pub(super) fn by_words(db: &Db<'_>, caller: Caller, search: &ByWords) -> Result<Vec<Hit>, Fault> {
    let owners = if caller.sees_all { None } else { visible::owners(db, caller)? };
    if owners.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let question = Question { caller, query: &search.query, owners, search };
    let (texts, titles) = match db {
        Db::Sqlite(_) => (sqlite::index::texts(db, &question)?, sqlite::index::titles(db, &question)?),
        Db::Postgres(_) => (postgres::index::texts(db, &question)?, postgres::index::titles(db, &question)?),
    };
    Ok(joined(texts, titles, search.limit as usize))
}

/// Titles count for what is found in the texts; where a title alone fits, the first chunk stands for its document.
fn joined(texts: Vec<Hit>, titles: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let scores: HashMap<DocumentId, f64> =
        titles.iter().map(|hit| (hit.document, TITLE * hit.score)).collect();
    let found: HashSet<DocumentId> = texts.iter().map(|hit| hit.document).collect();
    let mut all = texts;
    for hit in &mut all {
        hit.score += scores.get(&hit.document).copied().unwrap_or_default();
    }
    let alone = titles.into_iter().filter(|hit| !found.contains(&hit.document));
    all.extend(alone.map(|hit| Hit { score: TITLE * hit.score, ..hit }));
    all.sort_by(|one, other| other.score.total_cmp(&one.score));
    all.truncate(limit);
    all
}

/// The hit in `row`, which begins with [`HIT`] and the document's collections. Its beginning stands for it.
pub(crate) fn read(row: &Row<'_>, score: f64) -> Result<Hit, Fault> {
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
        score,
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
