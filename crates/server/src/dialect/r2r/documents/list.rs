//! `GET /v1/documents_overview`, `/v2/documents_overview`, `/v3/documents`, `/v3/documents/{id}`: documents the caller may read.

use axum::extract::State;
use axum::http::Uri;
use doorward_core::{Code, Error};
use doorward_documents::{DocumentId, Selection, Window};
use serde::Deserialize;

use super::DocumentBody;
use crate::app::AppState;
use crate::dialect::r2r::names;
use crate::dialect::r2r::wire::{self, Listed, Named, Params, Refused, Results, Sent, Spoken};
use crate::http::reader::Reader;

/// Which documents, in the body of the first generation's GET.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct OverviewBody {
    document_ids: Option<Vec<String>>,
    user_ids: Option<Vec<String>>,
}

impl Spoken for OverviewBody {}

pub(in super::super) async fn overview(
    State(app): State<AppState>,
    Reader(caller): Reader,
    uri: Uri,
    params: Params,
    Sent(body): Sent<OverviewBody>,
) -> Result<Listed<DocumentBody>, Refused> {
    let mut ids: Vec<DocumentId> = wire::ids("body", "document_ids", body.document_ids.iter().flatten())?;
    ids.extend(wire::ids::<DocumentId>("query", "document_ids", params.all("document_ids"))?);
    let named = body.user_ids.iter().flatten();
    let owners = names::accounts(&app.core, ("body", "user_ids"), named).await?;
    if owners.iter().any(|owner| *owner != caller.user) && !caller.sees_all {
        return Err(Error::new(Code::Forbidden, "Only a superuser asks for the documents of others.").into());
    }
    // In the first generation those who run the server, too, see others' documents only when they name whose.
    let is_own_only = uri.path().starts_with("/v1/") && owners.is_empty();
    let (offset, limit) = params.page()?;
    let which = Selection { ids, owners, is_own_only, ..Selection::default() };
    let window = Window { offset: offset.into(), limit };
    let page = app.library()?.list(caller, which, window).await?;
    Ok(Listed::of(DocumentBody::all(&app, page.items).await?, page.total))
}

pub(in super::super) async fn list(
    State(app): State<AppState>,
    Reader(caller): Reader,
    params: Params,
) -> Result<Listed<DocumentBody>, Refused> {
    let ids = wire::ids("query", "ids", params.all("ids"))?;
    let is_own_only = params.text("owner_only").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let (offset, limit) = params.page()?;
    let which = Selection { ids, is_own_only, ..Selection::default() };
    let window = Window { offset: offset.into(), limit };
    let page = app.library()?.list(caller, which, window).await?;
    Ok(Listed::of(DocumentBody::all(&app, page.items).await?, page.total))
}

pub(in super::super) async fn read(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(id): Named<DocumentId>,
) -> Result<Results<DocumentBody>, Refused> {
    let found = app.library()?.document(caller, id).await?;
    Ok(Results::of(DocumentBody::one(&app, found).await?))
}
