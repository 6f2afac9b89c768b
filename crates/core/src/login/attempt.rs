//! The one gate before every check of a password.
//!
//! A place is taken before the slow hash and given back when the password was right, so that parallel guesses cannot
//! share one place. Three meters: the account from one network, the account from anywhere, the network to any account.
//!
//! Invariant: a stranger cannot lock an owner out. From a network the owner has used of late only the owner's own failures
//! there count, and every meter runs empty again by itself.

use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::port::{Limited, Quota};

/// The places an attempt has taken.
#[derive(Debug)]
pub(crate) struct Attempt(Vec<(String, Quota)>);

impl Core {
    /// Takes the places of one attempt at the account called `name`, which is the account of `user` if there is one.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]; nothing is counted then.
    pub(crate) async fn begin_attempt(
        &self,
        name: &str,
        user: Option<UserId>,
        client: &Client,
    ) -> Result<Attempt, Error> {
        let limits = &self.settings().limits;
        let network = client.network();
        // All names of one account share its meters; a name nobody has gets meters that look the same.
        let account = user.map_or_else(|| format!("name:{name}"), |user| user.to_string());
        let mut attempt = Attempt(Vec::with_capacity(3));
        let own = self.take(
            &mut attempt,
            format!("login/{account}/{network}"),
            limits.login_per_account_and_network,
        );
        let refused = match own.await {
            Ok(()) => {
                match self.take(&mut attempt, format!("login/{account}"), limits.login_per_account).await {
                    Err(limited) if !self.is_known(user, &network).await? => Err(limited),
                    _ => self.take(&mut attempt, format!("login//{network}"), limits.login_per_network).await,
                }
            }
            limited => limited,
        };
        match refused {
            Ok(()) => Ok(attempt),
            Err(limited) => {
                self.forgive(attempt).await;
                Err(Error::from(Code::TooManyAttempts).retry_after(limited.retry_after))
            }
        }
    }

    /// Gives the places back: the attempt was honest, or never got as far as a check.
    pub(crate) async fn forgive(&self, attempt: Attempt) {
        let now = self.now();
        for (key, quota) in attempt.0 {
            self.ports().limiter.give_back(&key, quota, now).await;
        }
    }

    async fn take(&self, attempt: &mut Attempt, key: String, quota: Quota) -> Result<(), Limited> {
        self.ports().limiter.reserve(&key, quota, self.now()).await?;
        attempt.0.push((key, quota));
        Ok(())
    }

    async fn is_known(&self, user: Option<UserId>, network: &str) -> Result<bool, Error> {
        let Some(user) = user else { return Ok(false) };
        let since = self.now() - self.settings().limits.known_network;
        Ok(self.ports().store.is_known_network(user, network, since).await?)
    }
}
