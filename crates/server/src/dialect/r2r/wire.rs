//! Bodies, queries and answers in the forms that R2R's clients send and read.
//!
//! A body is a JSON object, a form, a bare JSON string that stands for the one field that matters, or nothing at all, whatever
//! the method; unknown fields are passed over.
//!
//! Invariant: what is said of a body names the field and never repeats a value.

use std::ops::RangeInclusive;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use doorward_core::{Code, Error, UserId};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use url::form_urlencoded;

use super::names;
use super::refusal::Malformed;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The most accounts or documents that one page asks for.
const LIMIT_MAX: u32 = 1_000;
/// What a page has when nothing is said.
const LIMIT: u32 = 100;

/// What a client can say in a body.
pub(super) trait Spoken: DeserializeOwned {
    /// The field that a bare JSON string stands for.
    const BARE: Option<&'static str> = None;
}

/// A body.
#[derive(Debug)]
pub(super) struct Sent<T>(pub(super) T);

impl<T: Spoken> FromRequest<AppState> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Response> {
        let is_form = is_form(request.headers());
        let body =
            Limited::new(request.into_body(), state.http.max_body).collect().await.map_err(|fault| {
                let code =
                    if fault.is::<LengthLimitError>() { Code::BodyTooLarge } else { Code::MalformedBody };
                Problem::from(code).into_response()
            })?;
        let body = body.to_bytes();
        let read = if is_form { from_form(&body) } else { from_json(&body) };
        read.map(Self).map_err(IntoResponse::into_response)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn from_form<T: Spoken>(body: &[u8]) -> Result<T, Malformed> {
    let fields = MapDeserializer::<_, serde::de::value::Error>::new(form_urlencoded::parse(body));
    T::deserialize(fields).map_err(|fault| malformed(&fault.to_string(), ""))
}

fn from_json<T: Spoken>(body: &[u8]) -> Result<T, Malformed> {
    match (body.trim_ascii().first(), T::BARE) {
        (None, _) => from_form(&[]),
        (Some(b'"'), Some(name)) => {
            let text: String = read_json(body)?;
            let field = [(name, text)].into_iter();
            let field = MapDeserializer::<_, serde::de::value::Error>::new(field);
            T::deserialize(field).map_err(|fault| malformed(&fault.to_string(), ""))
        }
        _ => read_json(body),
    }
}

fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    let mut input = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut input);
    let no_json = || Malformed::value("body", "", "JSON decode error");
    let value = read.map_err(|fault| match fault.inner().is_data() {
        true => malformed(&fault.inner().to_string(), &fault.path().to_string()),
        false => no_json(),
    })?;
    input.end().map_err(|_| no_json())?;
    Ok(value)
}

/// What is wrong and where, without the value: the parser's words are told only about names.
fn malformed(fault: &str, path: &str) -> Malformed {
    if let Some(name) = fault.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return Malformed::missing("body", name);
    }
    match path {
        "" | "." | "?" => Malformed::value("body", "", "The body is not of the documented form"),
        path => {
            let path: String = path.chars().filter(|c| !c.is_control()).take(60).collect();
            Malformed::value("body", &path, "The field is not of the documented type")
        }
    }
}

/// The query of a request; names that are not known are passed over.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Every value of `name`.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// The first value of `name`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// The number `name`, or `usual` where there is none.
    ///
    /// # Errors
    /// [`Malformed`] when it is none of `range`.
    pub(super) fn number(
        &self,
        name: &str,
        usual: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, Malformed> {
        let Some(text) = self.text(name) else { return Ok(usual) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let why = format!("The number has to be from {} to {}", range.start(), range.end());
            Malformed::value("query", name, why)
        })
    }

    /// How many to pass over, and how many to show.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(super) fn page(&self) -> Result<(u32, u32), Malformed> {
        let offset = self.number("offset", 0, 0..=100_000)?;
        Ok((offset, self.number("limit", LIMIT, 1..=LIMIT_MAX)?))
    }
}

impl FromRequestParts<AppState> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

/// Reads ids that a client names.
///
/// # Errors
/// [`Malformed`] when one is none.
pub(super) fn ids<T: std::str::FromStr>(
    part: &'static str,
    name: &str,
    texts: impl Iterator<Item = impl AsRef<str>>,
) -> Result<Vec<T>, Malformed> {
    let read = |text: &str| text.parse().map_err(|_| Malformed::value(part, name, "This is not an id"));
    texts.map(|text| read(text.as_ref())).collect()
}

/// The id that the path names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<T>(pub(super) T);

impl<T: std::str::FromStr + Send> FromRequestParts<AppState> for Named<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Malformed::value("path", "id", "This is not an id").into_response())
    }
}

/// The account that the path names: by its id, or by the one it had before it came along.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedAccount(pub(super) UserId);

impl FromRequestParts<AppState> for NamedAccount {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Named(id) = Named::<UserId>::from_request_parts(parts, state).await?;
        names::meant(&state.core, id).await.map(Self).map_err(|error| Refused::from(error).into_response())
    }
}

/// What was asked for, in the envelope that every answer has.
#[derive(Debug, Serialize)]
pub(super) struct Results<T> {
    results: T,
}

impl<T> Results<T> {
    /// One thing.
    pub(super) const fn of(results: T) -> Self {
        Self { results }
    }
}

impl<T: Serialize> IntoResponse for Results<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// A page of a list, and how long the whole list is.
#[derive(Debug, Serialize)]
pub(super) struct Listed<T> {
    results: Vec<T>,
    total_entries: u64,
}

impl<T> Listed<T> {
    /// These of so many.
    pub(super) const fn of(results: Vec<T>, total_entries: u64) -> Self {
        Self { results, total_entries }
    }

    /// Whether the page has nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.results.is_empty()
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// One sentence, where nothing else is to be told.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    message: String,
    /// Read by the clients of the newest generation where something was done.
    success: bool,
}

/// The answer of a route that has nothing to show but that it was done.
pub(super) fn done(message: impl Into<String>) -> Results<Message> {
    Results::of(Message { message: message.into(), success: true })
}

/// What a handler refuses with: a rule's word, or a request that cannot be read.
#[derive(Debug)]
pub(super) enum Refused {
    /// The rule's word.
    Rule(Problem),
    /// Not of the documented form.
    Form(Malformed),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Rule(error.into())
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self::Rule(code.into())
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Rule(problem)
    }
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::Form(malformed)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Rule(problem) => problem.into_response(),
            Self::Form(malformed) => malformed.into_response(),
        }
    }
}
