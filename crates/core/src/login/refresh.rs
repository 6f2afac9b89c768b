//! Exchanges refresh tokens and notices theft.
//!
//! Each login starts a *family*: its session. Using a token replaces it; using a replaced one again ends the whole family
//! (RFC 9700 §4.14.2). Within a short window the token just replaced may be used again and gets the *same* successor, so a
//! client that raced itself or lost an answer stays signed in.
//!
//! Invariant: a family has at most one current token, and the database decides which (one guarded change).

use crate::account::Rights;
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{ClientId, SessionId};
use crate::port::{ApplyError, Conflict};
use crate::secret::Secret;
use crate::session::{EndReason, Session, SignedIn};
use crate::time::Timestamp;
use crate::token::refresh::RefreshToken;

/// How a presented token stands to its family.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// It is the current one.
    Current,
    /// It was replaced a moment ago and may ask for its successor again.
    Retried,
    /// It was replaced, and should be in nobody's hands any more.
    Replaced,
    /// It was the last that was replaced, at a moment that has not come yet: the clock was set back, and how long ago that was
    /// nobody knows.
    Unclear,
    /// It never belonged to the family.
    Foreign,
}

impl Core {
    /// Exchanges `presented` for a fresh access token and the next refresh token of the same family.
    ///
    /// The family's absolute end does not move. A retry within the window gets the same refresh token as the first time.
    ///
    /// # Errors
    /// - [`Code::TokenInvalid`]: no refresh token of this server, or of a session that has been forgotten.
    /// - [`Code::TokenReused`]: replaced before; its family is ended as part of this call.
    /// - [`Code::TokenRevoked`]: its family has ended, or its idle or absolute time is over.
    /// - [`Code::TooManyAttempts`]: the caller's network goes on presenting tokens that nobody was given.
    /// - [`Code::CheckUnavailable`]: a hook does not answer; nothing was changed.
    /// - [`Code::Conflict`], [`Code::StoreUnavailable`]: nothing was changed; try again.
    pub async fn refresh(&self, presented: &Secret<String>, client: &Client) -> Result<SignedIn, Error> {
        self.refresh_of(None, presented, client).await
    }

