//! `POST /api/v1/answer`: a model answers from what the caller may read.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use doorward_documents::{Citation, Piece, Question};
use futures_util::stream;
use http::HeaderName;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use utoipa::ToSchema;

use super::search::{HitBody, SearchBody};
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Reader;

/// nginx would keep pieces until it has a page of them.
const UNBUFFERED: [(HeaderName, &str); 2] =
    [(CONTENT_TYPE, "text/event-stream"), (HeaderName::from_static("x-accel-buffering"), "no")];

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuestionBody {
    #[serde(flatten)]
    search: SearchBody,
    /// Give the answer piece by piece, as server-sent events.
    #[serde(default)]
    stream: bool,
}

/// A passage that an answer names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Citation)]
pub struct CitationBody {
    /// Its number in the answer, as `[1]`; the first passage is 1.
    number: u32,
    /// The document.
    #[schema(format = Uuid)]
    document_id: String,
    /// The chunk.
    #[schema(format = Uuid)]
    chunk_id: String,
}

impl From<&Citation> for CitationBody {
    fn from(citation: &Citation) -> Self {
        Self {
            number: citation.number,
            document_id: citation.document.to_string(),
            chunk_id: citation.chunk.to_string(),
        }
    }
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerBody {
    /// What the model says.
    answer: String,
    /// The passages it names.
    citations: Vec<CitationBody>,
    /// All passages it was given.
    passages: Vec<HitBody>,
    /// The model.
    model: String,
}

/// Ask
///
/// A model reads the best passages of what you may read, and nothing else. With `stream` the answer comes as events: `passages` first, then
/// `text` piece by piece, and `citations` at the end, or `broken_off`.
#[utoipa::path(
    post, operation_id = "answer", path = "/api/v1/answer", tag = "documents", request_body = QuestionBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((
        status = OK, description = "The answer, or its pieces as events.",
        content((AnswerBody = "application/json"), (String = "text/event-stream"))
    ))
)]
pub async fn answer(
    State(app): State<AppState>,
    Reader(who): Reader,
    Json(body): Json<QuestionBody>,
) -> Result<Response, Problem> {
    let question = Question { search: body.search.read()? };
    if body.stream {
        let pieces = app.library()?.answer_in_pieces(who, &question).await?;
        return Ok((UNBUFFERED, Body::from_stream(events(pieces))).into_response());
    }
    let answer = app.library()?.answer(who, &question).await?;
    Ok(Json(AnswerBody {
        answer: answer.text,
        citations: answer.citations.iter().map(CitationBody::from).collect(),
        passages: answer.passages.into_iter().map(HitBody::from).collect(),
        model: answer.model,
    })
    .into_response())
}

fn events(pieces: Receiver<Piece>) -> impl stream::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((Ok(Bytes::from(event(piece))), pieces))
    })
}

/// One event. JSON has no line breaks of its own.
fn event(piece: Piece) -> String {
    let (name, data): (_, Value) = match piece {
        Piece::Passages(hits) => {
            ("passages", hits.into_iter().map(|hit| json!(HitBody::from(hit))).collect())
        }
        Piece::Text(text) => ("text", json!({ "text": text })),
        Piece::Citations(cited) => {
            ("citations", cited.iter().map(|one| json!(CitationBody::from(one))).collect())
        }
        Piece::BrokenOff(error) => {
            tracing::warn!(%error, "A model broke off in the midst of an answer");
            ("broken_off", json!({ "code": error.code().as_str(), "detail": error.detail() }))
        }
    };
    format!("event: {name}\ndata: {data}\n\n")
}
