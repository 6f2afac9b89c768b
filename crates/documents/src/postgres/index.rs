//! The index of PostgreSQL (`tsvector`, GIN) and its questions.
//!
//! Each entry holds the words of a text without its accents, and a mark of the owner that no word can be, for it has a blank.
//! The language is the one that the database notes, so that all nodes ask as they write.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::db::{Bind, Db, Fault, Value, params};
use crate::query::Part;
use crate::search::Snippet;
use crate::shelf::Task;
use crate::table::{BEGIN, END, FOUND_MAX, FULL, Found, Index, Question, READABLE, list, marked};

/// Characters around the first word that was searched for.
const BEFORE: usize = 60;
const SNIPPET: usize = 300;

/// What `ts_rank` gives a word that stands in a text once: words of the lowest class weigh a tenth there.
const ONCE: f64 = 0.1 / FULL;

/// The configuration that words are read by.
const CONFIGURATION: &str =
    "(SELECT CAST('doorward_documents.words_' || value AS regconfig) FROM notes WHERE name = 'language')";

/// Writes and indexes chunks of a version from `place` on, in one go.
pub(crate) fn add(db: &Db<'_>, task: Task, place: u32, texts: &[String]) -> Result<(), Fault> {
    let texts = serde_json::to_string(texts).map_err(|_| Fault::Corrupt("a list"))?;
    let sql = format!(
        "INSERT INTO chunks (document, version, place, text, found)
         SELECT d.no, ?2, ?3 + new.at - 1, new.text, to_tsvector(language.name, plain(new.text))
           || array_to_tsvector(ARRAY['o ' || d.owner_no])
         FROM documents d, (SELECT {CONFIGURATION} AS name) language,
           jsonb_array_elements_text(CAST(?4 AS jsonb)) WITH ORDINALITY AS new (text, at)
         WHERE d.no = ?1"
    );
    db.execute(&sql, params![task.no, task.version, place, texts])?;
    Ok(())
}

/// Puts chunks in that were written without.
pub(crate) fn put_in(db: &Db<'_>, chunks: &[i64]) -> Result<(), Fault> {
    let sql = format!(
        "UPDATE chunks SET found = to_tsvector({CONFIGURATION}, plain(chunks.text))
           || array_to_tsvector(ARRAY['o ' || d.owner_no])
         FROM documents d WHERE d.no = chunks.document AND chunks.no IN ({})",
        list(chunks.iter().copied())
    );
    db.execute(&sql, params![])?;
    Ok(())
}

/// Removes these chunks.
pub(crate) fn remove(db: &Db<'_>, chunks: &[i64]) -> Result<(), Fault> {
    if chunks.is_empty() {
        return Ok(());
    }
    let numbers: Vec<String> = chunks.iter().map(ToString::to_string).collect();
    db.execute(&format!("DELETE FROM chunks WHERE no IN ({})", numbers.join(", ")), params![])?;
    Ok(())
}

/// Puts the title of a document in, in place of the one before.
pub(crate) fn entitle(db: &Db<'_>, document: i64) -> Result<(), Fault> {
    let sql = format!(
        "UPDATE documents SET titled = to_tsvector({CONFIGURATION}, plain(title))
           || array_to_tsvector(ARRAY['o ' || owner_no]) WHERE no = ?1"
    );
    db.execute(&sql, params![document])?;
    Ok(())
}

