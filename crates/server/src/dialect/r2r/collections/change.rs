//! `POST /v3/collections`, `POST` and `DELETE /v3/collections/{id}`, and the same by the names of the second generation.

use axum::extract::State;
use doorward_documents::{Caller, CollectionId, CollectionUpdate, NewCollection};
use serde::Deserialize;

use super::shape::CollectionBody;
use crate::app::AppState;
use crate::dialect::r2r::wire::{Message, Named, Refused, Results, Sent, Spoken, done};
use crate::http::reader::Writer;

/// A collection to come.
#[derive(Debug, Deserialize)]
pub(in super::super) struct CreateBody {
    name: String,
    description: Option<String>,
}

impl Spoken for CreateBody {}

/// What is to change.
#[derive(Debug, Deserialize)]
pub(in super::super) struct UpdateBody {
    name: Option<String>,
    description: Option<String>,
}

impl Spoken for UpdateBody {}

/// What is to change, and of which collection.
#[derive(Debug, Deserialize)]
pub(in super::super) struct NamedUpdateBody {
    #[serde(alias = "group_id")]
    collection_id: CollectionId,
    #[serde(flatten)]
    update: UpdateBody,
}

impl Spoken for NamedUpdateBody {}

pub(in super::super) async fn create(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<CreateBody>,
) -> Result<Results<CollectionBody>, Refused> {
    let new = NewCollection { id: None, name: body.name, description: body.description.unwrap_or_default() };
    let made = app.library()?.create_collection(caller, new).await?;
    Ok(Results::of(CollectionBody::one(&app, made).await?))
}

pub(in super::super) async fn update(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Named(id): Named<CollectionId>,
    Sent(body): Sent<UpdateBody>,
) -> Result<Results<CollectionBody>, Refused> {
    change(&app, caller, id, body).await
}

pub(in super::super) async fn update_named(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<NamedUpdateBody>,
) -> Result<Results<CollectionBody>, Refused> {
    change(&app, caller, body.collection_id, body.update).await
}

async fn change(
    app: &AppState,
    caller: Caller,
    id: CollectionId,
    body: UpdateBody,
) -> Result<Results<CollectionBody>, Refused> {
    let update = CollectionUpdate { name: body.name, description: body.description };
    let changed = app.library()?.update_collection(caller, id, update).await?;
    Ok(Results::of(CollectionBody::one(app, changed).await?))
}

pub(in super::super) async fn delete(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Named(id): Named<CollectionId>,
) -> Result<Results<Message>, Refused> {
    app.library()?.delete_collection(caller, id).await?;
    Ok(done("Collection deleted successfully"))
}
