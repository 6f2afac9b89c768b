//! The form of a login, as OAuth 2 has it (RFC 6749 §4.3.2): urlencoded, or in parts.
//!
//! A field that is empty counts as left out. `client_id` and `client_secret` are let through and not looked at, as is
//! `Authorization: Basic`.
//!
//! Invariant: what is said of a form names the field and never repeats its value.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart};
use doorward_core::{Code, Error, Secret};
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use url::form_urlencoded;

use super::refusal::{Malformed, Refused};
use crate::app::AppState;

/// More fields than any login has.
const FIELDS_MAX: usize = 32;

/// What was filled in.
#[derive(Debug)]
pub(super) struct LoginForm {
    pub(super) username: String,
    pub(super) password: Secret<String>,
    /// What the token is wanted for, separated by blanks.
    pub(super) scope: Option<String>,
    /// The solution of a captcha.
    pub(super) captcha: Option<String>,
}

/// Fields in the order in which they came.
struct Fields(Vec<(String, Secret<String>)>);

impl Fields {
    /// The value of a field.
    ///
    /// # Errors
    /// [`Code::MalformedBody`] when it comes twice (RFC 6749 §3.2).
    fn take(&mut self, name: &str) -> Result<Option<Secret<String>>, Refused> {
        let (mut found, rest): (Vec<_>, Vec<_>) = self.0.drain(..).partition(|(other, _)| other == name);
        self.0 = rest;
        if found.len() > 1 {
            return Err(Error::new(Code::MalformedBody, format!("The field {name} is there twice.")).into());
        }
        Ok(found.pop().map(|(_, value)| value).filter(|value| !value.expose().is_empty()))
    }
}

impl FromRequest<AppState> for LoginForm {
    type Rejection = Refused;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Refused> {
        let mut fields = read(request, state).await?;
        let (username, password) = (fields.take("username")?, fields.take("password")?);
        let grant_type = fields.take("grant_type")?;
        let mut malformed = Vec::new();
        if grant_type.is_some_and(|kind| kind.expose() != "password") {
            malformed.push(Malformed::pattern("grant_type", "^password$"));
        }
        let missing = |name| Malformed::missing(name);
        malformed.extend(username.is_none().then(|| missing("username")));
        malformed.extend(password.is_none().then(|| missing("password")));
        let (Some(username), Some(password), true) = (username, password, malformed.is_empty()) else {
            return Err(Refused::Malformed(malformed));
        };
        let text = |value: Secret<String>| value.expose().clone();
        Ok(Self {
            username: text(username),
            password,
            // Blanks alone ask for nothing in particular.
            scope: fields.take("scope")?.map(text).filter(|scope| !scope.trim().is_empty()),
            captcha: fields.take("captcha")?.map(text),
        })
    }
}

/// The fields of the body; of another kind of body, none.
async fn read(request: Request<Body>, state: &AppState) -> Result<Fields, Refused> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim().to_owned();
    let request = request.map(|body| Body::new(Limited::new(body, state.http.max_body)));
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let body = request.into_body().collect().await.map_err(|fault| unreadable(&fault))?.to_bytes();
        let fields = form_urlencoded::parse(&body).take(FIELDS_MAX);
        return Ok(Fields(
            fields.map(|(name, value)| (name.into_owned(), Secret::new(value.into_owned()))).collect(),
        ));
    }
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return in_parts(request, state).await;
    }
    Ok(Fields(Vec::new()))
}

async fn in_parts(request: Request<Body>, state: &AppState) -> Result<Fields, Refused> {
    let malformed = || Refused::from(Error::new(Code::MalformedBody, "There was an error parsing the body"));
    let mut parts = Multipart::from_request(request, state).await.map_err(|_| malformed())?;
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|fault| unreadable(&fault))? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        if fields.len() == FIELDS_MAX {
            return Err(malformed());
        }
        let value = part.text().await.map_err(|fault| unreadable(&fault))?;
        fields.push((name, Secret::new(value)));
    }
    Ok(Fields(fields))
}

/// Too large, if that is what lies behind `fault`; else not to be read.
fn unreadable(fault: &(dyn std::error::Error + 'static)) -> Refused {
    let mut cause = Some(fault);
    while let Some(inner) = cause {
        if inner.is::<LengthLimitError>() {
            return Error::from(Code::BodyTooLarge).into();
        }
        cause = inner.source();
    }
    Error::new(Code::MalformedBody, "There was an error parsing the body").into()
}