/// Chunks that hold `part`, youngest first.
pub(crate) fn found(
    db: &Db<'_>,
    question: &Question<'_>,
    index: Index,
    part: &Part,
) -> Result<Vec<Found>, Fault> {
    let (entry, other, from) = match index {
        Index::Texts => (
            "c.found",
            "d.titled",
            "chunks c JOIN documents d ON d.no = c.document AND c.version = d.indexed",
        ),
        Index::Titles => (
            "d.titled",
            "c.found",
            "documents d JOIN chunks c ON c.document = d.no AND c.version = d.indexed AND c.place = 0",
        ),
    };
    let Question { caller, query, .. } = question;
    let mut values: Vec<Value<'_>> = vec![caller.user.bind(), caller.sees_all.bind()];
    let wanted = any(std::slice::from_ref(part), &mut values);
    let unwanted = any(&query.unwanted, &mut values);
    let condition = question.condition(db, values.len());
    values.extend(condition.values);
    let mut narrowed = "words.wanted && !! words.unwanted".to_owned();
    if let Some(owners) = &question.owners {
        let marks: Vec<String> = owners.iter().map(|owner| format!("''o {owner}''")).collect();
        let _ = write!(narrowed, " && CAST('{}' AS tsquery)", marks.join(" | "));
    }
    let sql = format!(
        "WITH asked AS MATERIALIZED (
           SELECT words.wanted, words.unwanted, {narrowed} AS question
           FROM (SELECT {wanted} AS wanted, {unwanted} AS unwanted
                 FROM (SELECT {CONFIGURATION} AS language) configured) words
           WHERE numnode(words.wanted) > 0)
         SELECT hit.* FROM asked, LATERAL (
           SELECT c.no, d.no AS document, ts_rank({entry}, asked.wanted, 1) AS rank
           FROM {from}
           WHERE {entry} @@ asked.question AND NOT ({other} @@ asked.unwanted) AND {READABLE} AND {}
           ORDER BY c.no DESC LIMIT {FOUND_MAX}) hit",
        condition.sql
    );
    db.rows(&sql, &values, |row| {
        Ok(Found { chunk: row.get(0)?, document: row.get(1)?, weight: row.get::<f64>(2)? / ONCE })
    })
}

/// The best parts of those of `chunks` that hold in their texts what is searched for.
pub(crate) fn snippets(
    db: &Db<'_>,
    question: &Question<'_>,
    chunks: &[i64],
) -> Result<HashMap<i64, Snippet>, Fault> {
    if chunks.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values = Vec::new();
    let wanted = any(&question.query.wanted, &mut values);
    let sql = format!(
        "SELECT c.no, c.text, CAST(ts_headline(asked.language, plain(c.text), asked.wanted,
             'HighlightAll=TRUE, StartSel=\"{BEGIN}\", StopSel=\"{END}\"') AS TEXT)
         FROM (SELECT language, {wanted} AS wanted FROM (SELECT {CONFIGURATION} AS language) configured) asked, chunks c
         WHERE c.no IN ({}) AND c.found @@ asked.wanted",
        list(chunks.iter().copied())
    );
    let shown = db.rows(&sql, &values, |row| {
        Ok((row.get(0)?, around(&marked(&row.get::<String>(2)?), &row.get::<String>(1)?)))
    })?;
    Ok(shown.into_iter().collect())
}

/// One of these parts, as a question to the index; nothing that was typed is syntax of it.
fn any(parts: &[Part], values: &mut Vec<Value<'_>>) -> String {
    let mut written = vec!["CAST('' AS tsquery)".to_owned()];
    for part in parts {
        let text = if part.is_beginning { beginning(&part.text) } else { part.text.clone() };
        values.push(Value::Text(text.into()));
        let place = values.len();
        written.push(if part.is_beginning {
            format!("to_tsquery(language, '''' || plain(?{place}) || ''':*')")
        } else {
            format!("phraseto_tsquery(language, plain(?{place}))")
        });
    }
    format!("({})", written.join(" || "))
}

/// The beginning of a word, to be quoted: letters and digits are left.
fn beginning(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    clean.trim().to_owned()
}

/// The part of a text around the first mark. `whole` is the text letter for letter, perhaps without accents.
fn around(whole: &Snippet, text: &str) -> Snippet {
    let first = whole.marks.first().map_or(0, |mark| mark.0);
    let from = first.saturating_sub(BEFORE);
    let marks = whole.marks.iter().filter(|mark| mark.1 <= from + SNIPPET);
    Snippet {
        text: text.chars().skip(from).take(SNIPPET).collect(),
        marks: marks.map(|mark| (mark.0 - from, mark.1 - from)).collect(),
    }
}
