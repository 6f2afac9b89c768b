//! `POST /v1/update_files`, `/v2/update_files`: new contents for documents that are there.

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use doorward_documents::{DocumentId, Source, Update};
use serde_json::{Map, Value};

use super::form::DocumentForm;
use super::ingest::{Era, report};
use crate::app::AppState;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::wire::Refused;
use crate::http::reader::Writer;

pub(in super::super) async fn update(
    State(app): State<AppState>,
    Writer(caller): Writer,
    uri: Uri,
    form: DocumentForm,
) -> Result<Response, Refused> {
    let (library, era) = (app.library()?, Era::of(&uri, &form));
    let ids: Vec<DocumentId> =
        form.json("document_ids")?.ok_or_else(|| Malformed::missing("body", "document_ids"))?;
    let metadatas: Vec<Map<String, Value>> = form.json("metadatas")?.unwrap_or_default();
    if ids.len() != form.files.len() {
        return Err(Malformed::value("body", "document_ids", "There have to be as many as files").into());
    }
    let mut changed = Vec::with_capacity(ids.len());
    for (place, (id, file)) in ids.into_iter().zip(form.files).enumerate() {
        let update = Update {
            source: Some(Source::Bytes(file.bytes)),
            metadata: metadatas.get(place).cloned(),
            ..Update::default()
        };
        changed.push(library.update(caller, id, update).await?);
    }
    Ok(report(library, caller, changed, era).await)
}
