//! A flow as OpenAPI writes it: a list of alternatives, each of which names schemes with scopes.
//!
//! Does not know whether a scheme has scopes; [`prune`](super::prune()) takes away what a scheme cannot have.

use std::collections::BTreeMap;

use crate::flow::{Flow, Plan, PlanError, TooManyAlternatives};
use crate::rule::Rule;
use crate::scope::ScopeSet;

/// One alternative: names of security schemes, all of which are needed, with the scopes asked of them. An empty one stands
/// for callers without credentials.
pub type Requirement = BTreeMap<String, ScopeSet>;

/// Why a flow cannot be written as requirements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecurityError {
    /// The flow cannot be used at all.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Nobody would read so long a list.
    #[error(transparent)]
    TooManyAlternatives(#[from] TooManyAlternatives),
}

impl Flow {
    /// The security requirements of an operation that asks for this flow and for `scopes`.
    ///
    /// Every flow can be written so, for it has no "not". Alternatives that another one makes superfluous are left out.
    ///
    /// ```
    /// use doorward_guard::{Flow, ScopeSet};
    /// use serde_json::json;
    ///
    /// let flow: Flow = "a && (b || c)".parse()?;
    /// let security = flow.security(&ScopeSet::from(["read"]))?;
    /// assert_eq!(json!(security), json!([{ "a": ["read"], "b": ["read"] }, { "a": ["read"], "c": ["read"] }]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SecurityError`]: more guards than a flow may name, or more than 64 alternatives.
    pub fn security(&self, scopes: &ScopeSet) -> Result<Vec<Requirement>, SecurityError> {
        let plan = Plan::new(self)?;
        let names = plan.guards();
        let of = |index: usize| Some((names.get(index)?.to_string(), scopes.clone()));
        Ok(plan.alternatives()?.into_iter().map(|set| set.iter().filter_map(of).collect()).collect())
    }

    /// The same as the flow is written, alternative for alternative; `None` if it would have to be multiplied out.
    ///
    /// ```
    /// # use doorward_guard::{Flow, ScopeSet};
    /// let flow: Flow = "a || (a && b)".parse()?;
    /// assert_eq!(flow.security_as_written(&ScopeSet::EMPTY).map(|list| list.len()), Some(2));
    /// assert_eq!(flow.security(&ScopeSet::EMPTY)?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn security_as_written(&self, scopes: &ScopeSet) -> Option<Vec<Requirement>> {
        let requirement = |names: Vec<crate::GuardName>| {
            names.iter().map(|name| (name.to_string(), scopes.clone())).collect()
        };
        Some(self.written_alternatives()?.into_iter().map(requirement).collect())
    }
}

impl Rule {
    /// The security requirements of operations that fall under the rule: an empty list if it opens its path, an empty
    /// requirement besides where credentials are optional.
    ///
    /// # Errors
    /// As [`Flow::security`].
    pub fn security(&self) -> Result<Vec<Requirement>, SecurityError> {
        let Some(flow) = self.flow() else { return Ok(Vec::new()) };
        let mut alternatives = flow.security(self.scopes())?;
        if self.is_optional() {
            alternatives.push(Requirement::new());
        }
        Ok(alternatives)
    }
}
