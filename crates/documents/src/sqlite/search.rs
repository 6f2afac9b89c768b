//! The index and its questions.
//!
//! The index narrows, the condition decides: a question names the words that mark what the caller may read, so that the index
//! walks no more than that, and each row is then asked of [`READABLE`] like in every other statement.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::document::{read_collections, read_metadata};
use super::filter::Condition;
use super::visible::{self, COLLECTIONS_OF, READABLE};
use super::{Fault, read_count, read_text};
use crate::document::Caller;
use crate::id::ChunkId;
use crate::query::{Part, Query};
use crate::search::{Hit, Snippet};
use crate::shelf::ByWords;

/// Where a mark begins and ends in what the index cuts out; chunks hold no such characters.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

/// What a hit is made of, from chunk `c` and document `d`.
pub(super) const HIT: &str = "c.place, c.text, d.id, d.owner, d.title, d.metadata, d.indexed";

/// Chunks that hold what is searched for, best first.
pub(super) fn by_words(connection: &Connection, caller: Caller, search: &ByWords) -> Result<Vec<Hit>, Fault> {
    let scopes = if caller.sees_all { None } else { visible::scopes(connection, caller)? };
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![
        caller.user.to_string().into(),
        caller.sees_all.into(),
        expression(&search.query, scopes.as_deref()).into(),
        search.limit.into(),
    ];
    let condition = Condition::of(search.filter.as_ref(), values.len());
    values.extend(condition.values);
    // Crossed: the index comes first and in the order of its ranks, so that only what is shown is looked up.
    let sql = format!(
        "SELECT {HIT}, {COLLECTIONS_OF}, found.rank, snippet(found, 0, '{BEGIN}', '{END}', '…', 40)
         FROM found CROSS JOIN chunks c ON c.no = found.rowid CROSS JOIN documents d ON d.no = c.document
         WHERE found MATCH ?3 AND c.version = d.indexed AND {READABLE} AND {}
         ORDER BY found.rank LIMIT ?4",
        condition.sql
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut hits = Vec::new();
    while let Some(row) = rows.next()? {
        let rank: f64 = row.get(8)?;
        let cut: String = row.get(9)?;
        hits.push(Hit { snippet: marked(&cut), ..read(row, -rank)? });
    }
    Ok(hits)
}

/// The hit in `row`, which begins with [`HIT`] and the document's collections.
pub(super) fn read(row: &Row<'_>, score: f64) -> Result<Hit, Fault> {
    let document = read_text(row, 2)?;
    let place = read_count(row, 0)?;
    Ok(Hit {
        chunk: ChunkId::of(document, read_count(row, 6)?, place),
        document,
        place,
        owner: read_text(row, 3)?,
        collections: read_collections(row, 7)?,
        title: row.get(4)?,
        metadata: read_metadata(row, 5)?,
        text: row.get(1)?,
        snippet: Snippet::default(),
        score,
    })
}

/// The question in the index's own language. Each part stands in quotation marks, of which it holds none itself: nothing that
/// was typed can be anything but a word.
fn expression(query: &Query, scopes: Option<&[String]>) -> String {
    let mut expression = format!("({{text title}} : ({}))", any(&query.wanted));
    if let Some(scopes) = scopes {
        let scopes: Vec<String> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
        expression = format!("({{scope}} : ({})) AND {expression}", scopes.join(" OR "));
    }
    if !query.unwanted.is_empty() {
        expression = format!("({expression}) NOT ({{text title}} : ({}))", any(&query.unwanted));
    }
    expression
}

fn any(parts: &[Part]) -> String {
    let written: Vec<String> = parts
        .iter()
        .map(|part| format!("\"{}\"{}", part.text, if part.is_beginning { " *" } else { "" }))
        .collect();
    written.join(" OR ")
}

/// The text without marks, and where they stood.
fn marked(cut: &str) -> Snippet {
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
