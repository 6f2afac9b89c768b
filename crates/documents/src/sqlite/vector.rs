//! Table `vectors`: what chunks mean, as a model has it.
//!
//! A question is compared with the vectors of all that its caller may read, one by one, up to a bound.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::filter::Condition;
use super::visible::{COLLECTIONS_OF, readable_all};
use super::{Fault, search};
use crate::document::Caller;
use crate::search::{Hit, Snippet};
use crate::shelf::{ByMeaning, Unembedded};

/// Vectors that one question is compared with at most.
const COMPARED_MAX: u32 = 50_000;
/// Characters of a chunk that stand for it.
const SNIPPET: usize = 240;

/// A chunk and how near it is.
#[derive(Debug, PartialEq)]
struct Near {
    score: f32,
    chunk: i64,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Turned round: the heap gives the farthest first.
impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.chunk.cmp(&other.chunk))
    }
}

/// The chunks that mean nearly the same, nearest first.
pub(super) fn nearest(
    connection: &Connection,
    caller: Caller,
    search: &ByMeaning,
) -> Result<Vec<Hit>, Fault> {
    let mut values: Vec<Value> =
        vec![caller.user.to_string().into(), caller.sees_all.into(), search.model.clone().into()];
    let condition = Condition::of(search.filter.as_ref(), values.len());
    values.extend(condition.values);
    let sql = format!(
        "SELECT c.no, v.vector FROM documents d
         JOIN chunks c ON c.document = d.no AND c.version = d.indexed JOIN vectors v ON v.chunk = c.no
         WHERE {} AND d.embedded_with = ?3 AND {} LIMIT {COMPARED_MAX}",
        readable_all(caller),
        condition.sql
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut best = BinaryHeap::new();
    while let Some(row) = rows.next()? {
        let vector = row.get_ref(1)?.as_blob().map_err(|_| Fault::Corrupt("a vector"))?;
        let Some(score) = cosine(&search.vector, vector) else { continue };
        best.push(Near { score, chunk: row.get(0)? });
        if best.len() > search.limit as usize {
            best.pop();
        }
    }
    let nearest = best.into_sorted_vec();
    nearest.into_iter().map(|near| hit(connection, caller, &near)).filter_map(Result::transpose).collect()
}

fn hit(connection: &Connection, caller: Caller, near: &Near) -> Result<Option<Hit>, Fault> {
    let sql = format!(
        "SELECT {}, {COLLECTIONS_OF} FROM chunks c JOIN documents d ON d.no = c.document
         WHERE c.no = ?3 AND {}",
        search::HIT,
        super::visible::READABLE
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![caller.user.to_string(), caller.sees_all, near.chunk])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let hit = search::read(row, near.score.into())?;
    let text = hit.text.chars().take(SNIPPET).collect();
    Ok(Some(Hit { snippet: Snippet { text, marks: Vec::new() }, ..hit }))
}

/// The cosine of the angle between two vectors; `None` when they cannot be compared.
fn cosine(one: &[f32], other: &[u8]) -> Option<f32> {
    if other.len() != 4 * one.len() {
        return None;
    }
    let (mut dot, mut left, mut right) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (a, bytes) in one.iter().zip(other.chunks_exact(4)) {
        let b = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        dot += a * b;
        left += a * a;
        right += b * b;
    }
    let length = (left * right).sqrt();
    (length > 0.0).then(|| dot / length)
}

const NEXT: &str = "SELECT no, indexed FROM documents
  WHERE state = 'ready' AND embedded_with IS NOT ?1 AND NOT is_deleted ORDER BY no LIMIT 1";
const WITHOUT: &str = "SELECT c.no, c.text FROM chunks c LEFT JOIN vectors v ON v.chunk = c.no
  WHERE c.document = ?1 AND c.version = ?2 AND v.chunk IS NULL ORDER BY c.place LIMIT ?3";
const DONE: &str = "UPDATE documents SET embedded_with = ?2 WHERE no = ?1";
const FORGET_OTHERS: &str = "DELETE FROM vectors WHERE chunk IN (SELECT no FROM chunks WHERE document = ?1)";
const OTHERS: &str = "SELECT 1 FROM documents WHERE no = ?1 AND embedded_with IS NOT NULL";

/// Chunks of one document that have no vector of `model`; marks documents that have all on the way.
pub(super) fn unembedded(
    connection: &Connection,
    model: &str,
    most: u32,
) -> Result<Option<Unembedded>, Fault> {
    loop {
        let next: Option<(i64, i64)> = connection
            .prepare_cached(NEXT)?
            .query_row([model], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((document, version)) = next else { return Ok(None) };
        // Vectors of another model say nothing to this one.
        if connection.prepare_cached(OTHERS)?.exists([document])? {
            connection.prepare_cached(FORGET_OTHERS)?.execute([document])?;
            connection.prepare_cached(DONE)?.execute(params![document, None::<String>])?;
        }
        let mut statement = connection.prepare_cached(WITHOUT)?;
        let rows =
            statement.query_map(params![document, version, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let chunks = rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
        if !chunks.is_empty() {
            return Ok(Some(Unembedded { document, chunks }));
        }
        connection.prepare_cached(DONE)?.execute(params![document, model])?;
    }
}

const EMBED: &str = "INSERT INTO vectors (chunk, vector) SELECT no, ?2 FROM chunks WHERE no = ?1
  ON CONFLICT (chunk) DO UPDATE SET vector = excluded.vector";

/// Keeps vectors of chunks that are still there.
pub(super) fn embed(connection: &Connection, vectors: &[(i64, Vec<f32>)]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(EMBED)?;
    for (chunk, vector) in vectors {
        let bytes: Vec<u8> = vector.iter().flat_map(|part| part.to_le_bytes()).collect();
        statement.execute(params![chunk, bytes])?;
    }
    Ok(())
}
