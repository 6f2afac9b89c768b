//! Answers as they come: text between marks for the first two generations, server-sent events for the third.
//!
//! Invariant: what was found is told before the first word, and the end is told whatever happens.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use doorward_core::Core;
use doorward_documents::{Hit, Piece};
use futures_util::stream::unfold;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;

use super::shape::{self, Found};
use crate::dialect::r2r::names::Names;

/// An answer on its way.
struct Telling {
    pieces: Receiver<Piece>,
    query: String,
    is_third: bool,
    /// By which ids the owners of the passages are known.
    names: Names,
    passages: Vec<Hit>,
    text: String,
    is_over: bool,
}

/// The answer whose body is what `pieces` brings.
pub(super) fn written(pieces: Receiver<Piece>, query: String, is_third: bool, core: Arc<Core>) -> Response {
    let names = Names::default();
    let (passages, text) = (Vec::new(), String::new());
    let telling = Telling { pieces, query, is_third, names, passages, text, is_over: false };
    let parts = unfold((telling, core), |(mut telling, core)| async move {
        if telling.is_over {
            return None;
        }
        let piece = match telling.pieces.recv().await {
            Some(Piece::Passages(passages)) => {
                match Names::of(&core, passages.iter().map(|hit| hit.owner)).await {
                    Ok(names) => {
                        telling.names = names;
                        Some(Piece::Passages(passages))
                    }
                    // What cannot be told whole ends as what breaks off.
                    Err(_) => None,
                }
            }
            piece => piece,
        };
        let text = match telling.is_third {
            true => telling.events(piece),
            false => telling.marked(piece),
        };
        Some((Ok::<_, std::convert::Infallible>(text), (telling, core)))
    });
    let mut response = Response::new(Body::from_stream(parts));
    let media_type = if is_third { "text/event-stream" } else { "text/plain; charset=utf-8" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

impl Telling {
    fn marked(&mut self, piece: Option<Piece>) -> String {
        match piece {
            Some(Piece::Passages(passages)) => {
                let hits: Vec<String> = passages
                    .iter()
                    .map(|hit| {
                        serde_json::to_string(&shape::hit(hit, &self.query, &self.names)).unwrap_or_default()
                    })
                    .collect();
                format!("<search>{}</search><completion>", hits.join(","))
            }
            Some(Piece::Text(text)) => text,
            Some(Piece::Citations(_) | Piece::BrokenOff(_)) | None => {
                self.is_over = true;
                "</completion>".to_owned()
            }
        }
    }

    fn events(&mut self, piece: Option<Piece>) -> String {
        match piece {
            Some(Piece::Passages(passages)) => {
                let found = Found::of(&passages, (&self.query, true), &self.names);
                self.passages = passages;
                event(
                    "search_results",
                    &json!({ "id": "search", "object": "rag.search_results", "data": found }),
                )
            }
            Some(Piece::Text(text)) => {
                self.text.push_str(&text);
                let content = json!({ "type": "text", "payload": { "value": text, "annotations": [] } });
                let delta = json!({ "content": [content] });
                event("message", &json!({ "id": "message", "object": "agent.message.delta", "delta": delta }))
            }
            Some(Piece::Citations(cited)) => {
                let hits =
                    cited.iter().filter_map(|one| self.passages.iter().find(|hit| hit.chunk == one.chunk));
                let citations: Vec<Value> =
                    hits.map(|hit| shape::citation(&shape::hit(hit, &self.query, &self.names))).collect();
                let told: String = citations.iter().map(|citation| event("citation", citation)).collect();
                told + &self.end(&citations)
            }
            Some(Piece::BrokenOff(_)) | None => self.end(&[]),
        }
    }

    fn end(&mut self, citations: &[Value]) -> String {
        self.is_over = true;
        let answer = json!({
            "id": "message", "object": "rag.final_answer",
            "generated_answer": self.text, "citations": citations,
        });
        event("final_answer", &answer) + "event: done\ndata: [DONE]\n\n"
    }
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
