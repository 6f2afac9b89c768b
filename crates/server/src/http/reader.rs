//! Who asks for documents: the caller of a guarded route, in the library's terms.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use bytes::Bytes;
use doorward_core::{Code, Error, scope};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::client_ip;
use super::credential::Holder;
use super::json;
use super::problem::Problem;
use crate::app::AppState;

/// How much longer a body may be than the document in it.
pub(crate) const BESIDE: usize = 64 * 1024;

/// The caller. One who runs the server sees all, and each time a line of the audit log says so first.
#[derive(Debug, Clone, Copy)]
pub struct Reader(pub doorward_documents::Caller);

/// The caller, who changes something. As [`Reader`].
#[derive(Debug, Clone, Copy)]
pub struct Writer(pub doorward_documents::Caller);

impl FromRequestParts<AppState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        caller(parts, state, scope::DOCUMENTS_READ).await.map(Self)
    }
}

impl FromRequestParts<AppState> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        caller(parts, state, scope::DOCUMENTS_WRITE).await.map(Self)
    }
}

/// Whoever calls, with a credential that is good for `scope`.
async fn caller(
    parts: &mut Parts,
    state: &AppState,
    scope: &str,
) -> Result<doorward_documents::Caller, Problem> {
    let Holder(who) = Holder::from_request_parts(parts, state).await?;
    state.library()?;
    who.require_of_all(scope)?;
    let sees_all = who.is_superuser();
    if sees_all {
        let client = client_ip::client(parts, &state.http.trusted_proxies)?;
        state.core.note_oversight(&who, &client).await?;
    }
    Ok(doorward_documents::Caller { user: who.user_id, sees_all })
}

/// A file as the body of a request, with its media type.
pub struct File {
    /// What its sender says it is.
    pub media_type: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
}

impl std::fmt::Debug for File {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "File({:?}, {} bytes)", self.media_type, self.bytes.len())
    }
}

impl FromRequest<AppState> for File {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Problem> {
        let most = state.library()?.limits().document_bytes;
        let media_type = media_type(request.headers())?;
        let body = Limited::new(request.into_body(), most).collect().await.map_err(|fault| {
            let code = if fault.is::<LengthLimitError>() { Code::BodyTooLarge } else { Code::MalformedBody };
            Problem::from(code)
        })?;
        Ok(Self { media_type, bytes: body.to_bytes() })
    }
}

/// A JSON body that may hold the text of a document: as long as one may be, and a bit.
#[derive(Debug)]
pub struct Text<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Text<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Problem> {
        json::bounded(request, state.library()?.limits().document_bytes + BESIDE).await.map(Self)
    }
}

fn media_type(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Error::from(Code::UnsupportedMediaType))?;
    Ok(Some(text.to_owned()))
}
