//! Passkeys and challenges in the store in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::fake_store::{FakeStore, Rows};
use crate::change::PasskeyChange;
use crate::digest::Digest;
use crate::id::{PasskeyId, UserId};
use crate::passkey::{Passkey, PasskeyChallenge};
use crate::port::{Conflict, PasskeyStore, StoreError};

/// What is kept of passkeys.
#[derive(Debug, Default, Clone)]
pub(super) struct Keyed {
    pub(super) passkeys: BTreeMap<PasskeyId, Passkey>,
    challenges: Vec<PasskeyChallenge>,
}

impl Rows {
    pub(super) fn change_passkey(&mut self, change: PasskeyChange) -> Result<(), Conflict> {
        match change {
            PasskeyChange::AddChallenge(challenge) => self.keyed.challenges.push(*challenge),
            PasskeyChange::SpendChallenge { challenge, at } => {
                let waiting = self.keyed.challenges.iter();
                let place = waiting.take_while(|one| one.digest != challenge || one.expires_at <= at).count();
                if place == self.keyed.challenges.len() {
                    return Err(Conflict::Stale);
                }
                self.keyed.challenges.remove(place);
            }
            PasskeyChange::ForgetChallenges { before } => {
                self.keyed.challenges.retain(|challenge| challenge.expires_at >= before);
            }
            PasskeyChange::Add(passkey) => {
                let is_active = self.users.get(&passkey.user_id).is_some_and(|user| user.is_active);
                let handle = &passkey.credential.handle;
                let is_taken = self.keyed.passkeys.values().any(|other| other.credential.handle == *handle);
                (is_active && !is_taken).then_some(()).ok_or(Conflict::Stale)?;
                self.keyed.passkeys.insert(passkey.id, *passkey);
            }
            PasskeyChange::Use { passkey, credential, at } => {
                let passkey = self.keyed.passkeys.get_mut(&passkey).ok_or(Conflict::Stale)?;
                let (from, to) = (passkey.credential.counter, credential.counter);
                (from < to || from == 0 && to == 0).then_some(()).ok_or(Conflict::Stale)?;
                (passkey.credential, passkey.last_used_at) = (*credential, Some(at));
            }
            PasskeyChange::Rename { user, passkey, name } => self.passkey(user, passkey)?.name = name,
            PasskeyChange::Remove { user, passkey } => {
                self.passkey(user, passkey)?;
                self.keyed.passkeys.remove(&passkey);
            }
            PasskeyChange::KeepAWayIn { user, besides } => {
                let has_password = self.users.get(&user).is_some_and(|user| user.password.is_usable());
                let is_other = |key: &Passkey| key.user_id == user && key.id != besides;
                let has_key = self.keyed.passkeys.values().any(is_other);
                let is_kept = has_password || has_key || self.identities.values().any(|of| *of == user);
                is_kept.then_some(()).ok_or(Conflict::LastWayIn)?;
            }
        }
        Ok(())
    }

    fn passkey(&mut self, user: UserId, passkey: PasskeyId) -> Result<&mut Passkey, Conflict> {
        let found = self.keyed.passkeys.get_mut(&passkey).filter(|key| key.user_id == user);
        found.ok_or(Conflict::Stale)
    }
}

#[async_trait]
impl PasskeyStore for FakeStore {
    async fn passkeys_of(&self, user: UserId) -> Result<Vec<Passkey>, StoreError> {
        let rows = self.0.lock();
        let of_user = rows.keyed.passkeys.values().rev().filter(|passkey| passkey.user_id == user);
        Ok(of_user.cloned().collect())
    }

    async fn passkey_by_handle(&self, handle: &str) -> Result<Option<Passkey>, StoreError> {
        let rows = self.0.lock();
        Ok(rows.keyed.passkeys.values().find(|passkey| passkey.credential.handle == handle).cloned())
    }

    async fn passkey_challenge(&self, digest: &Digest) -> Result<Option<PasskeyChallenge>, StoreError> {
        let rows = self.0.lock();
        Ok(rows.keyed.challenges.iter().find(|challenge| challenge.digest == *digest).cloned())
    }
}
