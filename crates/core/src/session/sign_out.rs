//! The end of everybody's sessions at one moment.
//!
//! One row says it for all sessions that were opened before, so it costs the same whatever their number, and happens at once.
//!
//! Invariant: a session that was opened before the moment is refused by the very next request, but the one that is kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::audit::{AuditEvent, Deed};
use crate::change::{Change, Changes, LogoutChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::id::{SessionId, UserId};
use crate::settings::StoredSetting;
use crate::time::Timestamp;

/// The name of the row, among the settings.
const NAME: &str = "sessions.signed_out";

/// The moment when everybody was signed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignOut {
    /// In milliseconds since 1970.
    at: i64,
    /// The session of whoever said so.
    kept: Option<SessionId>,
    /// Whether nobody is told of it any more. What it has ended stays ended.
    #[serde(default)]
    is_over: bool,
}

impl SignOut {
    /// Whether it has ended the session.
    pub(crate) fn has_ended(&self, session: SessionId) -> bool {
        session.made_at() <= self.at() && self.kept != Some(session)
    }

    /// The moment.
    pub(crate) const fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }

    /// The session that it has left alive.
    pub(crate) const fn kept(&self) -> Option<SessionId> {
        self.kept
    }
}

impl Core {
    /// Ends all sessions of all accounts but `keep`. API keys stay.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn sign_everybody_out(
        &self,
        by: Option<UserId>,
        keep: Option<SessionId>,
        client: &Client,
    ) -> Result<(), Error> {
        let at = self.now();
        let sign_out = SignOut { at: at.as_millis(), kept: keep, is_over: false };
        let event = self.event(Deed::EverybodySignedOut, client);
        self.keep_sign_out(&sign_out, by, event).await
    }

    /// When everybody was signed out last, unless that is over.
    pub fn signed_out_at(&self) -> Option<Timestamp> {
        let sign_out = self.sign_out().filter(|sign_out| !sign_out.is_over)?;
        Some(Timestamp::from_millis(sign_out.at))
    }

    /// Says that the last end of everybody's sessions is over. Sessions that it has ended stay ended.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn end_sign_out(&self, by: Option<UserId>, client: &Client) -> Result<(), Error> {
        let Some(sign_out) = self.sign_out().filter(|sign_out| !sign_out.is_over) else { return Ok(()) };
        let event = self.event(Deed::SettingChanged, client).because(NAME);
        self.keep_sign_out(&SignOut { is_over: true, ..(*sign_out).clone() }, by, event).await
    }

    async fn keep_sign_out(
        &self,
        sign_out: &SignOut,
        by: Option<UserId>,
        mut event: AuditEvent,
    ) -> Result<(), Error> {
        let value = serde_json::to_string(sign_out).unwrap_or_default();
        let row = StoredSetting { name: NAME.to_owned(), value, set_at: self.now(), set_by: by };
        event.actor = by;
        let mut changes = Changes::from(Change::KeepSetting(Box::new(row)));
        if !sign_out.is_over {
            changes = changes.with(LogoutChange::QueueAll { keep: sign_out.kept, at: sign_out.at() });
        }
        self.apply(changes.recorded(event)).await?;
        self.follow_settings().await?;
        Ok(())
    }

    /// Takes into use what the database says about the moment.
    pub(crate) fn follow_sign_out(&self, stored: &[StoredSetting]) {
        let row = stored.iter().find(|row| row.name == NAME);
        let Some(sign_out) = row.and_then(|row| serde_json::from_str::<SignOut>(&row.value).ok()) else {
            return;
        };
        if self.sign_out().as_deref() == Some(&sign_out) {
            return;
        }
        let sign_out = Arc::new(sign_out);
        // Shown first, then acted upon: a session that is looked up between the two is seen by one of them.
        self.set_sign_out(Arc::clone(&sign_out));
        self.live().end_signed_out(&sign_out);
    }

    /// Whether everybody was signed out after the session was opened.
    pub(crate) fn was_signed_out(&self, session: SessionId) -> bool {
        self.sign_out().is_some_and(|sign_out| sign_out.has_ended(session))
    }
}
