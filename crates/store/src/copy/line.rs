//! A row on its way: a line of text, as `COPY` of PostgreSQL writes it. Two rows are the same if their lines are.
//!
//! Zero bytes, which PostgreSQL keeps in no text, become what it shows in their place: see `postgres/value.rs`.

use std::borrow::Cow;

use super::table::Kind;
use crate::db::Cell;

/// Adds a field to a line; nothing when it holds what a column of its kind cannot.
pub(super) fn write(out: &mut String, cell: Cell<'_>, kind: Kind) -> Option<()> {
    match (cell, kind) {
        (Cell::Null, _) => out.push_str("\\N"),
        (Cell::Boolean(truth), Kind::Boolean) => out.push(if truth { 't' } else { 'f' }),
        (Cell::Integer(number), Kind::Boolean) => out.push(if number != 0 { 't' } else { 'f' }),
        (Cell::Integer(number), Kind::Integer) => {
            use std::fmt::Write as _;
            write!(out, "{number}").ok()?;
        }
        (Cell::Text(text), Kind::Text) => escape(out, text),
        _ => return None,
    }
    Some(())
}

fn escape(out: &mut String, text: &str) {
    let is_special = |byte: u8| matches!(byte, 0 | 8..=13 | b'\\');
    if !text.bytes().any(is_special) {
        return out.push_str(text);
    }
    for letter in text.chars() {
        match letter {
            '\0' => out.push('\u{fffd}'),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            letter => out.push(letter),
        }
    }
}

/// What a field holds; `None` for no value.
pub(super) fn text(field: &str) -> Option<Cow<'_, str>> {
    if field == "\\N" {
        return None;
    }
    if !field.contains('\\') {
        return Some(Cow::Borrowed(field));
    }
    let (mut out, mut letters) = (String::with_capacity(field.len()), field.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(match letters.next() {
                Some('b') => '\u{8}',
                Some('t') => '\t',
                Some('n') => '\n',
                Some('v') => '\u{b}',
                Some('f') => '\u{c}',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            }),
            letter => out.push(letter),
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_and_never_breaks_a_line() {
        for sent in ["", "plain", "\\N", "a\tb\nc\\d\re", "\u{8}\u{b}\u{c}", "żółć 🦀", "\\t"] {
            let mut line = String::new();
            write(&mut line, Cell::Text(sent), Kind::Text).unwrap();

            assert!(!line.contains(['\t', '\n', '\r']), "{line:?}");
            assert_eq!(text(&line).as_deref(), Some(sent));
        }
        assert_eq!(text("\\N"), None);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_not_written() {
        assert_eq!(write(&mut String::new(), Cell::Text("x"), Kind::Integer), None);
        assert_eq!(write(&mut String::new(), Cell::Integer(1), Kind::Text), None);
    }
}
