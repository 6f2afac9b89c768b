//! The index of SQLite (FTS5) and its questions.
//!
//! `found` holds the text of each chunk and the mark of its owner, `titled` the title of each document and the same mark.
//!
//! Invariant: both hold each row exactly as the views `searchable` and `titles` show it. Whoever changes what a view shows takes
//! the row out before, and puts it in again after.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::db::{Bind, Db, Fault, Value, params};
use crate::query::Part;
use crate::search::Snippet;
use crate::shelf::Task;
use crate::table::{FOUND_MAX, Found, Index, Question, READABLE, marked, weight};

/// Letters at the end of a word that may be another form's, and how many stay of it at least.
const ENDING: usize = 3;
const BARE: usize = 3;

const ADD: &str = "INSERT INTO chunks (document, version, place, text) VALUES (?1, ?2, ?3, ?4) RETURNING no";
const INDEX: &str = "INSERT INTO found (rowid, text, scope) VALUES (?1, ?2, ?3)";
const SCOPE: &str = "SELECT 'o' || owner_no FROM documents WHERE no = ?1";

/// Writes and indexes chunks of a version from `place` on.
pub(crate) fn add(db: &Db<'_>, task: Task, place: u32, texts: &[String]) -> Result<(), Fault> {
    let scope: String = db.one(SCOPE, params![task.no], |row| row.get(0))?;
    for (place, text) in (place..).zip(texts) {
        let no: i64 = db.one(ADD, params![task.no, task.version, place, text], |row| row.get(0))?;
        db.execute(INDEX, params![no, text, scope])?;
    }
    Ok(())
}

const PUT_IN: &str =
    "INSERT INTO found (rowid, text, scope) SELECT no, text, scope FROM searchable WHERE no = ?1";

/// Puts chunks in that were written without.
pub(crate) fn put_in(db: &Db<'_>, chunks: &[i64]) -> Result<(), Fault> {
    chunks.iter().try_for_each(|no| db.execute(PUT_IN, params![no]).map(drop))
}

const TAKE_OUT: &str = "INSERT INTO found (found, rowid, text, scope)
  SELECT 'delete', no, text, scope FROM searchable WHERE no = ?1";
const REMOVE: &str = "DELETE FROM chunks WHERE no = ?1";

/// Removes these chunks.
pub(crate) fn remove(db: &Db<'_>, chunks: &[i64]) -> Result<(), Fault> {
    for no in chunks {
        db.execute(TAKE_OUT, params![no])?;
        db.execute(REMOVE, params![no])?;
    }
    Ok(())
}

const ENTITLE: &str =
    "INSERT INTO titled (rowid, title, scope) SELECT no, title, scope FROM titles WHERE no = ?1";
const UNTITLE: &str = "INSERT INTO titled (titled, rowid, title, scope)
  SELECT 'delete', no, title, scope FROM titles WHERE no = ?1";

/// Puts the title of a document in.
pub(crate) fn entitle(db: &Db<'_>, document: i64) -> Result<(), Fault> {
    db.execute(ENTITLE, params![document])?;
    Ok(())
}

/// Takes the title of a document out.
pub(crate) fn untitle(db: &Db<'_>, document: i64) -> Result<(), Fault> {
    db.execute(UNTITLE, params![document])?;
    Ok(())
}

/// Chunks that hold `part`, youngest first.
pub(crate) fn found(
    db: &Db<'_>,
    question: &Question<'_>,
    index: Index,
    part: &Part,
) -> Result<Vec<Found>, Fault> {
    // Crossed: the index comes first, and is walked in its own order.
    let (column, other, from, without) = match index {
        Index::Texts => (
            "text",
            "title",
            "c.text FROM found CROSS JOIN chunks c ON c.no = found.rowid
             CROSS JOIN documents d ON d.no = c.document
             WHERE found MATCH ?3 AND c.version = d.indexed",
            "AND d.no NOT IN (SELECT rowid FROM titled WHERE titled MATCH ?4)",
        ),
        Index::Titles => (
            "title",
            "text",
            "d.title FROM titled CROSS JOIN documents d ON d.no = titled.rowid
             CROSS JOIN chunks c ON c.document = d.no AND c.version = d.indexed AND c.place = 0
             WHERE titled MATCH ?3",
            "AND c.no NOT IN (SELECT rowid FROM found WHERE found MATCH ?4)",
        ),
    };
    let Question { caller, query, .. } = question;
    let wanted = wanted(question, column, std::slice::from_ref(part));
    let mut values = vec![caller.user.bind(), caller.sees_all.bind(), Value::Text(wanted.into())];
    let mut sql = format!("SELECT c.no, d.no, {from} AND {READABLE}");
    if !query.unwanted.is_empty() {
        values.push(Value::Text(scoped(question, other, &query.unwanted).into()));
        let _ = write!(sql, " {without}");
    }
    let condition = question.condition(db, values.len());
    values.extend(condition.values);
    let order = if index == Index::Texts { "found.rowid" } else { "titled.rowid" };
    let _ = write!(sql, " AND {} ORDER BY {order} DESC LIMIT {FOUND_MAX}", condition.sql);
    let words = beginnings(part);
    db.rows(&sql, &values, |row| {
        let (times, length) = count(&row.get::<String>(2)?, &words);
        Ok(Found { chunk: row.get(0)?, document: row.get(1)?, weight: weight(times, length) })
    })
}