    /// As [`Core::refresh`], for the application `of`. A token of another application, or of its owner's own, was not given to it.
    ///
    /// # Errors
    /// As [`Core::refresh`].
    pub(crate) async fn refresh_of(
        &self,
        of: Option<ClientId>,
        presented: &Secret<String>,
        client: &Client,
    ) -> Result<SignedIn, Error> {
        let Some(token) = RefreshToken::read(presented.expose()) else {
            return Err(self.count_false_token(Code::TokenInvalid, client).await);
        };
        // A second turn is needed when another request replaced the token between the look and the change.
        for _ in 0..2 {
            let now = self.now();
            let family = self.family_of(&token, now).await?;
            let Some((session, rights)) = family.filter(|(session, _)| session.client == of) else {
                return Err(self.count_false_token(Code::TokenInvalid, client).await);
            };
            let next = self.chain().successor(&token);
            match self.standing(&token, &session, now) {
                Standing::Retried => {
                    let grant = self.grant(&session, rights, client).await?;
                    let given = self.give_tokens(&session, &grant, &next, now)?;
                    return Ok(self.show_signed_in(given, now).await);
                }
                Standing::Foreign => return Err(self.count_false_token(Code::TokenInvalid, client).await),
                // No reason to end the family, and none to let anybody in.
                Standing::Unclear => return Err(Code::Conflict.into()),
                Standing::Replaced => return Err(self.end_family(&session, client).await),
                Standing::Current => {}
            }
            let grant = self.grant(&session, rights, client).await?;
            let rotate = Change::RotateRefresh {
                session: session.id,
                from: token.digest(),
                to: next.digest(),
                generation: next.generation,
                at: now,
            };
            let mut changes = Changes::from(rotate);
            if session.last_seen_at.day() != now.day() {
                changes =
                    changes.with(Change::NoteActive { user: session.user_id, session: session.id, at: now });
            }
            match self.apply(changes).await {
                Ok(()) => {
                    let given = self.give_tokens(&session, &grant, &next, now)?;
                    return Ok(self.show_signed_in(given, now).await);
                }
                Err(ApplyError::Conflict(Conflict::Stale)) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(Code::Conflict.into())
    }

    /// Ends the session that `presented` belongs to, by whoever holds it (RFC 7009 §2.1). A token of no living session is no
    /// error: what was asked for is so already.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]: the caller's network goes on presenting tokens that nobody was given;
    /// [`Code::StoreUnavailable`].
    pub async fn logout_by_refresh(&self, presented: &Secret<String>, client: &Client) -> Result<(), Error> {
        let token = RefreshToken::read(presented.expose());
        let row = match &token {
            Some(token) => self.ports().store.session(token.session).await?,
            None => None,
        };
        let (Some(token), Some(row)) = (token, row) else { return self.told_false(client).await };
        if self.standing(&token, &row.session, self.now()) == Standing::Foreign {
            return self.told_false(client).await;
        }
        match self.end_one(row.session.user_id, row.session.id, EndReason::Logout, client).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Counts a token that nobody was given, and says no more of it.
    async fn told_false(&self, client: &Client) -> Result<(), Error> {
        match self.count_false_token(Code::TokenInvalid, client).await {
            error if error.code() == Code::TooManyAttempts => Err(error),
            _ => Ok(()),
        }
    }

    /// The living session that `token` names, if there is any of its id.
    async fn family_of(
        &self,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Result<Option<(Session, Rights)>, Error> {
        self.living_session(token.session, now).await
    }

    /// The living session called `id` and what its account may do, if there is any of this id.
    ///
    /// # Errors
    /// [`Code::TokenRevoked`] when it has ended; [`Code::StoreUnavailable`].
    pub(crate) async fn living_session(
        &self,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<(Session, Rights)>, Error> {
        let Some(row) = self.ports().store.session(id).await? else { return Ok(None) };
        let mut session = row.session;
        session.last_seen_at = self.last_seen(&session);
        if !row.rights.is_active
            || self.was_signed_out(session.id)
            || !session.is_alive(now, self.settings().sessions.idle)
        {
            return Err(Code::TokenRevoked.into());
        }
        Ok(Some((session, row.rights)))
    }

    fn standing(&self, token: &RefreshToken, session: &Session, now: Timestamp) -> Standing {
        let (generation, current) = (session.refresh_generation, &session.refresh_digest);
        if token.digest() == *current {
            return Standing::Current;
        }
        if !self.chain().leads_to(token, generation, current) {
            return Standing::Foreign;
        }
        let window = self.settings().tokens.refresh_retry_window;
        let is_last = token.generation.checked_add(1) == Some(generation);
        let is_in_time = now.since(session.refreshed_at) < window;
        match () {
            () if !is_last || !is_in_time => Standing::Replaced,
            () if session.refreshed_at.since(now) > window => Standing::Unclear,
            () => Standing::Retried,
        }
    }

    /// Ends the family of a token that came back: two parties hold the chain, and which is honest cannot be told.
    async fn end_family(&self, session: &Session, client: &Client) -> Error {
        let end =
            Change::EndSession { session: session.id, reason: EndReason::RefreshReused, at: self.now() };
        let event = self.event(Deed::RefreshReused, client).about(session.user_id).refused(Code::TokenReused);
        let event = event.because(session.id.to_string());
        match self.apply(Changes::from(end).recorded(event)).await {
            Ok(()) | Err(ApplyError::Conflict(_)) => {
                self.live().end(session.user_id, session.id);
                Code::TokenReused.into()
            }
            Err(fault) => fault.into(),
        }
    }
}
