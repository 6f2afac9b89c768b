//! Guards, built: everything that is known before the first request comes.

use std::fmt;
use std::sync::Arc;

use http::header::ACCEPT;
use http::request::Parts;
use http::{HeaderName, Method};

use crate::ask::{Outcomes, ask};
use crate::builder::{GuardsBuilder, OnRefusal};
use crate::clock::Clock;
use crate::decide::{Decision, decide};
use crate::explain::Explanation;
use crate::flow::{Flow, FlowError, GuardName};
use crate::guard::Guard;
use crate::layer::{GuardLayer, Which};
#[cfg(feature = "session")]
use crate::login::LoginDesk;
use crate::method::any;
use crate::path::{Found, PathTable};
use crate::principal::User;
use crate::problem::{BuildError, Place};
use crate::request::GuardRequest;
use crate::rule::{Asks, Draft, Registered, Rule};
use crate::scope::ScopeSet;

/// All guards and rules of an application. Cheap to clone.
///
/// ```
/// use doorward_guard::guards::{ApiKey, Basic};
/// use doorward_guard::{Guards, any, get};
///
/// let guards = Guards::builder()
///     .guard("basic", Basic::users([("ada", "lovelace")]).realm("api"))
///     .guard("key", ApiKey::header("x-api-key").secret("b3c1…"))
///     .rule(any(), "/*", "basic || key")
///     .public(get(), "/health")
///     .default_deny()
///     .build()?;
///
/// assert_eq!(guards.explain(&http::Method::POST, "/me").to_string(), "POST /me: rule 1: * /*  basic || key");
/// # Ok::<(), doorward_guard::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Guards(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) guards: Vec<Registered>,
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) table: PathTable,
    pub(crate) denies: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) form_max: usize,
    pub(crate) on_refusal: Option<OnRefusal>,
    #[cfg(feature = "session")]
    pub(crate) desk: Option<LoginDesk>,
}

impl fmt::Debug for Guards {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Guards")
            .field("guards", &self.0.guards)
            .field("rules", &self.0.rules)
            .finish_non_exhaustive()
    }
}

impl Guards {
    /// No guards and no rules yet.
    pub fn builder() -> GuardsBuilder {
        GuardsBuilder::default()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The layer that holds every request against the rules.
    ///
    /// Put it around the whole application, so that it sees paths as they were sent, and inside of layers for CORS, whose
    /// preflight requests bring no credentials.
    pub fn layer(&self) -> GuardLayer {
        GuardLayer::new(self.clone(), Which::ByPath)
    }

    /// A layer for single routes: whoever calls them must satisfy `flow`.
    ///
    /// ```
    /// # use doorward_guard::{Guards, guards::Basic};
    /// # let guards = Guards::builder().guard("basic", Basic::users([("ada", "lovelace")])).build()?;
    /// let reports = guards.require("basic")?.scopes(["reports:read"]);
    /// assert!(guards.require("basic && typo").is_err());
    /// # Ok::<(), doorward_guard::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError`]: the flow cannot be read, or names a guard that does not exist.
    pub fn require<F>(&self, flow: F) -> Result<GuardLayer, BuildError>
    where
        F: TryInto<Flow>,
        F::Error: Into<FlowError>,
    {
        let draft = Draft {
            place: Place::Route,
            methods: any(),
            flow: Some(flow.try_into().map_err(Into::into)),
            scopes: ScopeSet::EMPTY,
            is_optional: false,
        };
        self.layer_of(draft)
    }

    pub(crate) fn layer_of(&self, draft: Draft) -> Result<GuardLayer, BuildError> {
        let rule = draft.check(&self.0.guards)?;
        Ok(GuardLayer::new(self.clone(), Which::Route(Arc::new(rule))))
    }

    /// The rules for paths, in the order they were added.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.0.rules.iter().map(|rule| &**rule)
    }

    /// The names of the guards, in the order they were added, with the guards.
    pub fn guards(&self) -> impl Iterator<Item = (&GuardName, &Arc<dyn Guard>)> {
        self.0.guards.iter().map(|known| (&known.name, &known.guard))
    }

    /// Whether a path without a rule is refused.
    pub fn denies_by_default(&self) -> bool {
        self.0.denies
    }

    /// What would be asked of a request with this method and path.
    pub fn explain(&self, method: &Method, path: &str) -> Explanation {
        Explanation::of(self, method, path)
    }

    /// The routes of `routes` for which there is no rule: open to everybody, or refused where guards deny by default.
    ///
    /// ```
    /// # use doorward_guard::{Guards, any, guards::Basic};
    /// use http::Method;
    /// # let basic = Basic::users([("ada", "lovelace")]);
    /// let guards = Guards::builder().guard("basic", basic).rule(any(), "/me", "basic").build()?;
    ///
    /// let routes = [(Method::GET, "/me"), (Method::GET, "/admin")];
    /// assert_eq!(guards.without_rule(routes), [(Method::GET, "/admin".to_owned())]);
    /// # Ok::<(), doorward_guard::BuildError>(())
    /// ```
    pub fn without_rule<'r>(
        &self,
        routes: impl IntoIterator<Item = (Method, &'r str)>,
    ) -> Vec<(Method, String)> {
        let is_bare =
            |(method, path): &(Method, &str)| !matches!(self.0.table.find(method, path), Found::Rule(_));
        routes.into_iter().filter(is_bare).map(|(method, path)| (method, path.to_owned())).collect()
    }

