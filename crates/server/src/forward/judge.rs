//! One question of a proxy, answered.

use axum::response::Response;
use doorward_core::client::Client;
use doorward_core::{Code, Error, Principal};
use doorward_guard::{Checked, Decision, Fate, Outcome, User};
use http::header::{ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Method};

use super::answer::{Answer, Told};
use super::gate::{Gate, Host};
use super::guards::SESSION;
use super::original::{Asker, Original};
use super::{CALLBACK, SIGN_OUT, enter};
use crate::http::client_ip;

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What was found about a request, and what its proxy is told.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The rule and what each guard has said; `None` where no rule was asked.
    pub(crate) checked: Option<Checked>,
    pub(crate) answer: Answer,
}

/// Answers the question `parts`.
pub(super) async fn answer(gate: &Gate, asker: Asker, parts: Parts) -> Response {
    let answer = match question(gate, asker, parts).await {
        Ok(answer) => answer,
        Err(error) => Answer::Fault(error),
    };
    answer.write(asker)
}

async fn question(gate: &Gate, asker: Asker, mut parts: Parts) -> Result<Answer, Error> {
    client_ip::check_proxy(&parts, &gate.state.http.trusted_proxies)?;
    let client = client_ip::client(&parts, &gate.state.http.trusted_proxies)?;
    let original = Original::read(asker, &parts)?;
    original.put_into(&mut parts)?;
    Ok(judged(gate, &original.host, &parts, &client).await?.answer)
}

/// What becomes of the request `parts` to `host`.
///
/// # Errors
/// [`Code::Forbidden`]: nothing names the host; what is wrong where a browser comes back; [`Code::StoreUnavailable`].
pub(crate) async fn judged(gate: &Gate, host: &str, parts: &Parts, client: &Client) -> Result<Judged, Error> {
    let host = gate.host(host)?;
    let unasked = |answer| Ok(Judged { checked: None, answer });
    match parts.uri.path() {
        CALLBACK => return unasked(enter::come_back(gate, host, parts, client).await?),
        SIGN_OUT => return unasked(enter::leave(gate, host, parts, client).await?),
        _ if host.passes_preflight && is_preflight(parts) => {
            return unasked(Answer::Pass(Told::nobody()));
        }
        _ => {}
    }
    let checked = host.guards.check(parts, None).await;
    let answer = match checked.fate() {
        Fate::Admit(user) => Answer::Pass(told(gate, host, user.as_ref()).await?),
        Fate::Refuse(decision) if wants_login(*decision, &checked, parts) => {
            enter::begin(gate, host, parts, client).await?
        }
        _ => match host.guards.answer(&checked) {
            Some(refusal) => Answer::Refused(refusal),
            None => Answer::Fault(Code::Forbidden.into()),
        },
    };
    tracing::debug!(path = parts.uri.path(), "Asked about: {checked}");
    Ok(Judged { checked: Some(checked), answer })
}

/// Whether it is a browser that shows a page, and would be let further by a login.
fn wants_login(decision: Decision, checked: &Checked, parts: &Parts) -> bool {
    let can_help = matches!(decision, Decision::Challenge { .. } | Decision::Missing | Decision::Wrong);
    let is_logged_out = |outcome: &Outcome| matches!(outcome, Outcome::Missing | Outcome::Invalid(_));
    let mut outcomes = checked.outcomes();
    can_help
        && outcomes.any(|(name, outcome)| &**name == SESSION && is_logged_out(outcome))
        && is_navigation(parts)
}

fn is_navigation(parts: &Parts) -> bool {
    let header = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let shows = match header(&FETCH_MODE) {
        Some(mode) => mode == "navigate",
        None => header(&ACCEPT).is_some_and(|accept| accept.contains("text/html")),
    };
    parts.method == Method::GET && shows
}

fn is_preflight(parts: &Parts) -> bool {
    let has = |name: HeaderName| parts.headers.contains_key(name);
    parts.method == Method::OPTIONS && has(ORIGIN) && has(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What the application is told of `user`.
async fn told(gate: &Gate, host: &Host, user: Option<&User>) -> Result<Told, Error> {
    let Some(user) = user else { return Ok(Told::nobody()) };
    let core = &gate.state.core;
    let Some(who) = user.data::<Principal>() else { return Ok(Told::other(user)) };
    if let (Err(_), Some(application)) = (who.require_account(), who.client) {
        return Ok(Told::application(application, user));
    }
    let person = core.person_of(&who).await?;
    let assertion = match host.asserts {
        true => Some(core.assert_identity(&who, &person, &host.known.origin)?),
        false => None,
    };
    Ok(Told::account(&who, &person, (core.groups_of(&who), user), assertion.as_ref()))
}
