//! What was found, as each generation reads it.

use std::collections::BTreeMap;

use doorward_documents::{Answer, Hit};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::dialect::r2r::names::Names;

/// A chunk that was found.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct HitBody {
    id: String,
    extraction_id: String,
    fragment_id: String,
    document_id: String,
    owner_id: String,
    user_id: String,
    collection_ids: Vec<String>,
    group_ids: Vec<String>,
    score: f64,
    text: String,
    metadata: Map<String, Value>,
}

impl HitBody {
    fn of(hit: &Hit, query: &str, names: &Names) -> Self {
        let collections: Vec<String> = hit.collections.iter().map(ToString::to_string).collect();
        let mut metadata = hit.metadata.clone();
        // Where the first generation looks for them; the owner's own notes give way.
        for (name, value) in [
            ("text", hit.text.clone()),
            ("title", hit.title.clone()),
            ("user_id", names.name(hit.owner)),
            ("document_id", hit.document.to_string()),
            ("extraction_id", hit.chunk.to_string()),
            ("associatedQuery", query.to_owned()),
        ] {
            metadata.insert(name.to_owned(), Value::String(value));
        }
        Self {
            id: hit.chunk.to_string(),
            extraction_id: hit.chunk.to_string(),
            fragment_id: hit.chunk.to_string(),
            document_id: hit.document.to_string(),
            owner_id: names.name(hit.owner),
            user_id: names.name(hit.owner),
            group_ids: collections.clone(),
            collection_ids: collections,
            score: hit.score,
            text: hit.text.clone(),
            metadata,
        }
    }
}

/// What a search gives.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(in super::super) enum Found {
    /// To clients of the first two generations.
    Vector { vector_search_results: Vec<HitBody>, kg_search_results: [Value; 0] },
    /// To those of the third.
    Chunks {
        chunk_search_results: Vec<HitBody>,
        graph_search_results: [Value; 0],
        web_page_search_results: [Value; 0],
        web_search_results: [Value; 0],
        document_search_results: [Value; 0],
        generic_tool_result: Option<Value>,
    },
}

impl Found {
    /// `hits` for `query`, as clients of this generation read them.
    pub(super) fn of(hits: &[Hit], (query, is_third): (&str, bool), names: &Names) -> Self {
        let hits = hits.iter().map(|hit| HitBody::of(hit, query, names)).collect();
        if !is_third {
            return Self::Vector { vector_search_results: hits, kg_search_results: [] };
        }
        Self::Chunks {
            chunk_search_results: hits,
            graph_search_results: [],
            web_page_search_results: [],
            web_search_results: [],
            document_search_results: [],
            generic_tool_result: None,
        }
    }
}

/// An answer as clients of the first two generations read it: a completion of a chat beside what was found.
pub(super) fn completed(answer: &Answer, query: &str, created: i64, names: &Names) -> Value {
    json!({
        "completion": {
            "id": "chatcmpl-doorward",
            "object": "chat.completion",
            "created": created,
            "model": answer.model,
            "choices": [{
                "index": 0,
                "finish_reason": "stop",
                "message": { "role": "assistant", "content": answer.text },
            }],
        },
        "search_results": Found::of(&answer.passages, (query, false), names),
    })
}

/// An answer as clients of the third generation read it.
pub(super) fn answered(answer: &Answer, query: &str, names: &Names) -> Value {
    json!({
        "generated_answer": answer.text,
        "completion": answer.text,
        "search_results": Found::of(&answer.passages, (query, true), names),
        "citations": citations(answer, query, names),
        "metadata": { "model": answer.model },
    })
}

fn citations(answer: &Answer, query: &str, names: &Names) -> Vec<Value> {
    let passages: BTreeMap<_, &Hit> = answer.passages.iter().map(|hit| (hit.chunk, hit)).collect();
    let cited = answer.citations.iter().filter_map(|citation| passages.get(&citation.chunk));
    cited.map(|hit| citation(&HitBody::of(hit, query, names))).collect()
}

/// A passage that an answer names.
pub(super) fn citation(hit: &HitBody) -> Value {
    json!({ "id": hit.id, "object": "citation", "is_new": true, "source_type": "chunk", "payload": hit })
}

/// `hit` as it is shown.
pub(super) fn hit(hit: &Hit, query: &str, names: &Names) -> HitBody {
    HitBody::of(hit, query, names)
}