    /// Holds the head of a request against the rules without being a layer: for servers that are no tower services, and for
    /// tests. `form` is the body where that is a form. Sessions are not looked at.
    pub async fn check(&self, parts: &Parts, form: Option<&bytes::Bytes>) -> Checked {
        let found = self.0.table.find(&parts.method, parts.uri.path());
        let Found::Rule(number) = found else {
            return Checked::without_rule(self, found);
        };
        let rule = self.0.rules[number].clone();
        let Some(asks) = &rule.asks else { return Checked::open(rule) };
        let request = GuardRequest::new(parts, form, &*self.0.clock);
        let outcomes = ask(asks, &self.0.guards, &request).wait().await;
        let asked_by = AskedBy::of(parts, asks);
        Checked::decided(rule, outcomes, asked_by)
    }

    /// The answer to a request that was refused, as the layer would give it; `None` if it was let in. Nobody is sent to log in: a browser
    /// that the layer would send is asked for credentials.
    ///
    /// ```
    /// # use doorward_guard::{Guards, any, guards::Basic};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let basic = Basic::users([("ada", "lovelace")]);
    /// let guards = Guards::builder().guard("basic", basic).rule(any(), "/*", "basic").build()?;
    ///
    /// let (parts, ()) = http::Request::get("/me").body(())?.into_parts();
    /// let checked = guards.check(&parts, None).await;
    /// assert_eq!(guards.answer(&checked).map(|answer| answer.status().as_u16()), Some(401));
    /// # Ok(()) }
    /// ```
    pub fn answer(&self, checked: &Checked) -> Option<http::Response<bytes::Bytes>> {
        self.refusal(checked)
    }
}

/// What was found about a request. Printing it says which guard said what.
///
/// ```
/// use doorward_guard::{Fate, Guards, any, guards::ApiKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::header("x-api-key").secret("b3c1…");
/// let guards = Guards::builder().guard("key", key).rule(any(), "/*", "key").build()?;
///
/// let (parts, ()) = http::Request::get("/me").header("x-api-key", "b3c1…").body(())?.into_parts();
/// let checked = guards.check(&parts, None).await;
/// assert!(matches!(checked.fate(), Fate::Admit(Some(_))));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Checked {
    pub(crate) rule: Option<Arc<Rule>>,
    pub(crate) outcomes: Outcomes,
    pub(crate) fate: Fate,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It goes on; `None` where the path is open, or the caller brought no credentials and need not.
    Admit(Option<User>),
    /// It is refused, for this reason.
    Refuse(Decision),
    /// There is no rule for the path, and what has no rule is refused.
    NoRule,
    /// The path can be read in two ways that fall under different rules.
    AmbiguousPath,
}

impl Checked {
    pub(crate) fn without_rule(guards: &Guards, found: Found) -> Self {
        let fate = match found {
            Found::Ambiguous => Fate::AmbiguousPath,
            _ if guards.0.denies => Fate::NoRule,
            _ => Fate::Admit(None),
        };
        Self { rule: None, outcomes: Outcomes::new(), fate }
    }

    fn open(rule: Arc<Rule>) -> Self {
        Self { rule: Some(rule), outcomes: Outcomes::new(), fate: Fate::Admit(None) }
    }

    pub(crate) fn decided(rule: Arc<Rule>, outcomes: Outcomes, asked_by: AskedBy) -> Self {
        let fate = match &rule.asks {
            Some(asks) => fate(&rule, asks, &outcomes, asked_by),
            None => Fate::Admit(None),
        };
        Self { rule: Some(rule), outcomes, fate }
    }

    /// What happens to the request.
    pub const fn fate(&self) -> &Fate {
        &self.fate
    }

    /// The rule it fell under.
    pub fn rule(&self) -> Option<&Rule> {
        self.rule.as_deref()
    }

    /// What each guard of the rule's flow has said.
    pub fn outcomes(&self) -> impl Iterator<Item = (&GuardName, &crate::guard::Outcome)> {
        let names = self.rule.as_ref().and_then(|rule| rule.asks.as_ref()).map(|asks| asks.plan.guards());
        names.unwrap_or_default().iter().zip(&self.outcomes)
    }
}

fn fate(rule: &Rule, asks: &Asks, outcomes: &Outcomes, asked_by: AskedBy) -> Fate {
    use crate::guard::Outcome;
    match decide(&asks.plan, outcomes, rule.scopes(), asked_by == AskedBy::Browser) {
        Decision::Allow { proof } => Fate::Admit(User::from_proof(asks.plan.guards(), outcomes, proof)),
        refused if rule.is_optional() => {
            let came_as_nobody = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Missing));
            if came_as_nobody { Fate::Admit(None) } else { Fate::Refuse(refused) }
        }
        refused => Fate::Refuse(refused),
    }
}

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    /// A browser that asks for a page to show, and could show a login page instead.
    Browser,
    /// A program.
    Script,
}

impl AskedBy {
    /// Looked into only where the flow has a guard that would send a browser elsewhere.
    pub(crate) fn of(parts: &Parts, asks: &Asks) -> Self {
        let is_browser = !asks.plan.interactive().is_empty() && is_navigation(parts);
        if is_browser { Self::Browser } else { Self::Script }
    }
}

fn is_navigation(parts: &Parts) -> bool {
    const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
    let header = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    match header(&SEC_FETCH_MODE) {
        Some(mode) => mode == "navigate",
        None => {
            let reads = parts.method == Method::GET || parts.method == Method::HEAD;
            reads && header(&ACCEPT).is_some_and(|accept| accept.contains("text/html"))
        }
    }
}
