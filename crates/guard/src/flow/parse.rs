//! Reads the text form of a [`Flow`].
//!
//! ```text
//! flow = all ("||" all)*      all = one ("&&" one)*      one = name | "(" flow ")"
//! name = letter (letter | digit | "_" | ".")*  |  text in "…", '…' or `…` with \ before a quote or \
//! ```
//!
//! Invariant: needs no stack of its own per nesting level, and gives up before a hostile text costs memory or time.

use std::fmt;

use super::{Flow, guard};

/// Bytes a flow may have.
pub(crate) const MAX_TEXT: usize = 16 * 1024;
/// Open parentheses at one place.
pub(crate) const MAX_DEPTH: usize = 64;
/// Characters a name may have.
pub(crate) const MAX_NAME: usize = 64;

/// Why a text is not a flow, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowError {
    column: usize,
    problem: Problem,
}

/// What is wrong at the column of a [`FlowError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A guard name or `(` should stand here.
    ExpectedGuard,
    /// `&&`, `||`, a closing parenthesis or the end should stand here.
    ExpectedOperator,
    /// This parenthesis is never closed.
    Unclosed,
    /// There is nothing to close here.
    Unopened,
    /// A quoted name does not end.
    UnclosedName,
    /// A name is empty, too long or has control characters.
    BadName,
    /// `&`, `|` or `!`: flows know `&&` and `||` only.
    UnknownOperator,
    /// More than 64 parentheses are open.
    TooDeep,
    /// The text has more than 16384 bytes.
    TooLong,
}

impl FlowError {
    /// Where reading stopped: 1 is the first character.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong there.
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for FlowError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.problem {
            Problem::ExpectedGuard => "expected the name of a guard or `(`",
            Problem::ExpectedOperator => {
                "expected `&&`, `||` or the end (other names than letters, digits, `_` and `.` need quotes)"
            }
            Problem::Unclosed => "this `(` is never closed; look",
            Problem::Unopened => "there is no `(` for the `)`",
            Problem::UnclosedName => "the quoted name does not end; it starts",
            Problem::BadName => "a name needs 1 to 64 characters without control characters",
            Problem::UnknownOperator => "only `&&` and `||` join guards; found another operator",
            Problem::TooDeep => "more than 64 nested parentheses",
            Problem::TooLong => "more than 16384 bytes; stopped",
        };
        write!(out, "{what} at column {}", self.column)
    }
}

impl std::error::Error for FlowError {}

impl From<std::convert::Infallible> for FlowError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// Whether `name` can be written without quotes.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(starts_name)
        && characters.all(continues_name)
        && name.chars().count() <= MAX_NAME
}

fn starts_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn continues_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.')
}

/// One open parenthesis, or the whole text: the alternatives read so far and the one being read.
struct Level {
    opened_at: usize,
    alternatives: Vec<Flow>,
    current: Vec<Flow>,
}

impl Level {
    const fn new(opened_at: usize) -> Self {
        Self { opened_at, alternatives: Vec::new(), current: Vec::new() }
    }

    fn end_alternative(&mut self) {
        let members = std::mem::take(&mut self.current);
        self.alternatives.push(Flow::all(members));
    }

    fn finish(mut self) -> Flow {
        self.end_alternative();
        Flow::any(self.alternatives)
    }
}

enum Token {
    Name(String),
    And,
    Or,
    Open,
    Close,
}

pub(super) fn parse(text: &str) -> Result<Flow, FlowError> {
    if text.len() > MAX_TEXT {
        return Err(FlowError { column: MAX_TEXT + 1, problem: Problem::TooLong });
    }
    let mut tokens = Tokens { rest: text.chars().peekable(), column: 1 };
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::new(0);
    let mut wants_guard = true;
    while let Some((column, token)) = tokens.next()? {
        let fail = |problem| Err(FlowError { column, problem });
        match (token, wants_guard) {
            (Token::Name(name), true) => {
                level.current.push(guard(name));
                wants_guard = false;
            }
            (Token::Open, true) if outer.len() >= MAX_DEPTH => return fail(Problem::TooDeep),
            (Token::Open, true) => outer.push(std::mem::replace(&mut level, Level::new(column))),
            (Token::And, false) => wants_guard = true,
            (Token::Or, false) => {
                level.end_alternative();
                wants_guard = true;
            }
            (Token::Close, false) => {
                let Some(around) = outer.pop() else { return fail(Problem::Unopened) };
                let inner = std::mem::replace(&mut level, around).finish();
                level.current.push(inner);
            }
            (_, true) => return fail(Problem::ExpectedGuard),
            (Token::Name(_) | Token::Open, false) => return fail(Problem::ExpectedOperator),
        }
    }
    if wants_guard {
        return Err(FlowError { column: tokens.column, problem: Problem::ExpectedGuard });
    }
    if !outer.is_empty() {
        return Err(FlowError { column: level.opened_at, problem: Problem::Unclosed });
    }
    Ok(level.finish())
}

