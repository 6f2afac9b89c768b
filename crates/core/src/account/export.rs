//! All that is kept of an account, for its owner to take along.
//!
//! Invariant: no secret is in it: neither the password's hash nor a digest of a token.

use serde_json::{Map, Value, json};

use crate::account::{User, Username};
use crate::api_key::ApiKey;
use crate::audit::{AuditEvent, Deed};
use crate::change::Changes;
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::factor::FactorView;
use crate::passkey::Passkey;
use crate::principal::Principal;
use crate::session::Session;

/// Lines of the audit log that are taken along, youngest first.
const EVENTS: u32 = 10_000;

impl Core {
    /// All that is kept of the caller's account: one JSON object with a member for each kind of thing.
    ///
    /// # Errors
    /// [`crate::Code::TokenRevoked`], [`crate::Code::StoreUnavailable`].
    pub async fn export(&self, who: &Principal, client: &Client) -> Result<Map<String, Value>, Error> {
        let user = self.current_user(who).await?;
        let event = self.event(Deed::DataExported, client).by_owner(user.id);
        self.apply(Changes::new().recorded(event)).await?;
        let mut export = Map::new();
        export.insert("exported_at".to_owned(), json!(self.now()));
        for (name, part) in self.parts(&user).await? {
            export.insert(name.to_owned(), part);
        }
        Ok(export)
    }

    /// The parts of an export: whoever keeps something new about accounts adds a line.
    async fn parts(&self, user: &User) -> Result<Vec<(&'static str, Value)>, Error> {
        let store = &self.ports().store;
        let sessions = store.sessions_of(user.id).await?;
        let keys = store.api_keys_of(user.id).await?;
        let factor = self.second_factor_of(user.id).await?;
        let passkeys = store.passkeys_of(user.id).await?;
        let events = store.events_about(user.id, EVENTS).await?;
        Ok(vec![
            ("account", account(user)),
            ("sessions", sessions.iter().map(session).collect()),
            ("roles", json!(user.roles.iter().map(ToString::to_string).collect::<Vec<_>>())),
            ("api_keys", keys.iter().map(api_key).collect()),
            ("second_factor", factor.map_or(Value::Null, second_factor)),
            ("passkeys", passkeys.iter().map(passkey).collect()),
            ("events", events.iter().map(event).collect()),
        ])
    }
}

fn account(user: &User) -> Value {
    let profile = &user.profile;
    json!({
        "id": user.id,
        "email": user.email.as_str(),
        "username": user.username.as_ref().map(Username::as_str),
        "name": profile.name,
        "bio": profile.bio,
        "profile_picture": profile.picture,
        "metadata": profile.metadata,
        "fields": profile.fields,
        "is_active": user.is_active,
        "is_verified": user.is_verified,
        "is_superuser": user.is_superuser,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    })
}

fn session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "expires_at": session.expires_at,
        "user_agent": session.user_agent,
        "address": session.address,
    })
}

fn api_key(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "description": key.description,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    })
}

fn second_factor(factor: FactorView) -> Value {
    json!({ "since": factor.since, "recovery_codes_left": factor.recovery_codes_left })
}

fn passkey(passkey: &Passkey) -> Value {
    json!({
        "id": passkey.id,
        "name": passkey.name,
        "is_backed_up": passkey.credential.is_backed_up,
        "created_at": passkey.created_at,
        "last_used_at": passkey.last_used_at,
    })
}

fn event(event: &AuditEvent) -> Value {
    json!({
        "at": event.at,
        "deed": event.deed.as_str(),
        "outcome": event.outcome.as_str(),
        "address": event.address(),
        "detail": event.detail(),
    })
}
