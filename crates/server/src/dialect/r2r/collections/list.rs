//! `GET /v3/collections`, `/v3/collections/{id}`, `/v3/users/{id}/collections`, and the same by the names of the second generation.

use axum::extract::State;
use doorward_documents::{Caller, CollectionId, DocumentId, Window};

use super::shape::CollectionBody;
use crate::app::AppState;
use crate::dialect::r2r::account::own_or_superuser;
use crate::dialect::r2r::wire::{self, Listed, Named, NamedAccount, Params, Refused, Results};
use crate::http::credential::CurrentUser;
use crate::http::reader::Reader;

pub(in super::super) async fn list(
    State(app): State<AppState>,
    Reader(caller): Reader,
    params: Params,
) -> Result<Listed<CollectionBody>, Refused> {
    let names = ["ids", "collection_ids", "group_ids"];
    let ids = wire::ids("query", "ids", names.into_iter().flat_map(|name| params.all(name)))?;
    page(&app, caller, ids, &params).await
}

pub(in super::super) async fn of_user(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    NamedAccount(user): NamedAccount,
    params: Params,
) -> Result<Listed<CollectionBody>, Refused> {
    own_or_superuser(&who, user)?;
    page(&app, Caller { user, sees_all: false }, Vec::new(), &params).await
}

pub(in super::super) async fn of_document(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(document): Named<DocumentId>,
    params: Params,
) -> Result<Listed<CollectionBody>, Refused> {
    let ids = app.library()?.document(caller, document).await?.collections;
    if ids.is_empty() {
        return Ok(Listed::of(Vec::new(), 0));
    }
    page(&app, caller, ids, &params).await
}

async fn page(
    app: &AppState,
    caller: Caller,
    ids: Vec<CollectionId>,
    params: &Params,
) -> Result<Listed<CollectionBody>, Refused> {
    let (offset, limit) = params.page()?;
    let page = app.library()?.collections(caller, ids, Window { offset: offset.into(), limit }).await?;
    Ok(Listed::of(CollectionBody::all(app, page.items).await?, page.total))
}

pub(in super::super) async fn read(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(id): Named<CollectionId>,
) -> Result<Results<CollectionBody>, Refused> {
    let found = app.library()?.collection(caller, id).await?;
    Ok(Results::of(CollectionBody::one(&app, found).await?))
}
