//! The one gate before every proof of identity: how often something may be tried, and what is asked of whoever tries too often.
//!
//! A place is taken before the slow hash and given back when the proof was good, so that parallel guesses cannot share one
//! place. Three meters: the account from one network, the account from anywhere, the network to any account. The first of them
//! grows stricter: who goes on failing waits longer and longer between attempts, up to a bound, and is forgiven when they rest.
//! What cannot be guessed (tokens, keys) is checked first and counted when it was wrong: nobody's honest token is refused
//! because of a neighbour's false ones.
//!
//! Invariant: a stranger cannot lock an owner out. From a network the owner has used of late only the owner's own failures
//! there count, and every meter runs empty again by itself.

use std::sync::Arc;

use crate::audit::Deed;
use crate::change::Changes;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::port::{Limited, Quota};
use crate::principal::Principal;
use crate::settings::Limits;
use crate::time::Ttl;

/// How many times the delay grows.
const STEPS: u32 = 3;
/// A refusal that goes on is written into the audit log so often.
const TELL_EVERY: Quota = Quota { burst: 1, refill: Ttl::from_minutes(10) };

/// The places an attempt has taken.
#[derive(Debug)]
pub(crate) struct Attempt(Vec<(String, Quota)>);

impl Limits {
    /// The quotas that an account's failures from one network are held against: the first as it is set, each further one with more
    /// room and a longer refill.
    fn ladder(&self) -> impl Iterator<Item = Quota> {
        let first = self.login_per_account_and_network;
        let steps = if self.delay_growth > 1 { STEPS } else { 0 };
        (0..=steps).map(move |step| Quota {
            burst: first.burst.saturating_mul(step + 1),
            refill: first.refill.times(self.delay_growth.saturating_pow(step)),
        })
    }
}

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
        let (account, network) = (account(name, user), client.network());
        let mut attempt = Attempt(Vec::with_capacity(2 + STEPS as usize));
        match self.take_all(&mut attempt, &account, user, &network).await? {
            Ok(()) => Ok(attempt),
            Err(limited) => {
                self.forgive(attempt).await;
                self.tell_of_limit(&format!("{account}/{network}"), user, client).await;
                Err(limited.into())
            }
        }
    }

    async fn take_all(
        &self,
        attempt: &mut Attempt,
        account: &str,
        user: Option<UserId>,
        network: &str,
    ) -> Result<Result<(), Limited>, Error> {
        let limits = &self.settings().limits;
        for (step, quota) in limits.ladder().enumerate() {
            if let Err(limited) = self.take(attempt, format!("login/{account}/{network}/{step}"), quota).await
            {
                return Ok(Err(limited));
            }
        }
        if let Err(limited) = self.take(attempt, format!("login/{account}"), limits.login_per_account).await
            && !self.is_known(user, network).await?
        {
            return Ok(Err(limited));
        }
        Ok(self.take(attempt, format!("login//{network}"), limits.login_per_network).await)
    }

    /// Takes one more place, which is given back with the others, of whoever has a few attempts without being asked for more.
    ///
    /// # Errors
    /// [`Limited`] when they are used up.
    pub(crate) async fn take_free_attempt(
        &self,
        attempt: &mut Attempt,
        key: String,
        free: u32,
    ) -> Result<(), Limited> {
        let quota =
            Quota { burst: free, refill: self.settings().limits.login_per_account_and_network.refill };
        self.take(attempt, key, quota).await
    }

    /// Gives the places back: the attempt was honest, or never got as far as a check.
    pub(crate) async fn forgive(&self, attempt: Attempt) {
        let now = self.now();
        for (key, quota) in attempt.0 {
            self.ports().limiter.give_back(&key, quota, now).await;
        }
    }

    /// Counts a token or key that nobody was given.
    ///
    /// Gives `code`, or [`Code::TooManyAttempts`] to a network that goes on presenting such ones.
    pub(crate) async fn count_false_token(&self, code: Code, client: &Client) -> Error {
        let (network, quota) = (client.network(), self.settings().limits.false_tokens_per_network);
        match self.ports().limiter.reserve(&format!("false//{network}"), quota, self.now()).await {
            Ok(()) => code.into(),
            Err(limited) => {
                self.tell_of_limit(&format!("false//{network}"), None, client).await;
                limited.into()
            }
        }
    }

    /// The caller with this token or API key; one that nobody was given is counted.
    ///
    /// # Errors
    /// As [`Core::authenticate`]; [`Code::TooManyAttempts`] for a network that goes on presenting false ones.
    pub async fn authenticate_from(&self, bearer: &[u8], client: &Client) -> Result<Arc<Principal>, Error> {
        match self.authenticate(bearer).await {
            Err(error) if error.code() == Code::TokenInvalid => {
                Err(self.count_false_token(Code::TokenInvalid, client).await)
            }
            other => other,
        }
    }

    /// As [`Core::authenticate_from`], for API keys alone.
    ///
    /// # Errors
    /// As [`Core::authenticate_key`]; [`Code::TooManyAttempts`].
    pub async fn authenticate_key_from(&self, key: &str, client: &Client) -> Result<Arc<Principal>, Error> {
        match self.authenticate_key(key).await {
            Err(error) if error.code() == Code::TokenInvalid => {
                Err(self.count_false_token(Code::TokenInvalid, client).await)
            }
            other => other,
        }
    }

    /// Takes a place under `key` for something that is not given back, such as a new account.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`].
    pub(crate) async fn pass_meter(&self, key: &str, quota: Quota, client: &Client) -> Result<(), Error> {
        match self.ports().limiter.reserve(key, quota, self.now()).await {
            Ok(()) => Ok(()),
            Err(limited) => {
                self.tell_of_limit(key, None, client).await;
                Err(limited.into())
            }
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

    /// Writes into the audit log that a limit refuses, now and then: a flood of attempts must not become a flood of lines.
    async fn tell_of_limit(&self, key: &str, user: Option<UserId>, client: &Client) {
        if self.ports().limiter.reserve(&format!("told/{key}"), TELL_EVERY, self.now()).await.is_err() {
            return;
        }
        let mut event = self.event(Deed::AttemptLimited, client).refused(Code::TooManyAttempts);
        event.subject = user;
        self.tell(event).await;
    }

    /// Writes into the audit log that `who` was refused what they may not do, now and then.
    pub async fn tell_of_refusal(&self, who: UserId, client: &Client) {
        let key = format!("told/forbidden/{who}");
        if self.ports().limiter.reserve(&key, TELL_EVERY, self.now()).await.is_ok() {
            self.tell(self.event(Deed::AccessRefused, client).by_owner(who).refused(Code::Forbidden)).await;
        }
    }

    /// A refusal stands whether or not it could be written down.
    async fn tell(&self, event: crate::audit::AuditEvent) {
        if let Err(fault) = self.apply(Changes::new().recorded(event)).await {
            tracing::warn!(%fault, "Could not write a refusal into the audit log");
        }
    }
}

/// All names of one account share its meters; a name nobody has gets meters that look the same.
pub(crate) fn account(name: &str, user: Option<UserId>) -> String {
    user.map_or_else(|| format!("name:{name}"), |user| user.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_more_room_and_a_longer_refill() {
        let limits = Limits { delay_growth: 4, ..Limits::default() };

        let ladder: Vec<_> = limits.ladder().map(|quota| (quota.burst, quota.refill)).collect();

        let minutes = Ttl::from_minutes;
        assert_eq!(ladder, [(10, minutes(1)), (20, minutes(4)), (30, minutes(16)), (40, minutes(64))]);
        assert_eq!(Limits { delay_growth: 1, ..Limits::default() }.ladder().count(), 1);
    }
}
