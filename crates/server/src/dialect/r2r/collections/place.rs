//! `GET /v3/collections/{id}/documents`, `POST` and `DELETE /v3/collections/{id}/documents/{document_id}`, and the same by the names of
//! the second generation.

use axum::extract::State;
use doorward_documents::{CollectionId, DocumentId, Selection, Window};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::documents::DocumentBody;
use crate::dialect::r2r::wire::{Listed, Message, Named, Params, Refused, Results, Sent, Spoken, done};
use crate::http::extract::TwoIds;
use crate::http::reader::{Reader, Writer};

/// Which document, and which collection.
#[derive(Debug, Deserialize)]
pub(in super::super) struct PlaceBody {
    document_id: DocumentId,
    #[serde(alias = "group_id")]
    collection_id: CollectionId,
}

impl Spoken for PlaceBody {}

pub(in super::super) async fn documents(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(id): Named<CollectionId>,
    params: Params,
) -> Result<Listed<DocumentBody>, Refused> {
    let (offset, limit) = params.page()?;
    let which = Selection { collection: Some(id), ..Selection::default() };
    let page = app.library()?.list(caller, which, Window { offset: offset.into(), limit }).await?;
    Ok(Listed::of(DocumentBody::all(&app, page.items).await?, page.total))
}

pub(in super::super) async fn place(
    State(app): State<AppState>,
    Writer(caller): Writer,
    TwoIds(id, document): TwoIds<CollectionId, DocumentId>,
) -> Result<Results<Message>, Refused> {
    app.library()?.add_to_collection(caller, id, document).await?;
    Ok(done("Document assigned to collection successfully"))
}

pub(in super::super) async fn place_by_body(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<PlaceBody>,
) -> Result<Results<Message>, Refused> {
    app.library()?.add_to_collection(caller, body.collection_id, body.document_id).await?;
    Ok(done("Document assigned to collection successfully"))
}

pub(in super::super) async fn remove(
    State(app): State<AppState>,
    Writer(caller): Writer,
    TwoIds(id, document): TwoIds<CollectionId, DocumentId>,
) -> Result<Results<Message>, Refused> {
    app.library()?.remove_from_collection(caller, id, document).await?;
    Ok(done("Document removed from collection successfully"))
}

pub(in super::super) async fn remove_by_body(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<PlaceBody>,
) -> Result<Results<Message>, Refused> {
    app.library()?.remove_from_collection(caller, body.collection_id, body.document_id).await?;
    Ok(done("Document removed from collection successfully"))
}
