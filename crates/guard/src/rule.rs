//! Rules: which flow and which scopes a path asks for.
//!
//! A rule is read and checked once, when guards are built; at request time there is nothing left that could be wrong.

use std::fmt;
use std::sync::Arc;

use crate::flow::{Flow, FlowError, GuardName, Manner, Plan};
use crate::guard::Guard;
use crate::method::Methods;
use crate::problem::{BuildProblem, Place};
use crate::scope::ScopeSet;

/// What a path or a route asks for.
#[derive(Debug, Clone)]
pub struct Rule {
    place: Place,
    methods: Methods,
    flow: Option<Flow>,
    scopes: ScopeSet,
    is_optional: bool,
    pub(crate) asks: Option<Asks>,
}

/// A flow made ready: whom to ask, and how.
#[derive(Debug, Clone)]
pub(crate) struct Asks {
    pub(crate) plan: Plan,
    /// The number of each of the plan's guards among all guards.
    pub(crate) guards: Box<[usize]>,
    pub(crate) reads_form: bool,
    #[cfg(feature = "session")]
    pub(crate) needs_session: bool,
}

/// All guards by their numbers.
pub(crate) struct Registered {
    pub(crate) name: GuardName,
    pub(crate) guard: Arc<dyn Guard>,
}

impl fmt::Debug for Registered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

impl Rule {
    /// The methods it is for.
    pub const fn methods(&self) -> &Methods {
        &self.methods
    }

    /// The path pattern, as it was written; for a rule of a route there is none.
    pub fn path(&self) -> Option<&str> {
        match &self.place {
            Place::Path(path) => Some(path),
            Place::Route => None,
        }
    }

    /// What must be satisfied; `None` if the rule opens its path to everybody.
    pub const fn flow(&self) -> Option<&Flow> {
        self.flow.as_ref()
    }

    /// What the caller must have been granted.
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The same rule that asks for `scopes` besides.
    pub(crate) fn with_scopes(&self, scopes: &ScopeSet) -> Self {
        Self { scopes: self.scopes.union(scopes), ..self.clone() }
    }

    /// The same rule that lets in those who bring no credentials.
    pub(crate) fn optional(&self) -> Self {
        Self { is_optional: true, ..self.clone() }
    }

    /// Whether a request that brings no credentials at all is let in as nobody.
    pub const fn is_optional(&self) -> bool {
        self.is_optional
    }
}

/// Prints `GET,HEAD /path  flow  scope a b`.
impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}  ", self.methods, self.place)?;
        match &self.flow {
            Some(flow) => write!(out, "{flow}")?,
            None => out.write_str("open")?,
        }
        if self.is_optional {
            out.write_str("  optional")?;
        }
        if !self.scopes.is_empty() {
            write!(out, "  scope {}", self.scopes)?;
        }
        Ok(())
    }
}

/// A rule as it was written, before it was checked.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) place: Place,
    pub(crate) methods: Methods,
    /// `None` opens the path.
    pub(crate) flow: Option<Result<Flow, FlowError>>,
    pub(crate) scopes: ScopeSet,
    pub(crate) is_optional: bool,
}

impl Draft {
    /// The rule, or everything that is wrong with it.
    pub(crate) fn check(self, guards: &[Registered]) -> Result<Rule, Vec<BuildProblem>> {
        let Self { place, methods, flow, scopes, is_optional } = self;
        let at = || place.clone();
        let mut problems = Vec::new();
        let flow = match flow.transpose() {
            Ok(flow) => flow,
            Err(fault) => return Err(vec![BuildProblem::BadFlow { at: at(), fault }]),
        };
        if let Some(scope) = scopes.first_unprintable() {
            problems.push(BuildProblem::BadScope { at: at(), scope: scope.to_owned() });
        }
        if flow.is_none() && (!scopes.is_empty() || is_optional) {
            problems.push(BuildProblem::OpenWithDemands { at: at() });
        }
        let unknown = flow.iter().flat_map(Flow::guards).filter(|name| number(guards, name).is_none());
        problems.extend(unknown.map(|name| BuildProblem::UnknownGuard { at: at(), name }));
        let asks = match flow.as_ref().map(|flow| Asks::new(flow, guards)).transpose() {
            Ok(asks) => asks,
            Err(fault) => {
                problems.push(BuildProblem::BadPlan { at: at(), fault });
                None
            }
        };
        if problems.is_empty() {
            Ok(Rule { place, methods, flow, scopes, is_optional, asks })
        } else {
            Err(problems)
        }
    }
}

impl Asks {
    fn new(flow: &Flow, all: &[Registered]) -> Result<Self, crate::flow::PlanError> {
        let named = |name: &str| number(all, name).map(|number| &*all[number].guard);
        let plan = Plan::with_manners(flow, |name| named(name).map_or(Manner::Silent, manner))?;
        let guards: Box<[usize]> = plan.guards().iter().filter_map(|name| number(all, name)).collect();
        let any = |is: fn(&dyn Guard) -> bool| guards.iter().any(|number| is(&*all[*number].guard));
        let reads_form = any(|guard| guard.reads_form());
        #[cfg(feature = "session")]
        let needs_session = any(|guard| guard.is_remembered());
        Ok(Self {
            plan,
            guards,
            reads_form,
            #[cfg(feature = "session")]
            needs_session,
        })
    }
}

fn number(guards: &[Registered], name: &str) -> Option<usize> {
    guards.iter().position(|known| *known.name == *name)
}

fn manner(guard: &dyn Guard) -> Manner {
    #[cfg(feature = "session")]
    if guard.login().is_some() {
        return Manner::Interactive;
    }
    let probe = guard.challenge(crate::guard::Why::Missing, &ScopeSet::EMPTY);
    if probe.is_some() { Manner::Challenge } else { Manner::Silent }
}
