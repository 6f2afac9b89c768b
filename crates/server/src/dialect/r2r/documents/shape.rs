//! What R2R's clients are shown of a document: the union of what each generation reads.

use doorward_core::Error;
use doorward_documents::{Document, State};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::dialect::r2r::names::Names;

/// The kinds of documents that R2R's clients know, which they call by the endings of files.
const KINDS: [&str; 31] = [
    "mp3", "csv", "eml", "msg", "p7s", "epub", "xls", "xlsx", "html", "htm", "bmp", "heic", "jpeg", "png",
    "tiff", "jpg", "svg", "md", "org", "odt", "pdf", "txt", "json", "ppt", "pptx", "rst", "rtf", "tsv",
    "gif", "doc", "docx",
];

/// A document, without its content.
#[derive(Debug, Serialize)]
pub(in super::super) struct DocumentBody {
    id: String,
    document_id: String,
    owner_id: String,
    user_id: String,
    title: String,
    version: String,
    size_in_bytes: u64,
    metadata: Map<String, Value>,
    #[serde(rename = "type")]
    kind: &'static str,
    document_type: &'static str,
    status: &'static str,
    ingestion_status: &'static str,
    restructuring_status: &'static str,
    kg_extraction_status: &'static str,
    extraction_status: &'static str,
    collection_ids: Vec<String>,
    group_ids: Vec<String>,
    created_at: String,
    updated_at: String,
    ingestion_attempt_number: u32,
    summary: Option<String>,
    summary_embedding: Option<Vec<f32>>,
    total_tokens: Option<u64>,
    chunks: Option<Vec<Value>>,
}

impl DocumentBody {
    /// These documents.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(in super::super) async fn all(app: &AppState, documents: Vec<Document>) -> Result<Vec<Self>, Error> {
        let names = Names::of(&app.core, documents.iter().map(|document| document.owner)).await?;
        Ok(documents.into_iter().map(|document| Self::of(document, &names)).collect())
    }

    /// A document.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn one(app: &AppState, document: Document) -> Result<Self, Error> {
        let names = Names::of(&app.core, [document.owner]).await?;
        Ok(Self::of(document, &names))
    }

    fn of(document: Document, names: &Names) -> Self {
        let kind = kind(&document);
        let (status, ingestion_status) = statuses(&document.state);
        let collections: Vec<String> = document.collections.iter().map(ToString::to_string).collect();
        Self {
            id: document.id.to_string(),
            document_id: document.id.to_string(),
            owner_id: names.name(document.owner),
            user_id: names.name(document.owner),
            version: format!("v{}", document.version.saturating_sub(1)),
            size_in_bytes: document.size,
            metadata: document.metadata,
            kind,
            document_type: kind,
            status,
            ingestion_status,
            // No graph is made of documents here.
            restructuring_status: "pending",
            kg_extraction_status: "pending",
            extraction_status: "pending",
            group_ids: collections.clone(),
            collection_ids: collections,
            created_at: document.created_at.to_string(),
            updated_at: document.updated_at.to_string(),
            ingestion_attempt_number: document.attempts,
            summary: None,
            summary_embedding: None,
            total_tokens: None,
            chunks: None,
            title: document.title,
        }
    }
}

/// How far the document is: in the first generation's words, and in those of the later ones.
const fn statuses(state: &State) -> (&'static str, &'static str) {
    match state {
        State::Pending => ("processing", "pending"),
        State::Parsing => ("processing", "parsing"),
        State::Indexing => ("processing", "storing"),
        State::Ready => ("success", "success"),
        State::Failed(_) => ("failure", "failed"),
    }
}

fn kind(document: &Document) -> &'static str {
    let ending = document.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let by_name = ending.and_then(|ending| KINDS.into_iter().find(|kind| *kind == ending));
    by_name.unwrap_or_else(|| match &*document.media_type {
        "application/pdf" => "pdf",
        "application/json" => "json",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/markdown" => "md",
        _ => "txt",
    })
}
