//! The sessions of others, for those who run the server.

use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::session::{EndReason, Session};

impl Core {
    /// The living sessions of an account, youngest first.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such account; [`Code::StoreUnavailable`].
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, Error> {
        self.account(user).await?;
        self.living_sessions(user).await
    }

    /// Ends one session of an account: the very next request with any of its tokens is refused.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::SessionNotFound`] when the account has no such living session; [`Code::Forbidden`] when it
    /// may do what the caller may not; [`Code::StoreUnavailable`].
    pub async fn end_session_of(
        &self,
        who: &Principal,
        (user, session): (UserId, SessionId),
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.account_in_reach(who, user).await?;
        let row = self.ports().store.session(session).await?;
        if row.is_none_or(|row| row.session.user_id != user.id) {
            return Err(Code::SessionNotFound.into());
        }
        let end = Change::EndSession { session, reason: EndReason::EndedByAdmin, at: self.now() };
        let event = self.event_by(Deed::SessionEnded, who, client).about(user.id);
        match self.apply(Changes::from(end).recorded(event.because(session.to_string()))).await {
            Ok(()) => {
                self.live().end(user.id, session);
                Ok(())
            }
            Err(ApplyError::Conflict(Conflict::Stale)) => Err(Code::SessionNotFound.into()),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Ends all sessions of an account, but the caller's own. Its owner can sign in again.
    ///
    /// # Errors
    /// As [`Core::end_session_of`].
    pub async fn end_sessions_of(&self, who: &Principal, user: UserId, client: &Client) -> Result<(), Error> {
        let user = self.account_in_reach(who, user).await?;
        let keep = who.session_id.filter(|_| who.user_id == user.id);
        let end =
            Change::EndSessionsOf { user: user.id, keep, reason: EndReason::EndedByAdmin, at: self.now() };
        let event = self.event_by(Deed::AllSessionsEnded, who, client).about(user.id);
        self.apply(Changes::from(end).recorded(event)).await?;
        self.live().end_all(user.id, keep);
        Ok(())
    }
}
