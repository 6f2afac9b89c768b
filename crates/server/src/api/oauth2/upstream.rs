//! `GET /oauth2/login/{provider}` and `/callback`: somebody signs in with a provider of the configuration, and goes on with what an
//! application has asked.
//!
//! What was asked waits in a cookie beside the `state`. Invariant: an answer signs in nobody but the browser that was
//! sent for it, so nobody can be signed in as somebody else.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use doorward_core::client::Client;
use doorward_core::login::ProviderAttempt;
use doorward_core::oauth::Asked;
use doorward_core::port::{Begin, ComesBackTo, LoginStart};
use doorward_core::session::SignedIn;
use doorward_core::{Code, Error, Secret, Ttl};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use subtle::ConstantTimeEq;
use url::Url;

use super::{page, request};
use crate::app::AppState;
use crate::http::cookie;
use crate::http::extract::{Caller, Id};
use crate::http::problem::{Problem, status};

/// What waits for the answer.
const COOKIE: &str = "__Host-doorward-elsewhere";
/// How long a login with a provider may take.
const LIFE: Ttl = Ttl::from_minutes(10);
/// The longest request that fits into a cookie, in bytes.
const REQUEST_MAX: usize = 3_500;
/// What a provider sends back (RFC 6749 §4.1.2, RFC 9207 §2).
const ANSWER: [&str; 3] = ["code", "state", "iss"];

pub(super) async fn begin(
    State(app): State<AppState>,
    Caller(client): Caller,
    Id(provider): Id<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = request::read(&query.unwrap_or_default());
    // Nobody is sent away for an application that is not known.
    if let Err(error) = app.core.destination(&asked).await {
        return page::refused(&app, error);
    }
    let start = LoginStart { client, comes_back_to: ComesBackTo::Page, ..LoginStart::default() };
    let Begin::Redirect(location) = app.core.begin_login(&provider, &start).await? else {
        return Err(Code::NotFound.into());
    };
    let waits = waits(&location, &asked).ok_or(Code::MalformedParameter)?;
    Ok((AppendHeaders([(SET_COOKIE, waits)]), page::way_to(&location)).into_response())
}

pub(super) async fn come_back(
    State(app): State<AppState>,
    Caller(client): Caller,
    Id(provider): Id<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let told = request::read(&query.unwrap_or_default());
    let Some(asked) = waited(&headers, told.only("state")?)? else {
        let why = "This login was not begun here, has been finished, or took too long. Please start again.";
        return page::refused(&app, Error::new(Code::MalformedParameter, why));
    };
    let to = match app.core.destination(&asked).await {
        Ok(to) => to,
        Err(error) => return page::refused(&app, error),
    };
    let signed_in = finish(&app, provider, &told, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    match signed_in {
        Ok(signed_in) => Ok(go_on(&app, signed_in, &asked)),
        Err(fault) if status(fault.code()).is_server_error() => Err(fault.into()),
        Err(fault) => Ok(page::sign_in(&app, &to, &asked, Some(("", &fault)))),
    }
}

/// Opens a session for whomever the provider has told of.
async fn finish(app: &AppState, provider: String, told: &Asked, client: &Client) -> Result<SignedIn, Error> {
    if told.only("error")?.is_some() {
        return Err(Error::new(Code::InvalidCredentials, "You were not signed in there."));
    }
    let mut fields = BTreeMap::new();
    for name in ANSWER {
        fields.extend(told.only(name)?.map(|value| (name.to_owned(), Secret::new(value.to_owned()))));
    }
    let attempt = ProviderAttempt { provider, fields, came_back_to: ComesBackTo::Page };
    app.core.finish_login(attempt, client).await
}

/// Goes on with `asked`, with a session and without what waited.
fn go_on(app: &AppState, mut signed_in: SignedIn, asked: &Asked) -> Response {
    let gone = cookie::written((COOKIE, ""), Ttl::ZERO, true);
    let cookies = cookie::of_login(&mut signed_in, &app.core).into_iter().chain(gone);
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    (cookies, page::to_authorize(&asked.signed_in())).into_response()
}

/// The cookie in which `asked` waits for the answer to `location`.
fn waits(location: &str, asked: &Asked) -> Option<HeaderValue> {
    let location = Url::parse(location).ok()?;
    let (_, state) = location.query_pairs().find(|(name, _)| name == "state")?;
    let request = request::write(asked);
    let value = format!("{state}.{request}");
    if request.len() > REQUEST_MAX { None } else { cookie::written((COOKIE, &value), LIFE, true) }
}

/// What was asked by the browser that was sent away with `state`.
fn waited(headers: &HeaderMap, state: Option<&str>) -> Result<Option<Asked>, Error> {
    let (Some(kept), Some(state)) = (cookie::named(headers, COOKIE)?, state) else { return Ok(None) };
    let Some((known, asked)) = kept.split_once('.') else { return Ok(None) };
    let is_same: bool = known.as_bytes().ct_eq(state.as_bytes()).into();
    Ok(is_same.then(|| request::read(asked)))
}
