//! What has to be done now and then, whoever asks.
//!
//! The server calls these from a timer; a test calls them when it has turned the clock.

use tokio::sync::futures::Notified;

use crate::change::{Change, Changes, MailChange, OAuthChange, PasskeyChange};
use crate::core::Core;
use crate::error::Error;
use crate::id::UserId;
use crate::time::{Timestamp, Ttl};

/// An ended session is remembered for so long, so that its tokens are told "ended" rather than "unknown".
const REMEMBER_ENDED: Ttl = Ttl::from_days(7);
/// A code is remembered for so long, so that one that comes again ends what was given for it.
const REMEMBER_CODES: Ttl = Ttl::from_minutes(60);
/// News of ends is asked for again over this span: a transaction may become visible later than the time it carries.
const NEWS_OVERLAP: Ttl = Ttl::from_seconds(10);
/// As above, for the many looks between.
const LOOK_OVERLAP: Ttl = Ttl::from_seconds(1);
/// Signs of life that are written in one go.
const BATCH: usize = 1_000;

impl Core {
    /// Shows the sessions ended that other processes on the same database have ended since `since`, and takes the signing keys
    /// into use that they have made or retired; returns where to go on next time. Called every second, this bounds how long the command line or another node waits to be obeyed.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn follow(&self, since: Timestamp) -> Result<Timestamp, Error> {
        let next = self.now();
        self.follow_ends(since - NEWS_OVERLAP).await?;
        self.follow_settings().await?;
        self.follow_roles().await?;
        self.follow_keys().await?;
        self.ledger().looked(next);
        Ok(next)
    }

    /// As [`Core::follow`], for what has ended alone: several times a second, and whenever
    /// [`Core::look_wanted`] is done.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn look_for_ends(&self, since: Timestamp) -> Result<Timestamp, Error> {
        let next = self.now();
        self.follow_ends(since - LOOK_OVERLAP).await?;
        if self.follow_settings().await? {
            // A role that allows less now is told of among them; here it is obeyed as soon.
            self.follow_roles().await?;
        }
        self.ledger().looked(next);
        Ok(next)
    }

    /// The accounts that were deleted since `since`, and perhaps a little before, with where to go on next time: for whoever keeps
    /// something about accounts beside the database. An account can come twice.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn accounts_deleted_since(&self, since: Timestamp) -> Result<(Vec<UserId>, Timestamp), Error> {
        let next = self.now();
        Ok((self.ports().store.deleted_since(since - NEWS_OVERLAP).await?, next))
    }

    /// Done when this node has ended sessions that it has to ask the database for.
    pub fn look_wanted(&self) -> Notified<'_> {
        self.ledger().look_wanted()
    }

    /// What ended before this start and may still matter.
    pub(crate) async fn recall_ends(&self) -> Result<(), Error> {
        self.follow_token_life().await?;
        let now = self.now();
        self.follow_ends(now - self.ledger().horizon()).await?;
        self.ledger().looked(now);
        Ok(())
    }

    async fn follow_ends(&self, since: Timestamp) -> Result<(), Error> {
        let store = &self.ports().store;
        for (user, session) in store.ended_since(since).await? {
            self.live().end(user, session);
        }
        for user in store.deleted_since(since).await? {
            self.live().end_account(user);
        }
        for (user, key) in store.api_keys_revoked_since(since).await? {
            self.live().end_key(user, key);
        }
        for (client, at) in store.clients_renewed_since(since).await? {
            self.live().renew_client(client, at);
        }
        for (client, at) in store.clients_removed_since(since).await? {
            self.live().end_client(client, at);
        }
        for (user, rights) in store.rights_changed_since(since).await? {
            self.live().set_rights(user, rights);
        }
        Ok(())
    }

    /// Writes signs of life, signs the audit log, forgets what is too old, and lets a new signing key follow when it is
    /// due. Called every minute.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`]; what was not done is done next time.
    pub async fn tidy(&self) -> Result<(), Error> {
        let now = self.now();
        self.follow_token_life().await?;
        self.tidy_narrowed().await?;
        self.ledger().forget_old();
        let unwritten = self.live().sweep();
        for batch in unwritten.sessions.chunks(BATCH) {
            self.apply(Change::SeeSessions(batch.to_vec())).await?;
        }
        for batch in unwritten.keys.chunks(BATCH) {
            self.apply(Change::SeeApiKeys(batch.to_vec())).await?;
        }
        let ended = REMEMBER_ENDED.max(self.ledger().horizon());
        let forget = Changes::from(Change::ForgetSessions { before: now - ended })
            .with(Change::ForgetKeys { before: now - REMEMBER_ENDED })
            .with(OAuthChange::ForgetCodes { before: now - REMEMBER_CODES })
            .with(PasskeyChange::ForgetChallenges { before: now })
            .with(MailChange::Forget { before: now - REMEMBER_ENDED });
        self.apply(forget).await?;
        self.tend_audit().await?;
        self.tend_figures().await?;
        self.tend_keys().await
    }
}
