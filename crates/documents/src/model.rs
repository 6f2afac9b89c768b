//! The ports to models: one that turns texts into vectors, one that answers.
//!
//! Does not know how they are called: whoever opens the library brings them, and with them the rules for whom may be called.

use std::fmt;

use async_trait::async_trait;
use doorward_core::port::NoAnswer;
use tokio::sync::mpsc;

/// Turns texts into vectors, near to each other when they mean nearly the same.
#[async_trait]
pub trait Embeddings: Send + Sync + fmt::Debug {
    /// Names the model: vectors of different models are not compared.
    fn model(&self) -> &str;

    /// One vector for each text, in their order.
    ///
    /// # Errors
    /// [`NoAnswer`].
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, NoAnswer>;
}

/// Answers a prompt.
#[async_trait]
pub trait Chat: Send + Sync + fmt::Debug {
    /// Names the model.
    fn model(&self) -> &str;

    /// What the model says.
    ///
    /// # Errors
    /// [`NoAnswer`].
    async fn answer(&self, prompt: &str) -> Result<String, NoAnswer>;

    /// What the model says, piece by piece.
    ///
    /// # Errors
    /// [`NoAnswer`], when it does not begin to answer.
    async fn stream(&self, prompt: &str) -> Result<mpsc::Receiver<Result<String, NoAnswer>>, NoAnswer>;
}
