//! Applications that people sign in to, of the store in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::fake_store::{FakeStore, Rows};
use crate::change::{LogoutChange, OAuthChange};
use crate::digest::Digest;
use crate::id::{ClientId, SessionId, UserId};
use crate::oauth::{AuthorizationCode, Consent, LogoutNotice, OAuthClient};
use crate::port::{Conflict, OAuthStore, StoreError};
use crate::scope::Scopes;
use crate::session::{EndReason, Session};
use crate::time::Timestamp;

/// The tables of applications, as maps.
#[derive(Debug, Default, Clone)]
pub(super) struct Given {
    clients: BTreeMap<ClientId, OAuthClient>,
    codes: Vec<AuthorizationCode>,
    consents: BTreeMap<(UserId, ClientId), (Scopes, Timestamp)>,
    logouts: BTreeMap<SessionId, LogoutNotice>,
    removed: BTreeMap<ClientId, Timestamp>,
}

impl Given {
    /// The application of a session that has ended has to be told, if it wants to be.
    pub(super) fn queue_logout(&mut self, session: &Session, at: Timestamp) {
        let client = session.client.and_then(|client| self.clients.get(&client));
        if let Some(client) = client.filter(|client| client.logout_uri.is_some()) {
            let (session, user, client) = (session.id, session.user_id, client.id);
            self.logouts.insert(session, LogoutNotice { session, user, client, ended_at: at, due_at: at });
        }
    }
}

impl Rows {
    /// Ends the living sessions for which `ends` holds, of which their applications are told.
    fn end_given(&mut self, ends: impl Fn(&Session) -> bool, reason: EndReason, at: Timestamp) {
        for session in self.sessions.values_mut().filter(|s| s.ended_at.is_none() && ends(s)) {
            (session.ended_at, session.end_reason) = (Some(at), Some(reason));
            self.oauth.queue_logout(session, at);
        }
    }

    pub(super) fn change_oauth(&mut self, change: OAuthChange) -> Result<(), Conflict> {
        match change {
            OAuthChange::AddClient(client) => drop(self.oauth.clients.insert(client.id, *client)),
            OAuthChange::RemoveClient { client, at } => {
                self.oauth.clients.remove(&client).ok_or(Conflict::Stale)?;
                self.oauth.removed.insert(client, at);
                self.oauth.codes.retain(|code| code.client != client);
                self.oauth.consents.retain(|(_, of), _| *of != client);
                self.oauth.logouts.retain(|_, notice| notice.client != client);
                self.end_given(|session| session.client == Some(client), EndReason::ClientRemoved, at);
            }
            OAuthChange::RenewSecret { client, secret, at } => {
                let client = self.oauth.clients.get_mut(&client).filter(|client| client.secret.is_some());
                let client = client.ok_or(Conflict::Stale)?;
                (client.secret, client.renewed_at) = (Some(secret), at);
            }
            OAuthChange::EndGivenIn { login, reason, at } => {
                let is_in = |session: &Session| session.given_in.is_some_and(|given| given.login == login);
                self.end_given(is_in, reason, at);
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
            OAuthChange::KeepConsent { user, client, scopes, at } => {
                self.oauth.clients.get(&client).ok_or(Conflict::Stale)?;
                self.oauth.consents.insert((user, client), (scopes, at));
            }
            OAuthChange::WithdrawConsent { user, client, at } => {
                self.oauth.consents.remove(&(user, client)).ok_or(Conflict::Stale)?;
                let sessions = &self.sessions;
                let is_of_user =
                    |id: &SessionId| sessions.get(id).is_some_and(|session| session.user_id == user);
                self.oauth.codes.retain(|code| code.client != client || !is_of_user(&code.session));
                let is_given = |session: &Session| session.user_id == user && session.client == Some(client);
                self.end_given(is_given, EndReason::ConsentWithdrawn, at);
            }
            OAuthChange::ForgetCodes { before } => self.oauth.codes.retain(|code| code.expires_at >= before),
        }
        Ok(())
    }
}

impl Rows {
    pub(super) fn change_logout(&mut self, change: &LogoutChange) -> Result<(), Conflict> {
        let waiting = &mut self.oauth.logouts;
        match *change {
            LogoutChange::QueueAll { keep, at } => {
                let ended = self.sessions.values().filter(|s| s.ended_at.is_none() && Some(s.id) != keep);
                ended.for_each(|session| self.oauth.queue_logout(session, at));
            }
            LogoutChange::Take { session, due_at, until } => {
                let notice = waiting.get_mut(&session).filter(|notice| notice.due_at == due_at);
                notice.ok_or(Conflict::Stale)?.due_at = until;
            }
            LogoutChange::Drop { session } => {
                waiting.remove(&session).ok_or(Conflict::Stale)?;
            }
            LogoutChange::Postpone { session, due_at } => {
                waiting.get_mut(&session).ok_or(Conflict::Stale)?.due_at = due_at;
            }
            LogoutChange::PostponeClient { client, due_at } => {
                let of_client = waiting.values_mut().filter(|notice| notice.client == client);
                of_client.for_each(|notice| notice.due_at = notice.due_at.max(due_at));
            }
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

    async fn clients_renewed_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(ClientId, Timestamp)>, StoreError> {
        let rows = self.0.lock();
        let renewed = rows.oauth.clients.values().filter(|client| client.renewed_at >= since);
        Ok(renewed.map(|client| (client.id, client.renewed_at)).collect())
    }

    async fn clients_removed_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(ClientId, Timestamp)>, StoreError> {
        let rows = self.0.lock();
        let removed = rows.oauth.removed.iter().filter(|(_, at)| **at >= since);
        Ok(removed.map(|(client, at)| (*client, *at)).collect())
    }

    async fn code(&self, digest: &Digest) -> Result<Option<AuthorizationCode>, StoreError> {
        Ok(self.0.lock().oauth.codes.iter().find(|code| code.digest == *digest).cloned())
    }

    async fn due_logouts(&self, now: Timestamp, limit: u32) -> Result<Vec<LogoutNotice>, StoreError> {
        let rows = self.0.lock();
        let mut due: Vec<_> =
            rows.oauth.logouts.values().filter(|notice| notice.due_at <= now).cloned().collect();
        due.sort_by_key(|notice| notice.due_at);
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn consents_of(&self, user: UserId) -> Result<Vec<Consent>, StoreError> {
        let rows = self.0.lock();
        let of_user = rows.oauth.consents.iter().filter(|((of, _), _)| *of == user);
        let shown = of_user.filter_map(|((_, client), (scopes, at))| {
            let name = rows.oauth.clients.get(client)?.name.clone();
            Some(Consent { client: *client, name, scopes: scopes.clone(), given_at: *at })
        });
        let mut consents: Vec<_> = shown.collect();
        consents.sort_by(|a, b| (&a.name, a.client).cmp(&(&b.name, b.client)));
        Ok(consents)
    }

    async fn consent(&self, user: UserId, client: ClientId) -> Result<Option<Scopes>, StoreError> {
        Ok(self.0.lock().oauth.consents.get(&(user, client)).map(|(scopes, _)| scopes.clone()))
    }
}
