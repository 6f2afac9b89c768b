//! Holds two sides against each other, row by row: the same rows in the same order, or the first that differs.

use std::cmp::Ordering;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use doorward_core::Digest;

use super::pages::Lines;
use super::side::Side;
use super::table::{Kind, Table};
use super::{CopiedTable, CopyError, line};

/// Reads `table` on both sides at once; what both hold, or the first difference.
pub(super) async fn compare(from: &Side, to: &Side, table: &Arc<Table>) -> Result<CopiedTable, CopyError> {
    let (mut ours, mut theirs) = (Lines::of(from.read(table, None)), Lines::of(to.read(table, None)));
    let (mut rows, mut digest) = (0, Context::new(&SHA256));
    loop {
        let (line, copy) = tokio::try_join!(ours.next(), theirs.next())?;
        match (line, copy) {
            (None, None) => break,
            (Some(line), Some(copy)) if line == copy => {
                digest.update(line.as_bytes());
                digest.update(b"\n");
                rows += 1;
            }
            (line, copy) => return Err(differs(table, line, copy)),
        }
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.finish().as_ref());
    Ok(CopiedTable { name: table.name.clone(), rows, digest: Digest::from_bytes(bytes) })
}

/// Names the row that comes first of the two: the other side lacks it, or holds it otherwise.
fn differs(table: &Table, line: Option<&str>, copy: Option<&str>) -> CopyError {
    let (ours, theirs) = (line.map(|line| table.key_of(line)), copy.map(|copy| table.key_of(copy)));
    let (key, how) = match (ours, theirs) {
        (Some(ours), Some(theirs)) => match order(table, &ours, &theirs) {
            Ordering::Less => (ours, "the copy lacks it"),
            Ordering::Greater => (theirs, "the source lacks it"),
            Ordering::Equal => (ours, "its columns differ"),
        },
        (Some(ours), None) => (ours, "the copy lacks it"),
        (None, theirs) => (theirs.unwrap_or_default(), "the source lacks it"),
    };
    CopyError::Differs { table: table.name.clone(), key: key.replace('\t', ", "), how }
}

/// How two keys follow each other in their table.
fn order(table: &Table, one: &str, other: &str) -> Ordering {
    let fields = one.split('\t').zip(other.split('\t')).zip(&table.key);
    let orders = fields.map(|((one, other), at)| match table.columns[*at].1 {
        Kind::Integer => one.parse::<i64>().ok().cmp(&other.parse::<i64>().ok()),
        _ => line::text(one).cmp(&line::text(other)),
    });
    orders.fold(Ordering::Equal, Ordering::then)
}
