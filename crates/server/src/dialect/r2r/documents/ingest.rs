//! `POST /v1/ingest_files`, `/v2/ingest_files`: files; `POST /v3/documents`: a file, a text or chunks.
//!
//! The answer waits a while for the documents to be read in, because these clients search right after it.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_core::{Code, Error};
use doorward_documents::{
    Caller, CollectionId, Document, DocumentId, Library, NewDocument, Source, State as Reading, Unique,
};
use http::{StatusCode, Uri};
use serde::Serialize;
use serde_json::{Map, Value};

use super::form::{DocumentForm, File};
use crate::app::AppState;
use crate::dialect::r2r::names::Names;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::wire::{Refused, Results};
use crate::http::reader::Writer;

/// The longest wait for a document to be read in.
const WAIT: Duration = Duration::from_secs(8);

/// What became of files, as the first generation and the early second one are told.
#[derive(Debug, Serialize)]
struct Report<T> {
    processed_documents: Vec<T>,
    failed_documents: Vec<String>,
    skipped_documents: Vec<String>,
}

/// A document that was taken.
#[derive(Debug, Serialize)]
pub(in super::super) struct Taken {
    message: String,
    task_id: Option<String>,
    document_id: String,
    /// As the early second generation reads it.
    id: String,
    title: String,
}

impl From<&Document> for Taken {
    fn from(document: &Document) -> Self {
        Self {
            message: "Document created and ingested successfully.".to_owned(),
            task_id: None,
            document_id: document.id.to_string(),
            id: document.id.to_string(),
            title: document.title.clone(),
        }
    }
}

pub(in super::super) async fn ingest(
    State(app): State<AppState>,
    Writer(caller): Writer,
    uri: Uri,
    form: DocumentForm,
) -> Result<Response, Refused> {
    let (library, era) = (app.library()?, Era::of(&uri, &form));
    let documents = of_files(&own_ids(&app, caller).await?, form)?;
    let mut taken = Vec::with_capacity(documents.len());
    for document in documents {
        taken.push(library.add(caller, document).await?);
    }
    Ok(report(library, caller, taken, era).await)
}

/// Which answer a client expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// Sentences that name the files.
    First,
    /// Objects with id and title.
    EarlySecond,
    /// A list of what was taken.
    LateSecond,
}

impl Era {
    pub(super) fn of(uri: &Uri, form: &DocumentForm) -> Self {
        match (uri.path().starts_with("/v1/"), form.has("chunking_settings")) {
            (true, _) => Self::First,
            // Sent by the early releases of the second generation, always, and by no later one.
            (false, true) => Self::EarlySecond,
            (false, false) => Self::LateSecond,
        }
    }
}

/// Waits for `documents` to be read in, and tells what became of them.
pub(super) async fn report(
    library: &Library,
    caller: Caller,
    documents: Vec<Document>,
    era: Era,
) -> Response {
    let mut settled = Vec::with_capacity(documents.len());
    for document in documents {
        settled.push(wait(library, caller, document).await);
    }
    if era == Era::LateSecond {
        return Results::of(settled.iter().map(Taken::from).collect::<Vec<_>>()).into_response();
    }
    let (failed, processed): (Vec<_>, Vec<_>) =
        settled.into_iter().partition(|document| matches!(document.state, Reading::Failed(_)));
    let failed_documents =
        failed.iter().map(|document| format!("Document '{}' failed.", document.title)).collect();
    let skipped_documents = Vec::new();
    if era == Era::First {
        let sentence = |document: &Document| format!("Document '{}' processed successfully.", document.title);
        let processed_documents = processed.iter().map(sentence).collect();
        return Results::of(Report { processed_documents, failed_documents, skipped_documents })
            .into_response();
    }
    let processed_documents = processed.iter().map(Taken::from).collect();
    Results::of(Report { processed_documents, failed_documents, skipped_documents }).into_response()
}

/// The document, once it was read in or the wait was long enough.
async fn wait(library: &Library, caller: Caller, document: Document) -> Document {
    match tokio::time::timeout(WAIT, library.settled(caller, document.id)).await {
        Ok(Ok(settled)) => settled,
        _ => document,
    }
}

