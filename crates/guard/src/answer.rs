//! The answers to refused requests.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use crate::body::Unread;
use crate::challenge::Challenge;
use crate::decide::Decision;
use crate::flow::{GuardName, GuardSet};
use crate::gate::{Checked, Fate, Guards};
use crate::guard::{Outcome, Why};
use crate::rule::{Asks, Rule};
use crate::scope::ScopeSet;

/// A refused request, for those who write their own answer.
///
/// ```
/// use doorward_guard::{Guards, any, guards::Basic};
///
/// let guards = Guards::builder()
///     .guard("basic", Basic::users([("ada", "lovelace")]))
///     .rule(any(), "/*", "basic")
///     .on_refusal(|refusal| {
///         let text = format!("{}: ask the help desk", refusal.status());
///         Some(http::Response::new(text.into()))
///     })
///     .build()?;
/// # Ok::<(), doorward_guard::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    status: StatusCode,
    missing: &'a ScopeSet,
    checked: &'a Checked,
}

impl Refusal<'_> {
    /// 400, 401, 403, 413 or 503.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The scopes that the caller would need besides.
    pub const fn missing_scopes(&self) -> &ScopeSet {
        self.missing
    }

    /// The rule, and what each guard has said. Not for the caller: a reason may tell more than strangers should know.
    pub const fn checked(&self) -> &Checked {
        self.checked
    }
}

