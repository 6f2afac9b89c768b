//! `DELETE /v1/delete`, `/v2/delete`, `/v3/documents/{id}`, `/v3/documents/by-filter`: deletes documents.

use axum::extract::State;
use doorward_core::{Code, Error};
use doorward_documents::{Caller, DocumentId, Filter};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::AppState;
use crate::dialect::r2r::names;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::wire::{Message, Named, Params, Refused, Results, Sent, Spoken, done};
use crate::http::reader::Writer;

/// What the documents have in common: names and values of the first generation, or a filter.
#[derive(Debug, Deserialize)]
pub(in super::super) struct DeleteBody {
    keys: Option<Vec<String>>,
    values: Option<Vec<Value>>,
    #[serde(flatten)]
    filter: Map<String, Value>,
}

impl Spoken for DeleteBody {}

pub(in super::super) async fn delete(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Named(id): Named<DocumentId>,
) -> Result<Results<Message>, Refused> {
    app.library()?.delete(caller, id).await?;
    Ok(done("Document deleted successfully"))
}

pub(in super::super) async fn delete_by_body(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<DeleteBody>,
) -> Result<Results<Message>, Refused> {
    let filter = match (body.keys, body.values) {
        (Some(keys), Some(values)) if keys.len() == values.len() && !keys.is_empty() => {
            let pairs = keys.into_iter().zip(values);
            Value::Array(pairs.map(|(key, value)| json!({ key: { "$eq": value } })).collect())
        }
        (None, None) if body.filter.is_empty() => return Err(Malformed::missing("body", "filters").into()),
        (None, None) => Value::Array(vec![Value::Object(body.filter)]),
        _ => return Err(Malformed::value("body", "values", "There have to be as many as keys").into()),
    };
    matching(&app, caller, json!({ "$and": filter })).await
}

pub(in super::super) async fn delete_by_query(
    State(app): State<AppState>,
    Writer(caller): Writer,
    params: Params,
) -> Result<Results<Message>, Refused> {
    let text = params.text("filters").ok_or_else(|| Malformed::missing("query", "filters"))?;
    let filter = serde_json::from_str(text)
        .map_err(|_| Malformed::value("query", "filters", "This is not JSON of the documented form"))?;
    matching(&app, caller, filter).await
}

async fn matching(app: &AppState, caller: Caller, mut filter: Value) -> Result<Results<Message>, Refused> {
    names::put_into(&app.core, &mut filter).await?;
    let nothing = || Malformed::value("body", "filters", "Say which documents are to be deleted");
    let filter = Filter::read(&filter)?.ok_or_else(nothing)?;
    let deleted = app.library()?.delete_matching(caller, filter).await?;
    if deleted.is_empty() {
        return Err(Error::new(Code::NotFound, "There is no such document to delete.").into());
    }
    Ok(done(format!("{} documents deleted successfully", deleted.len())))
}
