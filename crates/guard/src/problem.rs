//! What can be wrong with guards and rules: found when they are built, never at request time.

use std::fmt;
use std::sync::Arc;

use crate::flow::{FlowError, GuardName, PlanError};
use crate::guard::Reason;
use crate::path::PatternError;

/// Guards that cannot be built, with everything that is wrong.
///
/// ```
/// use doorward_guard::{Guards, any};
///
/// let error = Guards::builder().rule(any(), "/*", "google").build().unwrap_err();
/// assert_eq!(error.to_string(), "the rule for /* names the guard \"google\", which does not exist");
/// ```
#[derive(Debug, Clone)]
pub struct BuildError(Vec<BuildProblem>);

impl BuildError {
    /// What is wrong, in the order it was written.
    pub fn problems(&self) -> &[BuildProblem] {
        &self.0
    }

    /// `Err` if there is any problem.
    pub(crate) fn unless_empty(problems: Vec<BuildProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl From<Vec<BuildProblem>> for BuildError {
    fn from(problems: Vec<BuildProblem>) -> Self {
        Self(problems)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

/// Where a rule applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All paths of a pattern.
    Path(Arc<str>),
    /// The routes that a layer was put around.
    Route,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => out.write_str(path),
            Self::Route => out.write_str("a route"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BuildProblem {
    /// A flow names a guard that does not exist.
    #[error("the rule for {at} names the guard \"{name}\", which does not exist")]
    UnknownGuard {
        /// Which rule.
        at: Place,
        /// The name.
        name: GuardName,
    },
    /// Two guards have one name.
    #[error("there are two guards called \"{name}\"")]
    DuplicateGuard {
        /// The name.
        name: GuardName,
    },
    /// A guard was set up in a way that cannot work.
    #[error("the guard \"{name}\" cannot be used: {fault}")]
    BadGuard {
        /// Its name.
        name: GuardName,
        /// What is wrong.
        fault: Reason,
    },
    /// A flow cannot be read.
    #[error("the flow of the rule for {at} cannot be read: {fault}")]
    BadFlow {
        /// Which rule.
        at: Place,
        /// What is wrong, and where.
        fault: FlowError,
    },
    /// A flow is too large.
    #[error("the flow of the rule for {at} cannot be used: {fault}")]
    BadPlan {
        /// Which rule.
        at: Place,
        /// What is wrong.
        fault: PlanError,
    },
    /// A scope has characters that OAuth cannot carry (RFC 6749 §3.3).
    #[error(
        "the rule for {at} asks for the scope {scope:?}: a scope is printable ASCII without space, quote and backslash"
    )]
    BadScope {
        /// Which rule.
        at: Place,
        /// The scope.
        scope: String,
    },
    /// A rule opens its path and yet asks for something.
    #[error(
        "the rule for {at} opens it to everybody and asks for scopes or an optional login: give it a flow"
    )]
    OpenWithDemands {
        /// Which rule.
        at: Place,
    },
    /// A path cannot be a pattern, or an earlier rule hides the rule.
    #[error("the rule for {at} cannot be used: {fault}")]
    BadPath {
        /// Which rule.
        at: Place,
        /// What is wrong.
        fault: PatternError,
    },
    /// `scopes` or `optional` came before any rule.
    #[error("`{what}` belongs after a rule")]
    NoRuleYet {
        /// The method of the builder.
        what: &'static str,
    },
    /// Logins cannot be set up.
    #[error("logins cannot be set up: {0}")]
    Login(Reason),
}
