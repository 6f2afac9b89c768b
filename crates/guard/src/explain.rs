//! Why a request was refused, or would be: for people, never for the caller.

use std::fmt;
use std::sync::Arc;

use http::Method;

use crate::flow::GuardName;
use crate::gate::{Checked, Fate, Guards};
use crate::guard::Outcome;
use crate::path::Found;
use crate::rule::Rule;

/// What is asked of a method and path. Prints one line.
#[derive(Debug, Clone)]
pub struct Explanation {
    method: Method,
    path: String,
    applies: Applies,
}

#[derive(Debug, Clone)]
enum Applies {
    Rule { number: usize, rule: Arc<Rule> },
    Nothing { denies: bool },
    Ambiguous,
}

impl Explanation {
    pub(crate) fn of(guards: &Guards, method: &Method, path: &str) -> Self {
        let inner = guards.inner();
        let applies = match inner.table.find(method, path) {
            Found::Rule(number) => Applies::Rule { number, rule: inner.rules[number].clone() },
            Found::Nothing => Applies::Nothing { denies: inner.denies },
            Found::Ambiguous => Applies::Ambiguous,
        };
        Self { method: method.clone(), path: path.to_owned(), applies }
    }

    /// The rule that applies.
    pub fn rule(&self) -> Option<&Rule> {
        match &self.applies {
            Applies::Rule { rule, .. } => Some(rule),
            _ => None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: ", self.method, self.path)?;
        match &self.applies {
            Applies::Rule { number, rule } => write!(out, "rule {}: {rule}", number + 1),
            Applies::Nothing { denies: true } => out.write_str("no rule: refused"),
            Applies::Nothing { denies: false } => out.write_str("no rule: open"),
            Applies::Ambiguous => {
                out.write_str("the path can be read in two ways under different rules: refused")
            }
        }
    }
}

/// Prints the rule and what each guard said: `* /me  basic && key: refused (basic passed; key missing)`.
impl fmt::Display for Checked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(out, "{rule}: ")?,
            None => out.write_str("no rule: ")?,
        }
        out.write_str(match self.fate {
            Fate::Admit(_) => "let in",
            Fate::AmbiguousPath => "refused, for the path can be read in two ways",
            Fate::Refuse(_) | Fate::NoRule => "refused",
        })?;
        if let (Fate::Refuse(crate::Decision::LacksScope { .. }), Some(rule)) = (&self.fate, &self.rule) {
            write!(out, ", for want of a scope of: {}", rule.scopes())?;
        }
        let said: Vec<String> = self.outcomes().map(said).collect();
        if said.is_empty() { Ok(()) } else { write!(out, " ({})", said.join("; ")) }
    }
}

fn said((name, outcome): (&GuardName, &Outcome)) -> String {
    match outcome {
        Outcome::Pass(identity) if identity.scopes().is_empty() => format!("{name} passed"),
        Outcome::Pass(identity) => format!("{name} passed with {}", identity.scopes()),
        Outcome::Missing => format!("{name} missing"),
        Outcome::Invalid(reason) => format!("{name} wrong: {reason}"),
        Outcome::BadRequest(reason) => format!("{name} contradicts itself: {reason}"),
        Outcome::Unavailable { reason, .. } => format!("{name} unavailable: {reason}"),
    }
}