impl Guards {
    /// The answer to a refused request, redirects apart; `None` if it was let in.
    pub(crate) fn refusal(&self, checked: &Checked) -> Option<Response<Bytes>> {
        let asks = checked.rule.as_ref().and_then(|rule| rule.asks.as_ref());
        let (status, challenges, missing, retry_after) = match (&checked.fate, asks) {
            (Fate::Admit(_), _) => return None,
            (Fate::AmbiguousPath, _) => (StatusCode::BAD_REQUEST, Vec::new(), ScopeSet::EMPTY, None),
            (Fate::NoRule, _) | (Fate::Refuse(_), None) => {
                (StatusCode::FORBIDDEN, Vec::new(), ScopeSet::EMPTY, None)
            }
            (Fate::Refuse(decision), Some(asks)) => self.parts_of(*decision, asks, checked),
        };
        let refusal = Refusal { status, missing: &missing, checked };
        let own = self.inner().on_refusal.as_ref().and_then(|write| write(&refusal));
        let mut answer = own.unwrap_or_else(|| problem(status, detail(&refusal)));
        if !(answer.status().is_client_error() || answer.status().is_server_error()) {
            *answer.status_mut() = status;
        }
        if !answer.headers().contains_key(WWW_AUTHENTICATE) {
            for challenge in challenges.iter().filter_map(Challenge::header) {
                answer.headers_mut().append(WWW_AUTHENTICATE, challenge);
            }
        }
        if let Some(seconds) = retry_after {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(answer)
    }

    fn parts_of(
        &self,
        decision: Decision,
        asks: &Asks,
        checked: &Checked,
    ) -> (StatusCode, Vec<Challenge>, ScopeSet, Option<u32>) {
        let none = ScopeSet::EMPTY;
        match decision {
            Decision::Challenge { failed } | Decision::Redirect { to: failed } => {
                (StatusCode::UNAUTHORIZED, self.challenges(asks, failed, checked), none, None)
            }
            Decision::LacksScope { proof } => {
                let needed = checked.rule.as_deref().map(Rule::scopes).cloned().unwrap_or_default();
                let missing = needed.without(&granted(proof, checked));
                let challenges = self.challenge_all(asks, proof, |_| Why::InsufficientScope, &needed);
                (StatusCode::FORBIDDEN, challenges, missing, None)
            }
            Decision::BadRequest { guard } => {
                let one = GuardSet::only(guard);
                let needed = checked.rule.as_deref().map(Rule::scopes).cloned().unwrap_or_default();
                let challenges = self.challenge_all(asks, one, |_| Why::BadRequest, &needed);
                (StatusCode::BAD_REQUEST, challenges, none, None)
            }
            Decision::Unavailable { retry_after } => {
                (StatusCode::SERVICE_UNAVAILABLE, Vec::new(), none, Some(retry_after.max(1)))
            }
            Decision::Missing => (StatusCode::BAD_REQUEST, Vec::new(), none, None),
            Decision::Wrong | Decision::Allow { .. } => (StatusCode::FORBIDDEN, Vec::new(), none, None),
        }
    }

    fn challenges(&self, asks: &Asks, failed: GuardSet, checked: &Checked) -> Vec<Challenge> {
        let needed = checked.rule.as_deref().map(Rule::scopes).cloned().unwrap_or_default();
        let why = |index: usize| match checked.outcomes.get(index) {
            Some(Outcome::Invalid(_)) => Why::Invalid,
            _ => Why::Missing,
        };
        let mut all = self.challenge_all(asks, failed, why, &needed);
        if all.is_empty() {
            // A 401 must say how to come back (RFC 9110 §15.5.2); who logs in by a browser comes back with a cookie.
            let names: Vec<&str> = failed.iter().filter_map(|index| name(asks, index)).collect();
            all.push(Challenge::new("Cookie").with("realm", names.join(" or ")));
        }
        all
    }

    fn challenge_all(
        &self,
        asks: &Asks,
        guards: GuardSet,
        why: impl Fn(usize) -> Why,
        needed: &ScopeSet,
    ) -> Vec<Challenge> {
        let challenge = |index: usize| {
            let number = asks.guards.get(index)?;
            self.inner().guards.get(*number)?.guard.challenge(why(index), needed)
        };
        guards.iter().filter_map(challenge).collect()
    }
}

fn name(asks: &Asks, index: usize) -> Option<&str> {
    asks.plan.guards().get(index).map(|name: &GuardName| &**name)
}

fn granted(proof: GuardSet, checked: &Checked) -> ScopeSet {
    let scopes = |index: usize| match checked.outcomes.get(index) {
        Some(Outcome::Pass(identity)) => Some(identity.scopes().clone()),
        _ => None,
    };
    proof.iter().filter_map(scopes).fold(ScopeSet::EMPTY, |all, more| all.union(&more))
}

fn detail(refusal: &Refusal<'_>) -> String {
    match (&refusal.checked.fate, refusal.status) {
        (Fate::AmbiguousPath, _) => "The path can be read in more than one way.".to_owned(),
        (_, StatusCode::UNAUTHORIZED) => "Valid credentials are needed.".to_owned(),
        (_, StatusCode::SERVICE_UNAVAILABLE) => "The credentials cannot be checked at present.".to_owned(),
        (Fate::Refuse(Decision::LacksScope { .. }), _) => {
            let quoted: Vec<String> = refusal.missing.iter().map(|scope| format!("\"{scope}\"")).collect();
            format!("The credentials lack the scope {}.", quoted.join(", "))
        }
        (Fate::Refuse(Decision::Missing), _) => "A credential is missing.".to_owned(),
        (Fate::Refuse(Decision::BadRequest { .. }), _) => "The credentials contradict themselves.".to_owned(),
        _ => "The request is not allowed.".to_owned(),
    }
}

/// A problem document (RFC 9457) that no cache keeps.
pub(crate) fn problem(status: StatusCode, detail: impl Into<String>) -> Response<Bytes> {
    let title = status.canonical_reason().unwrap_or_default();
    let body = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": detail.into() });
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The answer to a body that cannot be read.
pub(crate) fn unread(fault: Unread) -> Response<Bytes> {
    match fault {
        Unread::TooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "The form is larger than may be read."),
        Unread::Broken => problem(StatusCode::BAD_REQUEST, "The body broke off."),
    }
}
