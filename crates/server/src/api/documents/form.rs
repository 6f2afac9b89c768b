//! A document that comes with the request that keeps it: as JSON, or as a form with a file.
//!
//! Invariant: of a form no more is held than one document and what may be said of it.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest};
use doorward_core::{Code, Error};
use doorward_documents::{NewDocument, Source, Unique};
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use utoipa::ToSchema;

use super::create::CreateDocumentBody;
use crate::app::AppState;
use crate::http::problem::Problem;
use crate::http::reader::{BESIDE, Text};

/// Bytes of a field that is no file.
const FIELD_MAX: usize = 32 * 1024;
/// Parts of a form.
const PARTS_MAX: usize = 16;

/// A document as a form.
#[derive(Debug, ToSchema)]
#[schema(as = DocumentForm)]
#[expect(dead_code, reason = "describes what is read part by part")]
pub(super) struct FormBody {
    /// The file. Its name and media type say how it is read.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// The name, where the file's own is not meant.
    name: Option<String>,
    /// What people call it.
    title: Option<String>,
    /// What you note about it, as JSON.
    metadata: Option<String>,
    /// Collections to put it into, as a list in JSON.
    collection_ids: Option<String>,
    /// `true`: keep it although you keep the same content already.
    allow_duplicate: Option<String>,
}

/// What a request brings.
#[derive(Debug)]
pub struct Brought(pub(super) NewDocument);

impl FromRequest<AppState> for Brought {
    type Rejection = Problem;

    async fn from_request(mut request: Request<Body>, state: &AppState) -> Result<Self, Problem> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = media_type
            .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"));
        if !is_form {
            let Text(body) = Text::<CreateDocumentBody>::from_request(request, state).await?;
            return Ok(Self(body.read()?));
        }
        let most = state.library()?.limits().document_bytes;
        DefaultBodyLimit::max(most + BESIDE).apply(&mut request);
        let parts = Multipart::from_request(request, state).await.map_err(|_| Code::MalformedBody)?;
        Ok(Self(read(parts, most).await?))
    }
}

async fn read(mut parts: Multipart, most: usize) -> Result<NewDocument, Error> {
    let mut new = NewDocument::new(String::new(), Source::Bytes(Vec::new()));
    let (mut file, mut count) = (None, 0);
    while let Some(part) = parts.next_field().await.map_err(|fault| refusal(&fault))? {
        count += 1;
        let is_file = part.name() == Some("file");
        if count > PARTS_MAX || (is_file && file.is_some()) {
            return Err(malformed("The form has too many parts."));
        }
        if is_file {
            let called = part.file_name().unwrap_or_default().to_owned();
            new.media_type = part.content_type().map(str::to_owned);
            file = Some((called, bytes(part, most).await?));
        } else {
            say(&mut new, part).await?;
        }
    }
    let Some((called, bytes)) = file else {
        return Err(Error::new(Code::InvalidField, "The form has no file.").about("file"));
    };
    let name = if new.name.is_empty() { called } else { new.name };
    Ok(NewDocument { name, source: Source::Bytes(bytes), ..new })
}

/// Reads a part that says something of the document.
async fn say(new: &mut NewDocument, part: Field<'_>) -> Result<(), Error> {
    match part.name() {
        Some("name") => new.name = text(part).await?,
        Some("title") => new.title = Some(text(part).await?),
        Some("metadata") => new.metadata = json(part, "metadata").await?,
        Some("collection_ids") => new.collections = json(part, "collection_ids").await?,
        Some("allow_duplicate") => {
            if text(part).await? == "true" {
                new.unique = Unique::Nothing;
            }
        }
        _ => return Err(malformed("The form has a part that is not known.")),
    }
    Ok(())
}

/// What is in a part, piece by piece, up to `most` bytes.
async fn bytes(mut part: Field<'_>, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|fault| refusal(&fault))? {
        if bytes.len() + piece.len() > most {
            return Err(Code::BodyTooLarge.into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

async fn text(part: Field<'_>) -> Result<String, Error> {
    String::from_utf8(bytes(part, FIELD_MAX).await?).map_err(|_| malformed("A part is not text."))
}

async fn json<T: serde::de::DeserializeOwned>(part: Field<'_>, field: &'static str) -> Result<T, Error> {
    let unread = |_| Error::new(Code::InvalidField, "This is not JSON of the documented form.").about(field);
    serde_json::from_str(&text(part).await?).map_err(unread)
}

fn malformed(detail: &str) -> Error {
    Error::new(Code::MalformedBody, detail)
}

fn refusal(fault: &MultipartError) -> Error {
    match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge.into(),
        _ => malformed("The form breaks off, or is none."),
    }
}
