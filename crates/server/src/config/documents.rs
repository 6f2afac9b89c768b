//! `[documents]`: whether documents are kept, how many, and which models read them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use doorward_core::{Secret, Ttl};
use doorward_documents::{Cut, Language, Limits, PROMPT, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::length::{Length, Size};
use super::outside::address;
use super::secret::{secret, secret_text};
use super::settle::{Checked, refused};

/// A caller waits for it.
const LONGEST: Ttl = Ttl::from_minutes(10);

/// Documents of the accounts: kept, shared, searched, and asked. They are in `documents.db` beside the database, or in the schema
/// `doorward_documents` of the database where that is PostgreSQL.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Documents {
    /// Keep documents.
    pub enabled: bool,
    /// `english`: words are found in their other forms too. `simple`: words as they are, in any language. The index is made anew at
    /// the next start.
    pub language: String,
    /// The largest document.
    pub max_document: Size,
    /// Documents of one account.
    pub max_documents: u64,
    /// What the documents of one account take together.
    pub max_total: Size,
    /// Chunks of one account's documents.
    pub max_chunks: u64,
    /// Collections of one account.
    pub max_collections: u64,
    /// How long a chunk is at most, in characters.
    pub chunk_size: usize,
    /// How much of a chunk's end stands at the beginning of the next one, in characters.
    pub chunk_overlap: usize,
    /// Documents that are read in at the same time.
    pub workers: usize,
    /// What a model is told when a question is asked: `{passages}` and `{question}` are put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How many characters of documents a model is given with a question.
    pub context: usize,
    /// A model that turns texts into vectors: with it, documents are found by what they mean too.
    pub embeddings: Model,
    /// A model that answers questions from documents.
    pub chat: Model,
}

/// A model behind an endpoint of OpenAI's form.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// Where it is, without `/embeddings` or `/chat/completions`, as `https://api.example/v1`. Without it there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What proves there who calls.
    #[serde(skip_serializing, deserialize_with = "secret_text")]
    #[schemars(with = "Option<String>")]
    pub api_key: Option<Secret<String>>,
    /// A file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_file: Option<PathBuf>,
    /// How long it may take to answer.
    pub timeout: Length,
}

impl Default for Model {
    fn default() -> Self {
        let timeout = Length(Ttl::from_seconds(60));
        Self { url: None, model: None, api_key: None, api_key_file: None, timeout }
    }
}

impl Default for Documents {
    fn default() -> Self {
        let Settings { limits, cut, language, workers, context, .. } = Settings::default();
        Self {
            enabled: false,
            language: language.as_str().to_owned(),
            max_document: Size(limits.document_bytes),
            max_documents: limits.documents,
            max_total: Size(usize::try_from(limits.bytes).unwrap_or(usize::MAX)),
            max_chunks: limits.chunks,
            max_collections: limits.collections,
            chunk_size: cut.size,
            chunk_overlap: cut.overlap,
            workers,
            prompt: None,
            context,
            embeddings: Model::default(),
            chat: Model::default(),
        }
    }
}

/// Documents, as the server keeps them.
#[derive(Debug, Clone)]
pub struct DocumentsConfig {
    /// The file they are in.
    pub path: PathBuf,
    /// What the library goes by.
    pub settings: Settings,
    /// A model that turns texts into vectors.
    pub embeddings: Option<ModelConfig>,
    /// A model that answers.
    pub chat: Option<ModelConfig>,
}

/// A model and where it is.
#[derive(Debug, Clone)]
pub struct ModelConfig {
    /// Where, without a slash at the end.
    pub url: String,
    /// Its name.
    pub model: String,
    /// What proves there who calls.
    pub api_key: Option<Secret<String>>,
    /// How long it may take to answer.
    pub timeout: Ttl,
}

/// Judges `[documents]`; `None` where none are kept.
pub(super) fn documents(
    section: &Documents,
    database: &Path,
    readers: usize,
    warnings: &mut Vec<String>,
) -> Checked<Option<DocumentsConfig>> {
    let embeddings = model("documents.embeddings", &section.embeddings, warnings)?;
    let chat = model("documents.chat", &section.chat, warnings)?;
    let Some(language) = Language::from_text(&section.language) else {
        return refused("documents.language: \"english\" or \"simple\"");
    };
    if !(100..=10_000).contains(&section.chunk_size) || section.chunk_overlap > section.chunk_size / 2 {
        return refused("documents.chunk_size: 100 to 10000, and chunk_overlap at most half of it");
    }
    let prompt = section.prompt.clone().unwrap_or_else(|| PROMPT.to_owned());
    if !prompt.contains("{passages}") || !prompt.contains("{question}") {
        return refused("documents.prompt: it needs the places {passages} and {question}");
    }
    let limits = Limits {
        document_bytes: section.max_document.0,
        text_bytes: section.max_document.0.max(1 << 20),
        parse_time: Duration::from_secs(30),
        documents: section.max_documents,
        bytes: section.max_total.0 as u64,
        chunks: section.max_chunks,
        collections: section.max_collections,
        ..Limits::default()
    };
    let cut = Cut { size: section.chunk_size, overlap: section.chunk_overlap };
    let workers = section.workers.clamp(1, 64);
    let settings = Settings { limits, cut, language, readers, workers, prompt, context: section.context };
    let path = database.with_file_name("documents.db");
    Ok(section.enabled.then_some(DocumentsConfig { path, settings, embeddings, chat }))
}

fn model(name: &str, section: &Model, warnings: &mut Vec<String>) -> Checked<Option<ModelConfig>> {
    let key = format!("{name}.api_key");
    let api_key = secret(&key, section.api_key.as_ref(), section.api_key_file.as_deref(), warnings)?;
    let (url, model) = match (&section.url, &section.model) {
        (None, None) => return Ok(None),
        (Some(url), Some(model)) => (address(&format!("{name}.url"), url)?, model.clone()),
        _ => return refused(format!("{name}: give both url and model, or neither")),
    };
    if section.timeout.0 == Ttl::ZERO || section.timeout.0 > LONGEST {
        return refused(format!("{name}.timeout: more than nothing and 10m at most"));
    }
    let url = url.trim_end_matches('/').to_owned();
    Ok(Some(ModelConfig { url, model, api_key, timeout: section.timeout.0 }))
}