/// The documents of a form with files.
fn of_files(own: &[String; 2], form: DocumentForm) -> Result<Vec<NewDocument>, Refused> {
    let count = form.files.len();
    let metadatas: Vec<Map<String, Value>> = form.json("metadatas")?.unwrap_or_default();
    let ids: Vec<DocumentId> = form.json("document_ids")?.unwrap_or_default();
    let collections: Vec<Vec<CollectionId>> = form.json("collection_ids")?.unwrap_or_default();
    for (name, length) in
        [("metadatas", metadatas.len()), ("document_ids", ids.len()), ("collection_ids", collections.len())]
    {
        if length != 0 && length != count {
            return Err(Malformed::value("body", name, "There have to be as many as files").into());
        }
    }
    if count == 0 {
        return Err(Malformed::missing("body", "files").into());
    }
    let mut documents: Vec<NewDocument> = Vec::with_capacity(count);
    for (place, file) in form.files.into_iter().enumerate() {
        if documents.iter().any(|other| other.name == file.name) {
            let why = "A file is there twice: the second one is a duplicate.";
            return Err(Error::new(Code::DocumentExists, why).into());
        }
        let mut document = of_file(file);
        document.id = ids.get(place).copied();
        document.collections = collections.get(place).cloned().unwrap_or_default();
        note(own, &mut document, metadatas.get(place).cloned().unwrap_or_default())?;
        documents.push(document);
    }
    Ok(documents)
}

/// A file, of whose name its owner has no other document.
fn of_file(file: File) -> NewDocument {
    let document = NewDocument::new(file.name, Source::Bytes(file.bytes));
    NewDocument { unique: Unique::Name, ..document }
}

/// What the caller is called: the id that clients know the account by, and its own.
async fn own_ids(app: &AppState, caller: Caller) -> Result<[String; 2], Error> {
    Ok([Names::of(&app.core, [caller.user]).await?.name(caller.user), caller.user.to_string()])
}

/// Puts `metadata` to the document; nobody notes that it is somebody else's.
fn note(own: &[String; 2], document: &mut NewDocument, metadata: Map<String, Value>) -> Result<(), Error> {
    let is_own = |named: &Value| named.as_str().is_some_and(|named| own.iter().any(|own| own == named));
    for name in ["user_id", "owner_id"] {
        if metadata.get(name).is_some_and(|named| !is_own(named)) {
            return Err(
                Error::new(Code::Forbidden, "A document belongs to whoever brings it.").about("metadata")
            );
        }
    }
    document.title = metadata.get("title").and_then(Value::as_str).map(str::to_owned);
    document.metadata = metadata;
    Ok(())
}

pub(in super::super) async fn create(
    State(app): State<AppState>,
    Writer(caller): Writer,
    mut form: DocumentForm,
) -> Result<(StatusCode, Results<Taken>), Refused> {
    let library = app.library()?;
    let chunks: Option<Vec<String>> = form.json("chunks")?;
    let text = form.text("raw_text").map(str::to_owned);
    let mut document = match (form.files.pop(), text, chunks) {
        (Some(file), None, None) if form.files.is_empty() => of_file(file),
        (None, Some(text), None) => NewDocument {
            media_type: Some("text/plain".to_owned()),
            ..NewDocument::new("text.txt", Source::Text(text))
        },
        (None, None, Some(chunks)) => NewDocument {
            media_type: Some("text/plain".to_owned()),
            ..NewDocument::new("chunks.txt", Source::Chunks(chunks))
        },
        _ => {
            let why = "Exactly one of file, raw_text and chunks has to be there";
            return Err(Malformed::value("body", "", why).into());
        }
    };
    let id = form.text("id").map(|text| text.parse::<DocumentId>());
    document.id = id.transpose().map_err(|_| Malformed::value("body", "id", "This is not an id"))?;
    document.collections = form.json("collection_ids")?.unwrap_or_default();
    let own = own_ids(&app, caller).await?;
    note(&own, &mut document, form.json("metadata")?.unwrap_or_default())?;
    let taken = library.add(caller, document).await?;
    let settled = wait(library, caller, taken).await;
    Ok((StatusCode::ACCEPTED, Results::of(Taken::from(&settled))))
}
