//! The end of sessions, by their owner's word.
//!
//! Invariant: an end is durable before it is shown, and shown before it is acknowledged: the very next request is refused.

use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::secret::Secret;
use crate::session::{EndReason, Session};

impl Core {
    /// Ends the session of the credential itself. Ending it twice is no error.
    ///
    /// # Errors
    /// [`Code::Conflict`] for one who has no session because authentication is off; [`Code::StoreUnavailable`].
    pub async fn logout(&self, who: &Principal, client: &Client) -> Result<(), Error> {
        let session = who.session_id.ok_or_else(no_session)?;
        match self.end_one(who.user_id, session, EndReason::Logout, client).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Ends every session of the account, this one too.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn logout_everywhere(&self, who: &Principal, client: &Client) -> Result<(), Error> {
        let end = Change::EndSessionsOf {
            user: who.user_id,
            keep: None,
            reason: EndReason::LogoutEverywhere,
            at: self.now(),
        };
        let event = self.event(Deed::AllSessionsEnded, client).by_owner(who.user_id);
        self.apply(Changes::from(end).recorded(event)).await?;
        self.live().end_all(who.user_id, None);
        Ok(())
    }

    /// Ends one session of the caller.
    ///
    /// # Errors
    /// [`Code::SessionNotFound`] when the caller has no living session of this id, whoever else may have;
    /// [`Code::StoreUnavailable`].
    pub async fn end_session(&self, who: &Principal, id: SessionId, client: &Client) -> Result<(), Error> {
        let row = self.ports().store.session(id).await?;
        if row.is_none_or(|row| row.session.user_id != who.user_id) {
            return Err(Code::SessionNotFound.into());
        }
        match self.end_one(who.user_id, id, EndReason::EndedByOwner, client).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => Err(Code::SessionNotFound.into()),
            other => Ok(other?),
        }
    }

    /// The living sessions of the caller, youngest first.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn sessions(&self, who: &Principal) -> Result<Vec<Session>, Error> {
        self.living_sessions(who.user_id).await
    }

    /// The living sessions of an account, youngest first.
    pub(crate) async fn living_sessions(&self, user: UserId) -> Result<Vec<Session>, Error> {
        let mut sessions = self.ports().store.sessions_of(user).await?;
        let (now, idle) = (self.now(), self.idle());
        for session in &mut sessions {
            session.last_seen_at = self.last_seen(session);
        }
        sessions.retain(|session| session.is_alive(now, idle) && !self.was_signed_out(session.id));
        Ok(sessions)
    }

    /// Ends the session of the cookie that a browser brings to a new login, if it is one.
    pub(crate) async fn end_replaced(&self, cookie: &Secret<String>, client: &Client) -> Result<(), Error> {
        let Ok(old) = self.authenticate_cookie(cookie.expose()).await else { return Ok(()) };
        let Some(session) = old.session_id else { return Ok(()) };
        match self.end_one(old.user_id, session, EndReason::Replaced, client).await {
            Err(ApplyError::Conflict(_)) => Ok(()),
            other => Ok(other?),
        }
    }

    pub(crate) async fn end_one(
        &self,
        user: UserId,
        session: SessionId,
        reason: EndReason,
        client: &Client,
    ) -> Result<(), ApplyError> {
        let end = Change::EndSession { session, reason, at: self.now() };
        let event = self.event(Deed::SessionEnded, client).by_owner(user).because(session.to_string());
        let applied = self.apply(Changes::from(end).recorded(event)).await;
        // Also when it had ended before: by another process, perhaps, of which this node has not heard yet.
        if !matches!(applied, Err(ApplyError::Store(_))) {
            self.live().end(user, session);
        }
        applied
    }
}

fn no_session() -> Error {
    Error::new(Code::Conflict, "Authentication is off: there is no session to end.")
}
