//! `POST /v1/rag`, `/v2/rag`, `/v3/retrieval/rag`: an answer from what the caller may read, whole or as it comes.

use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use doorward_documents::Question;
use serde::Deserialize;

use super::ask::{SearchBody, is_third};
use super::{shape, stream};
use crate::app::AppState;
use crate::dialect::r2r::names::Names;
use crate::dialect::r2r::wire::{Refused, Results, Sent, Spoken};
use crate::http::reader::Reader;

/// What is asked. Prompts and models are the operator's to choose, so what clients say of them is passed over.
#[derive(Debug, Deserialize)]
pub(in super::super) struct QuestionBody {
    #[serde(flatten)]
    search: SearchBody,
    rag_generation_config: Option<Generation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Generation {
    stream: Option<bool>,
}

impl Spoken for QuestionBody {
    const BARE: Option<&'static str> = Some("query");
}

pub(in super::super) async fn answer(
    State(app): State<AppState>,
    Reader(caller): Reader,
    uri: Uri,
    Sent(body): Sent<QuestionBody>,
) -> Result<Response, Refused> {
    let is_streamed = body.rag_generation_config.and_then(|config| config.stream).unwrap_or(false);
    let question = Question { search: body.search.search(&app.core).await? };
    let query = question.search.query.clone();
    let library = app.library()?;
    if is_streamed {
        let pieces = library.answer_in_pieces(caller, &question).await?;
        return Ok(stream::written(pieces, query, is_third(&uri), app.core.clone()));
    }
    let answer = library.answer(caller, &question).await?;
    let names = Names::of(&app.core, answer.passages.iter().map(|hit| hit.owner)).await?;
    let written = match is_third(&uri) {
        true => shape::answered(&answer, &query, &names),
        false => shape::completed(&answer, &query, app.core.now().as_millis() / 1000, &names),
    };
    Ok(Results::of(written).into_response())
}