const CUT: &str =
    "SELECT snippet(found, 0, '\u{2}', '\u{3}', '…', 40) FROM found WHERE found MATCH ?1 AND rowid = ?2";

/// The best parts of those of `chunks` that hold in their texts what is searched for.
pub(crate) fn snippets(
    db: &Db<'_>,
    question: &Question<'_>,
    chunks: &[i64],
) -> Result<HashMap<i64, Snippet>, Fault> {
    let wanted = wanted(question, "text", &question.query.wanted);
    let mut snippets = HashMap::new();
    for chunk in chunks {
        let cut: Option<String> = db.row(CUT, params![wanted, chunk], |row| row.get(0))?;
        snippets.extend(cut.map(|cut| (*chunk, marked(&cut))));
    }
    Ok(snippets)
}

/// How the words of a part begin, whatever form they have: the index has their stems and does not tell them.
fn beginnings(part: &Part) -> Vec<String> {
    let lower = part.text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| word.chars().take(word.chars().count().saturating_sub(ENDING).max(BARE)).collect())
        .collect()
}

/// How often a part stands in a text, which is once at least, for the index has found it there; and how many words that has.
fn count(text: &str, beginnings: &[String]) -> (f64, f64) {
    let text = text.to_lowercase();
    let (mut times, mut words) = (vec![0_u32; beginnings.len()], 0_u32);
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words += 1;
        for (times, beginning) in times.iter_mut().zip(beginnings) {
            *times += u32::from(word.starts_with(beginning.as_str()));
        }
    }
    let times = times.into_iter().min().unwrap_or_default().max(1);
    (times.into(), words.max(1).into())
}

/// The question in the index's own language. Each part stands in quotation marks, of which it holds none itself: nothing that
/// was typed can be anything but a word.
fn wanted(question: &Question<'_>, column: &str, parts: &[Part]) -> String {
    let wanted = scoped(question, column, parts);
    match &question.query.unwanted[..] {
        [] => wanted,
        unwanted => format!("({wanted}) NOT ({{{column}}} : ({}))", any(unwanted)),
    }
}

/// One of these words, in what is marked with one of the owners.
fn scoped(question: &Question<'_>, column: &str, parts: &[Part]) -> String {
    let words = format!("({{{column}}} : ({}))", any(parts));
    match &question.owners {
        None => words,
        Some(owners) => {
            let marks: Vec<String> = owners.iter().map(|owner| format!("\"o{owner}\"")).collect();
            format!("({{scope}} : ({})) AND {words}", marks.join(" OR "))
        }
    }
}

fn any(parts: &[Part]) -> String {
    let written: Vec<String> = parts
        .iter()
        .map(|part| format!("\"{}\"{}", part.text, if part.is_beginning { " *" } else { "" }))
        .collect();
    written.join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str, part: &str) -> (f64, f64) {
        count(text, &beginnings(&Part { text: part.to_owned(), is_beginning: false }))
    }

    #[test]
    fn words_count_in_all_their_forms_and_once_where_none_is_known() {
        assert_eq!(counted("Foxes hunt. A fox hunts; the FOX is hunting.", "hunting"), (3.0, 9.0));
        assert_eq!(counted("Foxes hunt. A fox hunts; the FOX is hunting.", "fox"), (3.0, 9.0));
        assert_eq!(counted("red fox, red dog", "red fox"), (1.0, 4.0));
        assert_eq!(counted("Café", "cafe!"), (1.0, 1.0));
        assert_eq!(counted("", "ox"), (1.0, 1.0));
    }
}
