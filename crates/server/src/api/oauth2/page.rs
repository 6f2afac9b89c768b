//! What people see on their way to an application, and how they leave.
//!
//! Invariant: a page loads nothing but this server's script for passkeys, where it offers them; it stands in no frame, and its form
//! leads to this server and from there to where applications are: browsers hold every place that a form leads to in the end against
//! the policy, and the application may send them on.

use axum::response::{IntoResponse, Response};
use doorward_core::oauth::{Answer, Asked, Destination, Question, Step};
use doorward_core::{Code, Error, Secret};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};
use minijinja::{Value, context};
use url::Url;

use super::{AUTHORIZE, request};
use crate::app::AppState;
use crate::config::ProviderConfig;
use crate::http::oauth::{description, word};
use crate::http::page::rendered;
use crate::http::problem::{Problem, status};

/// What the page that asks for passkeys may load beside itself: the script, and the challenge that the script fetches.
const FOR_PASSKEYS: &str = "script-src 'self'; connect-src 'self'; ";

/// The answer to `asked`: what comes next, as a page or a way on.
pub(super) fn answer(app: &AppState, asked: &Asked, step: Result<Step, Error>) -> Result<Response, Problem> {
    match step {
        Ok(Step::SignIn(to)) => Ok(sign_in(app, &to, asked, None)),
        Ok(Step::Ask(question)) => Ok(consent(app, &question, asked)),
        Ok(Step::Return(answer)) => Ok(return_to(app, answer)),
        Err(error) => refused(app, error),
    }
}

/// The page that asks who sits there, perhaps with what was wrong with the last try.
pub(super) fn sign_in(
    app: &AppState,
    to: &Destination,
    asked: &Asked,
    failed: Option<(&str, &Error)>,
) -> Response {
    let hint = asked.only("login_hint").ok().flatten().unwrap_or_default();
    let request = request::write(asked);
    let way = |provider: &ProviderConfig| {
        let ProviderConfig { name, label, .. } = provider;
        context! { label => label, address => format!("/oauth2/login/{name}?{request}") }
    };
    let values = context! {
        app_name => &app.http.app_name,
        application => &to.client.name,
        request => &request,
        passkeys => app.core.has_passkeys(),
        ways => app.http.providers.iter().map(way).collect::<Vec<_>>(),
        identifier => failed.map_or(hint, |(typed, _)| typed),
        fault => failed.map(|(_, fault)| fault.detail()).unwrap_or_default(),
    };
    let status = failed.map_or(StatusCode::OK, |(_, fault)| status(fault.code()));
    let script = if app.core.has_passkeys() { FOR_PASSKEYS } else { "" };
    shown_with(script, ("sign_in.html", &values), status, Some(&to.redirect_uri))
}

/// The page that asks for a code of the second factor, perhaps with what was wrong with the last one.
pub(super) fn second_factor(
    app: &AppState,
    to: &Destination,
    asked: &Asked,
    (ticket, failed): (&Secret<String>, Option<&Error>),
) -> Response {
    let values = context! {
        app_name => &app.http.app_name,
        application => &to.client.name,
        request => request::write(asked),
        ticket => ticket.expose(),
        fault => failed.map(Error::detail).unwrap_or_default(),
    };
    let status = failed.map_or(StatusCode::OK, |fault| status(fault.code()));
    shown("second_factor.html", &values, status, Some(&to.redirect_uri))
}

fn consent(app: &AppState, question: &Question, asked: &Asked) -> Response {
    let to = &question.to;
    let again = asked.parameters().iter().filter(|(name, _)| name != "prompt").cloned();
    let again = Asked::new(again.chain([("prompt".to_owned(), "login".to_owned())]));
    let values = context! {
        app_name => &app.http.app_name,
        application => &to.client.name,
        account => &question.account,
        allows => &question.allows,
        request => request::write(asked),
        seal => question.seal.expose(),
        another => format!("{AUTHORIZE}?{}", request::write(&again)),
        place => place(&to.redirect_uri),
    };
    shown("consent.html", &values, StatusCode::OK, Some(&to.redirect_uri))
}

