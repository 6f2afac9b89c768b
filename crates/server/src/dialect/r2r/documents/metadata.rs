//! `PATCH` and `PUT /v3/documents/{id}/metadata`, `POST /v2/update_document_metadata/{id}`: what an owner notes about a document.

use axum::extract::State;
use doorward_documents::{DocumentId, Update};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::DocumentBody;
use crate::app::AppState;
use crate::dialect::r2r::wire::{Named, Refused, Results, Sent, Spoken};
use crate::http::reader::Writer;

/// Notes: one object, or several, of which the later ones go before.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(in super::super) enum MetadataBody {
    One(Map<String, Value>),
    Several(Vec<Map<String, Value>>),
}

impl Spoken for MetadataBody {}

impl MetadataBody {
    fn members(self) -> Map<String, Value> {
        match self {
            Self::One(members) => members,
            Self::Several(several) => several.into_iter().flatten().collect(),
        }
    }
}

pub(in super::super) async fn append_metadata(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Named(id): Named<DocumentId>,
    Sent(body): Sent<MetadataBody>,
) -> Result<Results<DocumentBody>, Refused> {
    let library = app.library()?;
    let mut metadata = library.document(caller, id).await?.metadata;
    metadata.extend(body.members());
    let update = Update { metadata: Some(metadata), ..Update::default() };
    let changed = library.update(caller, id, update).await?;
    Ok(Results::of(DocumentBody::one(&app, changed).await?))
}

pub(in super::super) async fn replace_metadata(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Named(id): Named<DocumentId>,
    Sent(body): Sent<MetadataBody>,
) -> Result<Results<DocumentBody>, Refused> {
    let update = Update { metadata: Some(body.members()), ..Update::default() };
    let changed = app.library()?.update(caller, id, update).await?;
    Ok(Results::of(DocumentBody::one(&app, changed).await?))
}
