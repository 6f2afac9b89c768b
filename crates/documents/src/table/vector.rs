//! Table `vectors`: what chunks mean, as a model has it.
//!
//! A question is compared with the vectors of all that its caller may read, one by one, up to a bound: youngest documents first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::visible::readable_all;
use super::{Condition, search};
use crate::db::{Bind, Db, Fault, Value, params};
use crate::document::Caller;
use crate::search::Hit;
use crate::shelf::{ByMeaning, Unembedded};

/// Vectors that one question is compared with at most: in the file, and from a server that has to send them.
const COMPARED_MAX: u32 = 50_000;
const SENT_MAX: u32 = 5_000;

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
pub(super) fn nearest(db: &Db<'_>, caller: Caller, search: &ByMeaning) -> Result<Vec<Hit>, Fault> {
    let mut values: Vec<Value<'_>> = vec![caller.user.bind(), caller.sees_all.bind(), search.model.bind()];
    let condition = Condition::of(db, search.filter.as_ref(), values.len());
    values.extend(condition.values);
    let most = if matches!(db, Db::Sqlite(_)) { COMPARED_MAX } else { SENT_MAX };
    let sql = format!(
        "SELECT c.no, v.vector FROM documents d
         JOIN chunks c ON c.document = d.no AND c.version = d.indexed JOIN vectors v ON v.chunk = c.no
         WHERE {} AND d.embedded_with = ?3 AND {} ORDER BY d.no DESC LIMIT {most}",
        readable_all(caller),
        condition.sql
    );
    let mut best = BinaryHeap::new();
    db.rows(&sql, &values, |row| {
        if let Some(score) = cosine(&search.vector, &row.get::<Vec<u8>>(1)?) {
            best.push(Near { score, chunk: row.get(0)? });
        }
        if best.len() > search.limit as usize {
            best.pop();
        }
        Ok(())
    })?;
    let nearest: Vec<(i64, f64)> =
        best.into_sorted_vec().iter().map(|near| (near.chunk, near.score.into())).collect();
    Ok(search::hits(db, caller, &nearest)?.into_iter().map(|(_, hit)| hit).collect())
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

const NEXT: &str = "SELECT no, indexed, embedded_with FROM documents
  WHERE state = 'ready' AND embedded_with IS DISTINCT FROM ?1 AND NOT is_deleted ORDER BY no LIMIT 1";
const WITHOUT: &str = "SELECT c.no, c.text FROM chunks c LEFT JOIN vectors v ON v.chunk = c.no
  WHERE c.document = ?1 AND c.version = ?2 AND v.chunk IS NULL ORDER BY c.place LIMIT ?3";
const DONE: &str = "UPDATE documents SET embedded_with = ?2 WHERE no = ?1 AND indexed = ?3";
const FORGET_OTHERS: &str = "DELETE FROM vectors WHERE chunk IN (SELECT no FROM chunks WHERE document = ?1)";

/// Chunks of one document that have no vector of `model`; marks documents that have all on the way.
pub(super) fn unembedded(db: &Db<'_>, model: &str, most: u32) -> Result<Option<Unembedded>, Fault> {
    loop {
        let next = db.row(NEXT, params![model], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Option<String>>(2)?))
        })?;
        let Some((document, version, other)) = next else { return Ok(None) };
        // Vectors of another model say nothing to this one.
        if other.is_some() {
            db.execute(FORGET_OTHERS, params![document])?;
            db.execute(DONE, params![document, None::<String>, version])?;
        }
        let chunks =
            db.rows(WITHOUT, params![document, version, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if !chunks.is_empty() {
            return Ok(Some(Unembedded { document, chunks }));
        }
        db.execute(DONE, params![document, model, version])?;
    }
}

const EMBED: &str = "INSERT INTO vectors (chunk, vector) SELECT no, ?2 FROM chunks WHERE no = ?1
  ON CONFLICT (chunk) DO UPDATE SET vector = excluded.vector";

/// Keeps vectors of chunks that are still there.
pub(super) fn embed(db: &Db<'_>, vectors: &[(i64, Vec<f32>)]) -> Result<(), Fault> {
    for (chunk, vector) in vectors {
        let bytes: Vec<u8> = vector.iter().flat_map(|part| part.to_le_bytes()).collect();
        db.execute(EMBED, params![chunk, bytes])?;
    }
    Ok(())
}