struct Tokens<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    column: usize,
}

impl Tokens<'_> {
    fn next(&mut self) -> Result<Option<(usize, Token)>, FlowError> {
        while self.take_if(char::is_whitespace).is_some() {}
        let column = self.column;
        let Some(character) = self.take_if(|_| true) else { return Ok(None) };
        let token = match character {
            '(' => Token::Open,
            ')' => Token::Close,
            '&' | '|' if self.take_if(|next| next == character).is_some() => {
                if character == '&' {
                    Token::And
                } else {
                    Token::Or
                }
            }
            '&' | '|' | '!' | '+' | '-' | '=' => {
                return Err(FlowError { column, problem: Problem::UnknownOperator });
            }
            '"' | '\'' | '`' => Token::Name(self.quoted(character, column)?),
            start if starts_name(start) => Token::Name(self.plain(start, column)?),
            _ => return Err(FlowError { column, problem: Problem::ExpectedGuard }),
        };
        Ok(Some((column, token)))
    }

    fn plain(&mut self, start: char, column: usize) -> Result<String, FlowError> {
        let mut name = String::from(start);
        while let Some(next) = self.take_if(continues_name) {
            name.push(next);
        }
        checked(name, column)
    }

    fn quoted(&mut self, quote: char, column: usize) -> Result<String, FlowError> {
        let unclosed = FlowError { column, problem: Problem::UnclosedName };
        let mut name = String::new();
        loop {
            match self.take_if(|_| true).ok_or_else(|| unclosed.clone())? {
                end if end == quote => return checked(name, column),
                '\\' => name.push(self.take_if(|_| true).ok_or_else(|| unclosed.clone())?),
                plain => name.push(plain),
            }
        }
    }

    fn take_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let taken = self.rest.next_if(|&next| wanted(next))?;
        self.column += 1;
        Some(taken)
    }
}

/// `name`, unless no guard may be called so.
fn checked(name: String, column: usize) -> Result<String, FlowError> {
    if is_valid_name(&name) { Ok(name) } else { Err(FlowError { column, problem: Problem::BadName }) }
}

/// Whether a guard may be called `name`.
pub(crate) fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> (usize, Problem) {
        let error = parse(text).expect_err("not a flow");
        (error.column, error.problem)
    }

    #[test]
    fn errors_name_the_column() {
        assert_eq!(problem("a b"), (3, Problem::ExpectedOperator));
        assert_eq!(problem("a ||"), (5, Problem::ExpectedGuard));
        assert_eq!(problem("  "), (3, Problem::ExpectedGuard));
        assert_eq!(problem("a && (b || c"), (6, Problem::Unclosed));
        assert_eq!(problem("é || b)"), (7, Problem::Unopened));
        assert_eq!(problem("a | b"), (3, Problem::UnknownOperator));
        assert_eq!(problem("a && 'b"), (6, Problem::UnclosedName));
        assert_eq!(problem("''"), (1, Problem::BadName));
        assert_eq!(problem("my-guard"), (3, Problem::UnknownOperator));
    }

    #[test]
    fn nesting_and_length_are_limited() {
        let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));

        assert_eq!(parse(&nested(MAX_DEPTH)).expect("within the limit"), guard("a"));
        assert_eq!(problem(&nested(MAX_DEPTH + 1)), (MAX_DEPTH + 1, Problem::TooDeep));
        assert_eq!(problem(&"a||".repeat(MAX_TEXT)).1, Problem::TooLong);
    }

    #[test]
    fn any_name_can_be_quoted() {
        let flow = parse(r#""a \"b\" \\ c" || 'my-guard'"#).expect("quoted names");

        assert_eq!(flow, guard("a \"b\" \\ c").or(guard("my-guard")));
        assert_eq!(flow.to_string(), r#""a \"b\" \\ c" || "my-guard""#);
    }
}
