//! Models behind endpoints of OpenAI's form: `/embeddings` and `/chat/completions`.
//!
//! The operator names where they are. Invariant: an answer is read up to a length, and a broken one is no answer.

use std::fmt;

use async_trait::async_trait;
use doorward_core::Secret;
use doorward_core::port::NoAnswer;
use doorward_documents::model::{Chat, Embeddings};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::caller::{Reach, client, send_up_to};
use crate::config::ModelConfig;

/// The longest answer, in bytes: vectors are long.
const ANSWER_MAX: usize = 16 << 20;
/// The longest line of a stream, in bytes.
const LINE_MAX: usize = 256 << 10;
/// The longest streamed text, in bytes.
const TEXT_MAX: usize = 1 << 20;
/// Pieces that wait for a slow reader.
const WAITING: usize = 64;

/// One model.
pub(crate) struct Model {
    client: Client,
    url: String,
    name: String,
    api_key: Option<Secret<String>>,
}

impl fmt::Debug for Model {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Model({} at {})", self.name, self.url)
    }
}

impl Model {
    /// The model of `config`.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn new(config: &ModelConfig) -> Result<Self, String> {
        Ok(Self {
            client: client(config.timeout, Reach::Anywhere)?,
            url: config.url.clone(),
            name: config.model.clone(),
            api_key: config.api_key.clone(),
        })
    }

    fn request(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        match &self.api_key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        }
    }

    async fn ask<T: for<'de> Deserialize<'de>>(&self, path: &str, body: &Value) -> Result<T, NoAnswer> {
        let (status, answer) = send_up_to(self.request(path, body), ANSWER_MAX).await?;
        if !status.is_success() {
            return Err(NoAnswer(format!("the model {} answers {status}", self.name)));
        }
        serde_json::from_slice(&answer).map_err(|_| unreadable())
    }

    fn question(&self, prompt: &str, is_stream: bool) -> Value {
        json!({
            "model": self.name,
            "stream": is_stream,
            "messages": [{ "role": "user", "content": prompt }],
        })
    }
}

fn unreadable() -> NoAnswer {
    NoAnswer("the model's answer is not of the usual form".to_owned())
}

#[derive(Deserialize)]
struct Vectors {
    data: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    index: usize,
    embedding: Vec<f32>,
}

#[async_trait]
impl Embeddings for Model {
    fn model(&self) -> &str {
        &self.name
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, NoAnswer> {
        let body = json!({ "model": self.name, "input": texts });
        let mut vectors: Vectors = self.ask("/embeddings", &body).await?;
        vectors.data.sort_by_key(|vector| vector.index);
        let is_whole = vectors.data.iter().map(|vector| vector.index).eq(0..texts.len());
        if !is_whole {
            return Err(unreadable());
        }
        Ok(vectors.data.into_iter().map(|vector| vector.embedding).collect())
    }
}

/// An answer, or a piece of one.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Words>,
    delta: Option<Words>,
}

#[derive(Deserialize)]
struct Words {
    content: Option<String>,
}

impl Said {
    fn words(self) -> Option<String> {
        let choice = self.choices.into_iter().next()?;
        choice.message.or(choice.delta)?.content
    }
}

#[async_trait]
impl Chat for Model {
    fn model(&self) -> &str {
        &self.name
    }

    async fn answer(&self, prompt: &str) -> Result<String, NoAnswer> {
        let said: Said = self.ask("/chat/completions", &self.question(prompt, false)).await?;
        said.words().ok_or_else(unreadable)
    }

    async fn stream(&self, prompt: &str) -> Result<mpsc::Receiver<Result<String, NoAnswer>>, NoAnswer> {
        let sent = self.request("/chat/completions", &self.question(prompt, true)).send().await;
        let response = sent.map_err(|fault| NoAnswer(fault.without_url().to_string()))?;
        if !response.status().is_success() {
            return Err(NoAnswer(format!("the model {} answers {}", self.name, response.status())));
        }
        let (words, told) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            if let Err(fault) = pass_on(response, &words).await {
                let _ = words.send(Err(fault)).await;
            }
        });
        Ok(told)
    }
}

/// Passes the pieces of a stream on until it is done or nobody listens.
async fn pass_on(
    mut response: reqwest::Response,
    words: &mpsc::Sender<Result<String, NoAnswer>>,
) -> Result<(), NoAnswer> {
    let (mut waiting, mut length) = (Vec::new(), 0);
    while let Some(bytes) =
        response.chunk().await.map_err(|fault| NoAnswer(fault.without_url().to_string()))?
    {
        waiting.extend_from_slice(&bytes);
        while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = waiting.drain(..=end).collect();
            match piece(&line)? {
                Piece::Done => return Ok(()),
                Piece::Nothing => {}
                Piece::Words(more) => {
                    length += more.len();
                    if length > TEXT_MAX {
                        return Err(NoAnswer("the answer is too long".to_owned()));
                    }
                    if words.send(Ok(more)).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        if waiting.len() > LINE_MAX {
            return Err(unreadable());
        }
    }
    Err(NoAnswer("the model broke off".to_owned()))
}

#[derive(Debug, PartialEq)]
enum Piece {
    Words(String),
    Nothing,
    Done,
}

fn piece(line: &[u8]) -> Result<Piece, NoAnswer> {
    let line = std::str::from_utf8(line).map_err(|_| unreadable())?.trim();
    let Some(data) = line.strip_prefix("data:").map(str::trim) else { return Ok(Piece::Nothing) };
    if data == "[DONE]" {
        return Ok(Piece::Done);
    }
    let said: Said = serde_json::from_str(data).map_err(|_| unreadable())?;
    Ok(said.words().map_or(Piece::Nothing, Piece::Words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_stream_are_words_or_nothing_or_the_end() {
        let words = br#"data: {"choices":[{"index":0,"delta":{"content":"oak"}}]}"#;

        assert_eq!(piece(words).unwrap(), Piece::Words("oak".to_owned()));
        assert_eq!(piece(b"data: [DONE]\r\n").unwrap(), Piece::Done);
        for line in
            [&b": still here"[..], b"", br#"data: {"choices":[]}"#, br#"data: {"choices":[{"delta":{}}]}"#]
        {
            assert_eq!(piece(line).unwrap(), Piece::Nothing);
        }
        assert!(piece(b"data: rubbish").is_err());
    }
}
