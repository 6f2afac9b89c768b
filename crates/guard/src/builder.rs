//! Names, guards and rules, put together.

use std::sync::Arc;

use http::Response;

use crate::answer::Refusal;
use crate::body::FORM_MAX;
use crate::clock::{Clock, SystemClock};
use crate::flow::{Flow, FlowError, GuardName};
use crate::gate::{Guards, Inner};
use crate::guard::Guard;
use crate::method::Methods;
use crate::path::PathTable;
use crate::problem::{BuildError, BuildProblem, Place};
use crate::rule::{Draft, Registered, Rule};
use crate::scope::ScopeSet;
#[cfg(feature = "session")]
use crate::{login::LoginDesk, session::Sessions};

/// Gathers guards and rules; [`build`](Self::build) checks them all.
#[must_use = "guards guard nothing until they are built"]
pub struct GuardsBuilder {
    guards: Vec<Registered>,
    rules: Vec<Draft>,
    denies: bool,
    clock: Arc<dyn Clock>,
    form_max: usize,
    on_refusal: Option<OnRefusal>,
    problems: Vec<BuildProblem>,
    #[cfg(feature = "session")]
    sessions: Option<Sessions>,
    #[cfg(feature = "session")]
    logout: Option<String>,
}

/// Writes an application's own answer to a refused request.
pub(crate) type OnRefusal = Arc<dyn Fn(&Refusal<'_>) -> Option<Response<bytes::Bytes>> + Send + Sync>;

impl std::fmt::Debug for GuardsBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GuardsBuilder")
            .field("guards", &self.guards)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Default for GuardsBuilder {
    fn default() -> Self {
        Self {
            guards: Vec::new(),
            rules: Vec::new(),
            denies: false,
            clock: Arc::new(SystemClock),
            form_max: FORM_MAX,
            on_refusal: None,
            problems: Vec::new(),
            #[cfg(feature = "session")]
            sessions: None,
            #[cfg(feature = "session")]
            logout: None,
        }
    }
}

impl GuardsBuilder {
    /// Adds a guard under the name by which flows call it.
    pub fn guard(self, name: impl Into<GuardName>, guard: impl Guard) -> Self {
        self.shared_guard(name, Arc::new(guard))
    }

    /// Adds a guard that is used elsewhere, too.
    pub fn shared_guard(mut self, name: impl Into<GuardName>, guard: Arc<dyn Guard>) -> Self {
        let name = name.into();
        if self.guards.iter().any(|known| known.name == name) {
            self.problems.push(BuildProblem::DuplicateGuard { name: name.clone() });
        }
        if let Some(fault) = guard.fault() {
            self.problems.push(BuildProblem::BadGuard { name: name.clone(), fault });
        }
        self.guards.push(Registered { name, guard });
        self
    }

    /// Requests with one of `methods` to a path like `path` must satisfy `flow`.
    ///
    /// A path is written as axum writes it (`/fixed`, `/{parameter}`, `/{*rest}`) or with `/:parameter` and `/*`. The closest
    /// pattern counts, in whatever order rules were added.
    pub fn rule<F>(self, methods: impl Into<Methods>, path: &str, flow: F) -> Self
    where
        F: TryInto<Flow>,
        F::Error: Into<FlowError>,
    {
        self.draft(methods.into(), path, Some(flow.try_into().map_err(Into::into)))
    }

    /// Requests with one of `methods` to a path like `path` are let in without being looked at.
    pub fn public(self, methods: impl Into<Methods>, path: &str) -> Self {
        self.draft(methods.into(), path, None)
    }

    fn draft(mut self, methods: Methods, path: &str, flow: Option<Result<Flow, FlowError>>) -> Self {
        let place = Place::Path(path.into());
        self.rules.push(Draft { place, methods, flow, scopes: ScopeSet::EMPTY, is_optional: false });
        self
    }

    /// The rule before this call also asks for these scopes, all of them.
    pub fn scopes(self, scopes: impl Into<ScopeSet>) -> Self {
        let scopes = scopes.into();
        self.change_last("scopes", |rule| rule.scopes = rule.scopes.union(&scopes))
    }

    /// The rule before this call lets in those who bring no credentials, as nobody. Wrong credentials are still refused.
    pub fn optional(self) -> Self {
        self.change_last("optional", |rule| rule.is_optional = true)
    }

    fn change_last(mut self, what: &'static str, change: impl FnOnce(&mut Draft)) -> Self {
        match self.rules.last_mut() {
            Some(rule) => change(rule),
            None => self.problems.push(BuildProblem::NoRuleYet { what }),
        }
        self
    }

    /// A path without a rule is refused, not open.
    pub const fn default_deny(mut self) -> Self {
        self.denies = true;
        self
    }

    /// Where guards take the time from: for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The most bytes of a form that are read for a token; 64 KiB unless told. A longer one is refused with 413.
    pub const fn form_limit(mut self, bytes: usize) -> Self {
        self.form_max = bytes;
        self
    }

    /// Writes the answer to refused requests, `None` for the usual one. A refusal stays one: a status that is no error is
    /// replaced by the usual status, and challenges are added unless the answer has its own.
    pub fn on_refusal(
        mut self,
        write: impl Fn(&Refusal<'_>) -> Option<Response<bytes::Bytes>> + Send + Sync + 'static,
    ) -> Self {
        self.on_refusal = Some(Arc::new(write));
        self
    }

    /// How sessions of guards that log people in are kept; in memory unless told.
    #[cfg(feature = "session")]
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// `POST` to this path of the application logs out.
    #[cfg(feature = "session")]
    pub fn logout(mut self, path: impl Into<String>) -> Self {
        self.logout = Some(path.into());
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`BuildError`] with all that is wrong: unknown or doubled guards, flows that cannot be read, paths that are no
    /// patterns, rules that another hides, guards that were set up in a way that cannot work.
    pub fn build(self) -> Result<Guards, BuildError> {
        let mut problems = self.problems;
        let (mut rules, mut table) = (Vec::new(), PathTable::default());
        for draft in self.rules {
            match draft.check(&self.guards) {
                Ok(rule) => {
                    let at = rules.len();
                    if let Err(fault) = table.add(rule.methods(), rule.path().unwrap_or("/"), at) {
                        let place = Place::Path(rule.path().unwrap_or("/").into());
                        problems.push(BuildProblem::BadPath { at: place, fault });
                    }
                    rules.push(Arc::new(rule));
                }
                Err(found) => problems.extend(found),
            }
        }
        #[cfg(feature = "session")]
        let desk = match desk(&self.guards, self.sessions, &self.clock, self.logout) {
            Ok(desk) => desk,
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        BuildError::unless_empty(problems)?;
        warn_of_unused(&self.guards, &rules);
        Ok(Guards::new(Inner {
            guards: self.guards,
            rules,
            table,
            denies: self.denies,
            clock: self.clock,
            form_max: self.form_max,
            on_refusal: self.on_refusal,
            #[cfg(feature = "session")]
            desk,
        }))
    }
}

/// The desk where people log in and out, if a guard needs sessions.
#[cfg(feature = "session")]
fn desk(
    guards: &[Registered],
    sessions: Option<Sessions>,
    clock: &Arc<dyn Clock>,
    logout: Option<String>,
) -> Result<Option<LoginDesk>, BuildProblem> {
    let is_needed = sessions.is_some() || guards.iter().any(|known| known.guard.is_remembered());
    if !is_needed {
        return Ok(None);
    }
    let login = |known: &Registered| Some((known.name.clone(), known.guard.login()?));
    let logins = guards.iter().filter_map(login).collect();
    LoginDesk::new(sessions.unwrap_or_default(), clock.clone(), logins, logout)
        .map(Some)
        .map_err(|fault| BuildProblem::Login(fault.to_string().into()))
}

/// A guard that no rule names may be a slip of the pen, or meant for routes' own rules.
fn warn_of_unused(guards: &[Registered], rules: &[Arc<Rule>]) {
    for known in guards {
        let is_named = |rule: &Arc<Rule>| rule.flow().is_some_and(|flow| flow.guards().contains(&known.name));
        if !rules.is_empty() && !rules.iter().any(is_named) {
            tracing::debug!(guard = %known.name, "No rule for a path names the guard {}", known.name);
        }
    }
}