/// The page that says why nobody is sent anywhere; faults of the server are problems as everywhere.
pub(super) fn refused(app: &AppState, error: Error) -> Result<Response, Problem> {
    let code = status(error.code());
    if code.is_server_error() || error.code() == Code::TooManyAttempts {
        return Err(error.into());
    }
    let code = if code == StatusCode::UNAUTHORIZED { StatusCode::BAD_REQUEST } else { code };
    let values = context! {
        app_name => &app.http.app_name, fault => error.detail(), code => error.code().as_str(),
    };
    Ok(shown("refused.html", &values, code, None))
}

/// The page that asks whether somebody wants to leave.
pub(super) fn sign_out(app: &AppState, asked: &Asked) -> Response {
    let values = context! { app_name => &app.http.app_name, request => request::write(asked) };
    let to = asked.only("post_logout_redirect_uri").ok().flatten();
    shown("sign_out.html", &values, StatusCode::OK, to)
}

/// The page at the end.
pub(super) fn signed_out(app: &AppState) -> Response {
    let values = context! {
        app_name => &app.http.app_name, title => "Signed out", text => "You are signed out. You can close this page.",
    };
    shown("done.html", &values, StatusCode::OK, None)
}

/// Sends the browser back with what the application is told (RFC 6749 §4.1.2, RFC 9207 §2).
fn return_to(app: &AppState, answer: Answer) -> Response {
    let mut told = match &answer.outcome {
        Ok(code) => vec![("code", code.expose().clone())],
        Err(error) => {
            vec![("error", word(error.code()).to_owned()), ("error_description", description(error))]
        }
    };
    told.extend(answer.to.state.map(|state| ("state", state)));
    told.push(("iss", app.core.settings().issuer.clone()));
    see_other(&answer.to.redirect_uri, &told)
}

/// Sends the browser to `uri` with `told` behind what stands there already; never with its method and body (RFC 9700 §4.12).
pub(super) fn see_other(uri: &str, told: &[(&str, String)]) -> Response {
    let mut target = uri.to_owned();
    if let Ok(mut url) = Url::parse(uri)
        && !told.is_empty()
    {
        url.query_pairs_mut().extend_pairs(told);
        target = url.into();
    }
    way_to(&target)
}

/// Sends the browser on with the request `asked`.
pub(super) fn to_authorize(asked: &Asked) -> Response {
    way_to(&format!("{AUTHORIZE}?{}", request::write(asked)))
}

/// Sends the browser to `target`, and tells nobody where it comes from.
pub(super) fn way_to(target: &str) -> Response {
    let Ok(mut location) = HeaderValue::from_str(target) else {
        return Problem::from(Code::MalformedParameter).into_response();
    };
    // It may hold a code.
    location.set_sensitive(true);
    let headers = [(LOCATION, location), (REFERRER_POLICY, HeaderValue::from_static("no-referrer"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn shown(name: &str, values: &Value, status: StatusCode, leads_to: Option<&str>) -> Response {
    shown_with("", (name, values), status, leads_to)
}

/// As [`shown`], with `more` in the policy.
fn shown_with(
    more: &str,
    (name, values): (&str, &Value),
    status: StatusCode,
    leads_to: Option<&str>,
) -> Response {
    let mut page = rendered(name, values, status);
    let places = leads_to.map(schemes).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; {more}style-src 'unsafe-inline'; form-action 'self' {places}; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = page.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    page
}

/// The schemes of all addresses that a browser may come to by way of `uri`.
fn schemes(uri: &str) -> String {
    match uri.split_once(':') {
        Some((scheme, _)) if scheme != "https" => format!("https: {scheme}:"),
        _ => "https:".to_owned(),
    }
}

/// The origin of `uri`, or its scheme where it has none.
fn place(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => {
            url.origin().ascii_serialization()
        }
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}
