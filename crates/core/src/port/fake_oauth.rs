//! Applications that people sign in to, of the store in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::fake_store::{FakeStore, Rows};
use crate::change::OAuthChange;
use crate::digest::Digest;
use crate::id::{ClientId, UserId};
use crate::oauth::{AuthorizationCode, OAuthClient};
use crate::port::{Conflict, OAuthStore, StoreError};
use crate::scope::Scopes;
use crate::session::EndReason;

/// The tables of applications, as maps.
#[derive(Debug, Default, Clone)]
pub(super) struct Given {
    clients: BTreeMap<ClientId, OAuthClient>,
    codes: Vec<AuthorizationCode>,
    consents: BTreeMap<(UserId, ClientId), Scopes>,
}

impl Rows {
    pub(super) fn change_oauth(&mut self, change: OAuthChange) -> Result<(), Conflict> {
        match change {
            OAuthChange::AddClient(client) => drop(self.oauth.clients.insert(client.id, *client)),
            OAuthChange::RemoveClient { client, at } => {
                self.oauth.clients.remove(&client).ok_or(Conflict::Stale)?;
                self.oauth.codes.retain(|code| code.client != client);
                self.oauth.consents.retain(|(_, of), _| *of != client);
                let given = self.sessions.values_mut().filter(|session| session.client == Some(client));
                for session in given.filter(|session| session.ended_at.is_none()) {
                    (session.ended_at, session.end_reason) = (Some(at), Some(EndReason::ClientRemoved));
                }
            }
            OAuthChange::AddCode(code) => {
                let session = self.sessions.get(&code.session).filter(|session| session.ended_at.is_none());
                session.ok_or(Conflict::Stale)?;
                self.oauth.clients.get(&code.client).ok_or(Conflict::Stale)?;
                self.oauth.codes.push(*code);
            }
            OAuthChange::SpendCode { code, given, at } => {
                let is_good = |found: &&mut AuthorizationCode| {
                    found.digest == code && found.given.is_none() && found.expires_at > at
                };
                let code = self.oauth.codes.iter_mut().find(is_good).ok_or(Conflict::Stale)?;
                code.given = Some(given);
            }
            OAuthChange::KeepConsent { user, client, scopes, .. } => {
                self.oauth.clients.get(&client).ok_or(Conflict::Stale)?;
                self.oauth.consents.insert((user, client), scopes);
            }
            OAuthChange::ForgetCodes { before } => self.oauth.codes.retain(|code| code.expires_at >= before),
        }
        Ok(())
    }
}

#[async_trait]
impl OAuthStore for FakeStore {
    async fn client(&self, id: ClientId) -> Result<Option<OAuthClient>, StoreError> {
        Ok(self.0.lock().oauth.clients.get(&id).cloned())
    }

    async fn clients(&self) -> Result<Vec<OAuthClient>, StoreError> {
        let mut clients: Vec<_> = self.0.lock().oauth.clients.values().cloned().collect();
        clients.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(clients)
    }

    async fn code(&self, digest: &Digest) -> Result<Option<AuthorizationCode>, StoreError> {
        Ok(self.0.lock().oauth.codes.iter().find(|code| code.digest == *digest).cloned())
    }

    async fn consent(&self, user: UserId, client: ClientId) -> Result<Option<Scopes>, StoreError> {
        Ok(self.0.lock().oauth.consents.get(&(user, client)).cloned())
    }
}
