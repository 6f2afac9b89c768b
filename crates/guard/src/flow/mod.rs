//! Which guards a request must satisfy: names joined by "and" and "or".
//!
//! A [`Flow`] is written as text (`google || (basic && key)`) or built in code (`guard("google").or(guard("key"))`);
//! the two forms are equal. There is no "not": a further proof never takes an entrance away.
//! Does not know what a guard is; names meet guards when [`Guards`](crate::Guards) are built.
//!
//! Invariant: "and" and "or" have at least two members and never a member of their own kind.

mod dnf;
mod parse;
mod plan;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use dnf::TooManyAlternatives;
pub use parse::{FlowError, Problem as FlowProblem};
pub use plan::{GuardSet, Manner, Plan, PlanError};

/// The name of a guard, as rules write it.
pub type GuardName = Arc<str>;

/// A condition over guards.
///
/// ```
/// use doorward_guard::{Flow, guard};
///
/// let text: Flow = "google || (basic && key)".parse()?;
/// let code = guard("google").or(guard("basic").and(guard("key")));
///
/// assert_eq!(text, code);
/// assert_eq!(text.to_string(), "google || (basic && key)");
/// # Ok::<(), doorward_guard::FlowError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Flow(Node);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Node {
    Guard(GuardName),
    All(Vec<Flow>),
    Any(Vec<Flow>),
}

/// What a [`Flow`] is made of, one level deep.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// One guard.
    Guard(&'a GuardName),
    /// All of these.
    All(&'a [Flow]),
    /// Any of these.
    Any(&'a [Flow]),
}

/// The flow that asks the one guard called `name`.
///
/// ```
/// use doorward_guard::guard;
///
/// assert_eq!(guard("basic").and(guard("key")).to_string(), "basic && key");
/// ```
///
/// Whether there is such a guard is checked when the guards are built.
pub fn guard(name: impl Into<GuardName>) -> Flow {
    Flow(Node::Guard(name.into()))
}

impl Flow {
    /// Satisfied if `self` and `other` are. Scopes of both add up.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all(vec![self, other])
    }

    /// Satisfied if `self` or `other` is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any(vec![self, other])
    }

    /// What this flow is made of.
    pub fn shape(&self) -> Shape<'_> {
        match &self.0 {
            Node::Guard(name) => Shape::Guard(name),
            Node::All(members) => Shape::All(members),
            Node::Any(members) => Shape::Any(members),
        }
    }

    /// The guards named here, each once, in order of first appearance.
    ///
    /// ```
    /// let flow: doorward_guard::Flow = "b || (a && b)".parse()?;
    /// assert_eq!(flow.guards().iter().map(|name| &**name).collect::<Vec<_>>(), ["b", "a"]);
    /// # Ok::<(), doorward_guard::FlowError>(())
    /// ```
    pub fn guards(&self) -> Vec<GuardName> {
        let mut names = Vec::new();
        self.collect_into(&mut names);
        names
    }

    /// Whether the flow is satisfied if exactly the guards for which `passed` says yes have passed.
    ///
    /// ```
    /// let flow: doorward_guard::Flow = "a && (b || c)".parse()?;
    /// assert!(flow.is_satisfied_by(|name| name != "b"));
    /// assert!(!flow.is_satisfied_by(|name| name != "a"));
    /// # Ok::<(), doorward_guard::FlowError>(())
    /// ```
    pub fn is_satisfied_by(&self, passed: impl Fn(&str) -> bool) -> bool {
        fn holds(flow: &Flow, passed: &dyn Fn(&str) -> bool) -> bool {
            match &flow.0 {
                Node::Guard(name) => passed(name),
                Node::All(members) => members.iter().all(|member| holds(member, passed)),
                Node::Any(members) => members.iter().any(|member| holds(member, passed)),
            }
        }
        holds(self, &passed)
    }

    /// All of `members`, which must not be empty.
    fn all(members: Vec<Self>) -> Self {
        let flat = flatten(members, |node| match node {
            Node::All(inner) => Ok(inner),
            other => Err(other),
        });
        single(flat).unwrap_or_else(|many| Self(Node::All(many)))
    }

    /// Any of `members`, which must not be empty.
    fn any(members: Vec<Self>) -> Self {
        let flat = flatten(members, |node| match node {
            Node::Any(inner) => Ok(inner),
            other => Err(other),
        });
        single(flat).unwrap_or_else(|many| Self(Node::Any(many)))
    }

    fn collect_into(&self, names: &mut Vec<GuardName>) {
        match &self.0 {
            Node::Guard(name) if !names.contains(name) => names.push(name.clone()),
            Node::Guard(_) => {}
            Node::All(members) | Node::Any(members) => {
                members.iter().for_each(|member| member.collect_into(names));
            }
        }
    }
}

fn flatten(members: Vec<Flow>, open: impl Fn(Node) -> Result<Vec<Flow>, Node>) -> Vec<Flow> {
    let mut flat = Vec::with_capacity(members.len());
    for Flow(node) in members {
        match open(node) {
            Ok(inner) => flat.extend(inner),
            Err(node) => flat.push(Flow(node)),
        }
    }
    flat
}

fn single(mut members: Vec<Flow>) -> Result<Flow, Vec<Flow>> {
    match members.pop() {
        Some(only) if members.is_empty() => Ok(only),
        Some(last) => {
            members.push(last);
            Err(members)
        }
        None => Err(members),
    }
}

/// Prints a text that parses to the same flow.
impl fmt::Display for Flow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (members, between) = match &self.0 {
            Node::Guard(name) => return write_name(name, out),
            Node::All(members) => (members, " && "),
            Node::Any(members) => (members, " || "),
        };
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                out.write_str(between)?;
            }
            match member.0 {
                Node::Guard(_) => write!(out, "{member}")?,
                _ => write!(out, "({member})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Flow({self})")
    }
}

fn write_name(name: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if parse::is_plain_name(name) {
        return out.write_str(name);
    }
    out.write_str("\"")?;
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            out.write_str("\\")?;
        }
        write!(out, "{character}")?;
    }
    out.write_str("\"")
}

impl std::str::FromStr for Flow {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        parse::parse(text)
    }
}

impl TryFrom<&str> for Flow {
    type Error = FlowError;

    fn try_from(text: &str) -> Result<Self, FlowError> {
        parse::parse(text)
    }
}

impl TryFrom<String> for Flow {
    type Error = FlowError;

    fn try_from(text: String) -> Result<Self, FlowError> {
        parse::parse(&text)
    }
}

impl Serialize for Flow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Flow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        parse::parse(&text).map_err(de::Error::custom)
    }
}
