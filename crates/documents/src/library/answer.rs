//! Answers: passages are searched in the caller's name, a model reads those and nothing else.
//!
//! Invariant: whatever a document or a question says, the model is given no passage that the caller could not have found
//! themselves, and can do nothing but answer.

use std::fmt::Write as _;

use doorward_core::{Code, Error};
use tokio::sync::mpsc;

use super::Library;
use crate::answer::{Answer, Citation, Question};
use crate::document::Caller;
use crate::model::Chat;
use crate::search::{Hit, Search};

/// Passages that a model is given at most.
const PASSAGES_MAX: u32 = 50;
/// Pieces of an answer that wait for a slow reader.
const WAITING: usize = 32;

/// A part of an answer that is being given.
#[derive(Debug)]
pub enum Piece {
    /// What the model is given; comes first.
    Passages(Vec<Hit>),
    /// Some more words.
    Text(String),
    /// The passages that were named; comes last.
    Citations(Vec<Citation>),
    /// The model broke off; comes last.
    BrokenOff(Error),
}

impl Library {
    /// Answers a question.
    ///
    /// # Errors
    /// - [`Code::NotConfigured`]: there is no model that answers.
    /// - [`Code::CheckUnavailable`]: the model does not answer.
    /// - [`Code::InvalidField`]: the question is empty; and those of [`Library::search`].
    pub async fn answer(&self, caller: Caller, question: &Question) -> Result<Answer, Error> {
        let chat = self.chat()?;
        let passages = self.passages(caller, question).await?;
        let text = chat.answer(&self.prompt(&question.search.query, &passages)).await?;
        let citations = Citation::all(&text, &passages);
        Ok(Answer { text, citations, passages, model: chat.model().to_owned() })
    }

    /// Answers a question piece by piece.
    ///
    /// # Errors
    /// As [`Library::answer`], when they are known before the first piece.
    pub async fn answer_in_pieces(
        &self,
        caller: Caller,
        question: &Question,
    ) -> Result<mpsc::Receiver<Piece>, Error> {
        let chat = self.chat()?;
        let passages = self.passages(caller, question).await?;
        let mut words = chat.stream(&self.prompt(&question.search.query, &passages)).await?;
        let (pieces, given) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut text = String::new();
            let _ = pieces.send(Piece::Passages(passages.clone())).await;
            while let Some(more) = words.recv().await {
                let piece = match more {
                    Ok(more) => {
                        text.push_str(&more);
                        Piece::Text(more)
                    }
                    Err(fault) => {
                        let _ = pieces.send(Piece::BrokenOff(fault.into())).await;
                        return;
                    }
                };
                // Nobody listens any more.
                if pieces.send(piece).await.is_err() {
                    return;
                }
            }
            let _ = pieces.send(Piece::Citations(Citation::all(&text, &passages))).await;
        });
        Ok(given)
    }

    fn chat(&self) -> Result<&dyn Chat, Error> {
        let missing = || Error::new(Code::NotConfigured, "This server has no model that answers questions.");
        self.ports.chat.as_deref().ok_or_else(missing)
    }

    /// What the model is given: as many of the best chunks as there is room for.
    async fn passages(&self, caller: Caller, question: &Question) -> Result<Vec<Hit>, Error> {
        if question.search.query.trim().is_empty() {
            return Err(Error::new(Code::InvalidField, "Ask something.").about("query"));
        }
        let search = Search { limit: question.search.limit.min(PASSAGES_MAX), ..question.search.clone() };
        let mut hits = self.search(caller, &search).await?;
        let mut room = self.settings.context;
        let fitting = hits.iter().take_while(|hit| {
            let length = hit.text.chars().count() + hit.title.chars().count();
            let fits = length <= room;
            room = room.saturating_sub(length);
            fits
        });
        let count = fitting.count();
        hits.truncate(count);
        Ok(hits)
    }

    /// The template with passages and question put in, each once: what they hold is not looked at for more places.
    fn prompt(&self, question: &str, passages: &[Hit]) -> String {
        let mut written = String::new();
        for (number, hit) in (1..).zip(passages) {
            let _ = write!(written, "[{number}] {}\n{}\n\n", hit.title, hit.text);
        }
        let mut prompt = String::new();
        let mut rest = self.settings.prompt.as_str();
        while let Some(at) = rest.find('{') {
            let (before, after) = rest.split_at(at);
            prompt.push_str(before);
            let places = [("{passages}", written.as_str()), ("{question}", question)];
            match places.iter().find(|(place, _)| after.starts_with(place)) {
                Some((place, text)) => {
                    prompt.push_str(text);
                    rest = &after[place.len()..];
                }
                None => {
                    prompt.push('{');
                    rest = &after[1..];
                }
            }
        }
        prompt + rest
    }
}
