//! Second factors of the store in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::fake_store::{FakeStore, Rows};
use crate::change::FactorChange;
use crate::digest::Digest;
use crate::factor::Factor;
use crate::id::UserId;
use crate::login::{PendingLogin, SECOND_FACTOR_TRIES};
use crate::port::{Conflict, FactorStore, StoreError};
use crate::time::Timestamp;

/// The tables of second factors, as maps.
#[derive(Debug, Default, Clone)]
pub(super) struct Factors {
    factors: BTreeMap<UserId, Factor>,
    recovery_codes: BTreeMap<UserId, Vec<Digest>>,
    logins: Vec<PendingLogin>,
}

impl Factors {
    fn good(&mut self, ticket: Digest, at: Timestamp) -> Result<&mut PendingLogin, Conflict> {
        let is_good = |login: &&mut PendingLogin| {
            login.ticket == ticket && login.expires_at > at && login.tries < SECOND_FACTOR_TRIES
        };
        self.logins.iter_mut().find(is_good).ok_or(Conflict::Stale)
    }

    fn confirmed(&mut self, user: UserId) -> Result<&mut Factor, Conflict> {
        let found = self.factors.get_mut(&user);
        found.filter(|factor| factor.confirmed_at.is_some()).ok_or(Conflict::Stale)
    }
}

impl Rows {
    pub(super) fn change_factor(&mut self, change: FactorChange) -> Result<(), Conflict> {
        let kept = &mut self.factors;
        match change {
            FactorChange::Begin { user, secret, at } => {
                self.users.get(&user).filter(|user| user.is_active).ok_or(Conflict::Stale)?;
                kept.confirmed(user).err().ok_or(Conflict::Stale)?;
                let begun =
                    Factor { user_id: user, secret, created_at: at, confirmed_at: None, last_step: 0 };
                kept.factors.insert(user, begun);
            }
            FactorChange::Confirm { user, secret, step, at } => {
                let found = kept.factors.get_mut(&user).ok_or(Conflict::Stale)?;
                let is_begun = found.confirmed_at.is_none() && found.secret == secret;
                is_begun.then_some(()).ok_or(Conflict::Stale)?;
                (found.confirmed_at, found.last_step) = (Some(at), step);
            }
            FactorChange::UseStep { user, step } => {
                let found = kept.confirmed(user)?;
                (found.last_step < step).then_some(()).ok_or(Conflict::Stale)?;
                found.last_step = step;
            }
            FactorChange::SetRecoveryCodes { user, codes } => drop(kept.recovery_codes.insert(user, codes)),
            FactorChange::UseRecoveryCode { user, code } => {
                let codes = kept.recovery_codes.entry(user).or_default();
                let at = codes.iter().position(|kept| *kept == code).ok_or(Conflict::Stale)?;
                codes.remove(at);
            }
            FactorChange::Remove { user } => {
                kept.confirmed(user)?;
                kept.factors.remove(&user);
                kept.recovery_codes.remove(&user);
            }
            FactorChange::AddLogin { login, at } => {
                kept.logins.retain(|login| login.expires_at > at);
                kept.logins.push(*login);
            }
            FactorChange::CountTry { ticket, at } => kept.good(ticket, at)?.tries += 1,
            FactorChange::SpendLogin { ticket, at } => {
                kept.good(ticket, at)?;
                kept.logins.retain(|login| login.ticket != ticket);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl FactorStore for FakeStore {
    async fn factor(&self, user: UserId) -> Result<Option<Factor>, StoreError> {
        Ok(self.0.lock().factors.factors.get(&user).cloned())
    }

    async fn recovery_codes(&self, user: UserId) -> Result<Vec<Digest>, StoreError> {
        Ok(self.0.lock().factors.recovery_codes.get(&user).cloned().unwrap_or_default())
    }

    async fn pending_login(&self, ticket: &Digest) -> Result<Option<PendingLogin>, StoreError> {
        Ok(self.0.lock().factors.logins.iter().find(|login| login.ticket == *ticket).cloned())
    }
}
