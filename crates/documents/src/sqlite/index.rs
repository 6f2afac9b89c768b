//! The index of SQLite (FTS5) and its questions.
//!
//! `found` holds the text of each chunk and the mark of its owner, `titled` the title of each document and the same mark.
//!
//! Invariant: both hold each row exactly as the views `searchable` and `titles` show it. Whoever changes what a view shows takes
//! the row out before, and puts it in again after.

use std::fmt::Write as _;

use crate::db::{Bind, Db, Fault, Value, params};
use crate::query::Part;
use crate::search::Hit;
use crate::shelf::Task;
use crate::table::{COLLECTIONS_OF, HIT, Question, READABLE, marked, read};

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

/// Chunks whose texts fit best.
pub(crate) fn texts(db: &Db<'_>, question: &Question<'_>) -> Result<Vec<Hit>, Fault> {
    // Crossed: the index comes first and in the order of its ranks, so that only what is shown is looked up.
    let from = "found.rank, snippet(found, 0, '\u{2}', '\u{3}', '…', 40)
         FROM found CROSS JOIN chunks c ON c.no = found.rowid CROSS JOIN documents d ON d.no = c.document
         WHERE found MATCH ?3 AND c.version = d.indexed";
    let without = "AND d.no NOT IN (SELECT rowid FROM titled WHERE titled MATCH ?5)";
    let columns = Columns { words: "text", without: "title", order: "found.rank" };
    ask(db, question, (from, without), columns)
}

/// The first chunks of documents whose titles fit best.
pub(crate) fn titles(db: &Db<'_>, question: &Question<'_>) -> Result<Vec<Hit>, Fault> {
    let from = "titled.rank, ''
         FROM titled CROSS JOIN documents d ON d.no = titled.rowid
         CROSS JOIN chunks c ON c.document = d.no AND c.version = d.indexed AND c.place = 0
         WHERE titled MATCH ?3";
    let without = "AND c.no NOT IN (SELECT rowid FROM found WHERE found MATCH ?5)";
    let columns = Columns { words: "title", without: "text", order: "titled.rank" };
    ask(db, question, (from, without), columns)
}

#[derive(Clone, Copy)]
struct Columns {
    words: &'static str,
    without: &'static str,
    order: &'static str,
}

fn ask(
    db: &Db<'_>,
    question: &Question<'_>,
    (from, without): (&str, &str),
    columns: Columns,
) -> Result<Vec<Hit>, Fault> {
    let Question { caller, query, search, .. } = question;
    let mut values: Vec<Value<'_>> = vec![
        caller.user.bind(),
        caller.sees_all.bind(),
        Value::Text(wanted(question, columns.words).into()),
        search.limit.bind(),
    ];
    let mut sql = format!("SELECT {HIT}, {COLLECTIONS_OF}, {from} AND {READABLE}");
    if !query.unwanted.is_empty() {
        values.push(Value::Text(scoped(question, columns.without, &query.unwanted).into()));
        let _ = write!(sql, " {without}");
    }
    let condition = question.condition(db, values.len());
    values.extend(condition.values);
    let _ = write!(sql, " AND {} ORDER BY {} LIMIT ?4", condition.sql, columns.order);
    db.rows(&sql, &values, |row| {
        let hit = read(row, -row.get::<f64>(8)?)?;
        let cut: String = row.get(9)?;
        Ok(if cut.is_empty() { hit } else { Hit { snippet: marked(&cut), ..hit } })
    })
}

/// The question in the index's own language. Each part stands in quotation marks, of which it holds none itself: nothing that
/// was typed can be anything but a word.
fn wanted(question: &Question<'_>, column: &str) -> String {
    let wanted = scoped(question, column, &question.query.wanted);
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
