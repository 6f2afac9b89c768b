//! Forms with files, as R2R's clients send documents: `multipart/form-data`, or a plain form where there is no file.
//!
//! Invariant: nothing of a form is held beyond [`LARGEST`].

use axum::body::Body;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, RawForm};
use axum::response::{IntoResponse, Response};
use doorward_core::Code;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::app::AppState;
use crate::dialect::r2r::refusal::Malformed;
use crate::http::problem::Problem;

/// The most bytes of one form, files and all.
pub(in super::super) const LARGEST: usize = 64 << 20;

/// A file of a form.
#[derive(Debug)]
pub(super) struct File {
    /// What its sender calls it.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

/// A form.
#[derive(Debug, Default)]
pub(in super::super) struct DocumentForm {
    fields: Vec<(String, String)>,
    /// Its files, in order.
    pub(super) files: Vec<File>,
}

impl DocumentForm {
    /// The text of a field; `None` where it is not there or says nothing.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| &**value).filter(|value| !matches!(*value, "" | "null" | "None"))
    }

    /// Whether a field is there, whatever it says.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(other, _)| other == name)
    }

    /// The JSON of a field.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Malformed> {
        let read = |text| {
            serde_json::from_str(text)
                .map_err(|_| Malformed::value("body", name, "This is not JSON of the documented form"))
        };
        self.text(name).map(read).transpose()
    }
}

impl FromRequest<AppState> for DocumentForm {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, state: &AppState) -> Result<Self, Response> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if media_type.is_some_and(|text| text.to_ascii_lowercase().starts_with("multipart/form-data")) {
            let parts = Multipart::from_request(request, state).await.map_err(|_| malformed())?;
            return read(parts).await.map_err(|fault| refusal(&fault));
        }
        let RawForm(body) = RawForm::from_request(request, state).await.map_err(|fault| {
            let fault = fault.into_response();
            if fault.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { malformed() }
        })?;
        let fields = form_urlencoded::parse(&body).into_owned().collect();
        Ok(Self { fields, files: Vec::new() })
    }
}

async fn read(mut parts: Multipart) -> Result<DocumentForm, MultipartError> {
    let mut form = DocumentForm::default();
    while let Some(part) = parts.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => form.files.push(File { name: file, bytes: part.bytes().await?.to_vec() }),
            None => form.fields.push((name, part.text().await?)),
        }
    }
    Ok(form)
}

fn refusal(fault: &MultipartError) -> Response {
    if fault.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { malformed() }
}

fn too_large() -> Response {
    Problem::from(Code::BodyTooLarge).into_response()
}

fn malformed() -> Response {
    Malformed::value("body", "", "The form is not of the documented form").into_response()
}
