//! Attempts at an account, by a password or whatever else can be guessed.
//!
//! A place is taken before the slow hash and given back when the proof was good, so that parallel guesses cannot share one
//! place. Three meters: the account from one network, the account from anywhere, the network to any account. The first of them
//! grows stricter: who goes on failing waits longer and longer between attempts, up to a bound, and is forgiven when they rest.
//! A device that somebody has logged in from before has a meter of its own instead, with a few places; when they are used up it
//! is like any other.
//!
//! Invariant: a stranger cannot lock an owner out. On a device the owner has used, only failures on that device count; from a
//! network the owner has used of late, only the owner's own failures there.

use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::id::UserId;
use crate::port::{Limited, Quota};
use crate::settings::Limits;
use crate::token::Device;

/// How many times the delay grows.
const STEPS: u32 = 3;

/// Who somebody says they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'a> {
    /// What they call the account.
    pub(crate) name: &'a str,
    /// The account, if there is one of that name.
    pub(crate) user: Option<UserId>,
    /// A device of its owner.
    pub(crate) device: Option<Device>,
}

/// The places an attempt has taken.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// The account and where the attempt comes from, as meters are called.
    whence: String,
    places: Vec<(String, Quota)>,
}

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
    /// Takes the places of one attempt at the account that is claimed.
    ///
    /// # Errors
    /// [`crate::Code::TooManyAttempts`]; nothing is counted then.
    pub(crate) async fn begin_attempt(&self, claim: Claim<'_>, client: &Client) -> Result<Attempt, Error> {
        if let Some(attempt) = self.begin_on_device(claim).await {
            return Ok(attempt);
        }
        let (account, network) = (account(claim.name, claim.user), client.network());
        let places = Vec::with_capacity(2 + STEPS as usize);
        let mut attempt = Attempt { whence: format!("{account}/{network}"), places };
        match self.take_all(&mut attempt, &account, claim.user, &network).await? {
            Ok(()) => Ok(attempt),
            Err(limited) => {
                let whence = attempt.whence.clone();
                self.forgive(attempt).await;
                self.tell_of_limit(&whence, claim.user, client).await;
                Err(limited.into())
            }
        }
    }

    /// An attempt on a device of the owner, while it has places left.
    async fn begin_on_device(&self, claim: Claim<'_>) -> Option<Attempt> {
        let (user, device) = (claim.user?, claim.device?);
        let whence = format!("{user}/device/{}", device.place);
        let mut attempt = Attempt { whence, places: Vec::new() };
        let key = format!("login/{}", attempt.whence);
        self.take(&mut attempt, key, self.settings().limits.login_per_device).await.ok()?;
        Some(attempt)
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

    /// Takes one more place, which is given back with the others, of the few that are free of a captcha.
    ///
    /// # Errors
    /// [`Limited`] when they are used up.
    pub(crate) async fn take_free_attempt(&self, attempt: &mut Attempt, free: u32) -> Result<(), Limited> {
        let quota =
            Quota { burst: free, refill: self.settings().limits.login_per_account_and_network.refill };
        let key = format!("captcha/{}", attempt.whence);
        self.take(attempt, key, quota).await
    }

    /// Gives the places back: the attempt was honest, or never got as far as a check.
    pub(crate) async fn forgive(&self, attempt: Attempt) {
        let now = self.now();
        for (key, quota) in attempt.places {
            self.ports().limiter.give_back(&key, quota, now).await;
        }
    }

    async fn take(&self, attempt: &mut Attempt, key: String, quota: Quota) -> Result<(), Limited> {
        self.ports().limiter.reserve(&key, quota, self.now()).await?;
        attempt.places.push((key, quota));
        Ok(())
    }

    async fn is_known(&self, user: Option<UserId>, network: &str) -> Result<bool, Error> {
        let Some(user) = user else { return Ok(false) };
        let since = self.now() - self.settings().limits.known_network;
        Ok(self.ports().store.is_known_network(user, network, since).await?)
    }
}

/// All names of one account share its meters; a name nobody has gets meters that look the same.
fn account(name: &str, user: Option<UserId>) -> String {
    user.map_or_else(|| format!("name:{name}"), |user| user.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Ttl;

    #[test]
    fn each_step_has_more_room_and_a_longer_refill() {
        let limits = Limits { delay_growth: 4, ..Limits::default() };

        let ladder: Vec<_> = limits.ladder().map(|quota| (quota.burst, quota.refill)).collect();

        let minutes = Ttl::from_minutes;
        assert_eq!(ladder, [(10, minutes(1)), (20, minutes(4)), (30, minutes(16)), (40, minutes(64))]);
        assert_eq!(Limits { delay_growth: 1, ..Limits::default() }.ladder().count(), 1);
    }
}
