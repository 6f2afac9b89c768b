//! The meters of what strangers can ask for by mail, and of guesses at what was mailed.
//!
//! Keys are made of what the caller gave and never of what it leads to: an address without account runs into the same limits.

use crate::account::EmailAddress;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::mail::MailKind;

/// Mails that may wait before strangers cannot ask for more.
const MOST_WAITING: u64 = 10_000;

impl Core {
    /// Takes the places of one mail of `kind` to `to` that a stranger asks for.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]; [`Code::Overloaded`] when far too much waits already.
    pub(crate) async fn admit_ask(
        &self,
        kind: MailKind,
        to: &EmailAddress,
        client: &Client,
    ) -> Result<(), Error> {
        let limits = self.settings().limits.clone();
        self.pass_meter(&format!("mail//{}", client.network()), limits.mail_per_network, client).await?;
        self.pass_meter(&format!("mail/{kind}/{}", to.key()), limits.mail_per_address, client).await?;
        if self.ports().store.backlog().await?.waiting >= MOST_WAITING {
            return Err(Code::Overloaded.into());
        }
        Ok(())
    }

    /// Takes the place of one mail of `kind` that the owner of an account asks for.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`].
    pub(crate) async fn admit_own(&self, kind: MailKind, user: UserId, client: &Client) -> Result<(), Error> {
        let quota = self.settings().limits.mail_per_address;
        self.pass_meter(&format!("mail/{kind}/{user}"), quota, client).await
    }

    /// Takes the place of one code that somebody tries, for whatever address.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`].
    pub(crate) async fn admit_code(&self, client: &Client) -> Result<(), Error> {
        let quota = self.settings().limits.codes_per_network;
        self.pass_meter(&format!("code//{}", client.network()), quota, client).await
    }
}
