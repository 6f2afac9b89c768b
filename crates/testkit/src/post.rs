//! Where mail goes in tests: nowhere, but it can be read.

use std::sync::Arc;

use async_trait::async_trait;
use doorward::mail::{Courier, Letter, Undelivered};
use parking_lot::Mutex;

/// A mail that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    /// Names it.
    pub id: String,
    /// The one recipient.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What is in it.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

impl SentMail {
    /// The token of its link.
    ///
    /// # Panics
    /// When there is none.
    pub fn token(&self) -> &str {
        let (_, rest) = self.text.split_once("token=").expect("the mail has a link");
        rest.split_whitespace().next().unwrap_or_default()
    }

    /// Its code, as it is written.
    ///
    /// # Panics
    /// When there is none.
    pub fn code(&self) -> &str {
        let (_, rest) = self.text.split_once("it is ").expect("the mail has a code");
        rest.get(..9).expect("a code has two groups of four digits")
    }
}

/// A courier that keeps what it is given, and can be told to fail.
#[derive(Debug, Clone, Default)]
pub struct Post(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<SentMail>,
    failure: Option<Undelivered>,
}

impl Post {
    /// All that was sent, oldest first.
    pub fn sent(&self) -> Vec<SentMail> {
        self.0.lock().sent.clone()
    }

    /// Lets every mail fail from now on.
    pub fn fail(&self, why: &str, is_final: bool) {
        self.0.lock().failure = Some(Undelivered { why: why.to_owned(), is_final });
    }

    /// Lets mail through again.
    pub fn recover(&self) {
        self.0.lock().failure = None;
    }
}

#[async_trait]
impl Courier for Post {
    async fn carry(&self, letter: &Letter) -> Result<(), Undelivered> {
        let mut state = self.0.lock();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        state.sent.push(SentMail {
            id: letter.id.clone(),
            to: letter.to.clone(),
            subject: letter.subject.clone(),
            text: letter.text.expose().clone(),
            html: letter.html.expose().clone(),
        });
        Ok(())
    }
}
