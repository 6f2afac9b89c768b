//! Mail out of the house: written from templates, sent by SMTP or put into a folder.
//!
//! The queue and its rules are in `doorward_core::mail`; here one worker per node empties it. Two nodes never send the same mail
//! at the same time: the queue hands each to one of them.
//!
//! Invariant: what is in a mail is never logged.

mod compose;
mod folder;
mod smtp;
mod template;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use doorward_core::mail::{Mail, Outgoing};
use doorward_core::{Core, Error};
use futures_util::StreamExt;
use futures_util::stream;
use metrics::{counter, gauge};

pub use compose::{Composer, Letter};
pub use folder::Folder;
pub use smtp::Smtp;
pub use template::{BadTemplate, Templates};

use crate::config::{Config, ConfigError, Transport};

/// Mails that are looked at in one round.
const ROUND: u32 = 32;
/// Mails that are sent at the same time, unless told otherwise.
const TOGETHER: usize = 4;
/// How often the queue is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// No mail is worked on for longer; less than the time for which the queue hands it out.
const LONGEST: Duration = Duration::from_secs(25);

/// Takes letters to their recipients.
#[async_trait]
pub trait Courier: Send + Sync + fmt::Debug {
    /// Hands `letter` over; returns once somebody has taken it who will answer for it.
    ///
    /// # Errors
    /// [`Undelivered`].
    async fn carry(&self, letter: &Letter) -> Result<(), Undelivered>;
}

/// Why a letter is still here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Undelivered {
    /// For those who run the server; holds nothing of the letter.
    pub why: String,
    /// Whether trying again is of no use.
    pub is_final: bool,
}

/// Empties the queue.
#[derive(Debug)]
pub struct Office {
    core: Arc<Core>,
    composer: Composer,
    courier: Box<dyn Courier>,
    together: usize,
}

impl Office {
    /// An office that writes with `composer` and sends by `courier`.
    pub fn new(core: Arc<Core>, composer: Composer, courier: Box<dyn Courier>) -> Self {
        Self { core, composer, courier, together: TOGETHER }
    }

    /// Sends one mail after the other, so that they arrive in the order in which they are due.
    #[must_use]
    pub fn one_at_a_time(self) -> Self {
        Self { together: 1, ..self }
    }

    /// Who writes and who sends, as `config` has it. Made before the office, so that what is wrong stops the start early.
    ///
    /// # Errors
    /// [`ConfigError`] when a template or a certificate cannot be used.
    pub fn equip(config: &Config) -> Result<(Composer, Box<dyn Courier>), ConfigError> {
        let composer = Composer::new(&config.mail, &config.http.public_url)?;
        let courier: Box<dyn Courier> = match &config.mail.transport {
            Transport::Folder(path) => Box::new(Folder::new(path, &config.mail.from)),
            Transport::Smtp(smtp) => Box::new(Smtp::new(smtp, &config.mail.from)?),
        };
        Ok((composer, courier))
    }

    /// Sends what comes into the queue, for ever.
    pub async fn run(self) {
        loop {
            match self.round().await {
                Ok(taken) if taken == ROUND as usize => {}
                Ok(_) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(%error, "Could not look into the mail queue; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Tries each mail that is due now, once; says how many there were.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn round(&self) -> Result<usize, Error> {
        let due = self.core.due_mails(ROUND).await?;
        let count = due.len();
        let worked = stream::iter(due).map(|mail| self.work(mail)).buffer_unordered(self.together);
        worked.for_each(|()| async {}).await;
        self.measure().await?;
        Ok(count)
    }

    async fn work(&self, mail: Mail) {
        let (id, kind) = (mail.id, mail.kind);
        if let Err(error) = self.send(mail).await {
            // It is handed out again later.
            tracing::warn!(mail.id = %id, mail.kind = %kind, %error, "Lost track of mail {id}: {error}");
        }
    }

    async fn send(&self, mail: Mail) -> Result<(), Error> {
        let Some(outgoing) = self.core.take_mail(mail).await? else { return Ok(()) };
        let sent = match tokio::time::timeout(LONGEST, self.carry(&outgoing)).await {
            Ok(sent) => sent,
            Err(_) => Err(Undelivered { why: "the mail server took too long".to_owned(), is_final: false }),
        };
        let (mail, kind) = (&outgoing.mail, outgoing.mail.kind.as_str());
        match sent {
            Ok(()) => {
                self.core.mail_was_sent(mail).await?;
                counter!("doorward_mails_total", "kind" => kind, "outcome" => "sent").increment(1);
                tracing::info!(mail.id = %mail.id, mail.kind = kind, "Sent mail {} ({kind})", mail.id);
            }
            Err(Undelivered { why, is_final }) => {
                let is_tried_again = self.core.mail_was_not_sent(mail, &why, is_final).await?;
                let outcome = if is_tried_again { "postponed" } else { "failed" };
                counter!("doorward_mails_total", "kind" => kind, "outcome" => outcome).increment(1);
                tracing::warn!(
                    mail.id = %mail.id, mail.kind = kind, why,
                    "Could not send mail {} ({kind}), {outcome}: {why}", mail.id
                );
            }
        }
        Ok(())
    }

    async fn carry(&self, outgoing: &Outgoing) -> Result<(), Undelivered> {
        let letter = self
            .composer
            .compose(outgoing)
            .map_err(|fault| Undelivered { why: format!("cannot be written: {fault}"), is_final: true })?;
        self.courier.carry(&letter).await
    }

    async fn measure(&self) -> Result<(), Error> {
        let backlog = self.core.mail_backlog().await?;
        let oldest = backlog.oldest_at.map_or(0, |at| self.core.now().since(at).as_millis());
        gauge!("doorward_mails_waiting").set(backlog.waiting as f64);
        gauge!("doorward_mails_oldest_seconds").set(oldest as f64 / 1000.0);
        Ok(())
    }
}
