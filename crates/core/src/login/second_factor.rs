//! The second half of a login: who has proved a password and has a second factor is asked for a code of it.
//!
//! The first half ends in a refusal with a ticket, which stands for the password that was proved. Every way in that knows a password
//! alone ends there.
//!
//! Invariant: no session is opened by a ticket without a code, or by either of them twice; nobody who does not know the password
//! learns whether there is a second factor.

use crate::account::User;
use crate::audit::Deed;
use crate::change::{Changes, FactorChange};
use crate::client::Client;
use crate::core::Core;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::factor::Factor;
use crate::gate::Claim;
use crate::id::UserId;
use crate::port::{ApplyError, Conflict};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::session::{SessionWish, SignedIn};
use crate::time::{Timestamp, Ttl};
use crate::token::opaque;

/// Wrong codes after which a ticket is worth nothing.
pub const SECOND_FACTOR_TRIES: u32 = 5;
/// How long a ticket is good.
const TICKET_LIFE: Ttl = Ttl::from_minutes(5);
const PREFIX: &str = "dwf_";

/// A login whose password was right and whose second factor is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// The digest of its ticket.
    pub ticket: Digest,
    /// Whose it is.
    pub user_id: UserId,
    /// The version of the password that was proved.
    pub password_version: i64,
    /// What the session is to be good for at most.
    pub scopes: Option<Scopes>,
    /// From then on the ticket is worth nothing.
    pub expires_at: Timestamp,
    /// How many wrong codes there were.
    pub tries: u32,
}

/// What is shown for the second half of a login.
#[derive(Debug, Clone)]
pub struct SecondHalf {
    /// The ticket of the first half.
    pub ticket: Secret<String>,
    /// What the app shows, or a recovery code; blanks and dashes do not count.
    pub code: Secret<String>,
    /// Whether a session cookie is wanted beside the tokens.
    pub wants_cookie: bool,
    /// The session cookie that the browser has already: its session ends with the login that follows it.
    pub replaced_cookie: Option<Secret<String>>,
    /// What the last login from this device gave it to be known by.
    pub device: Option<Secret<String>>,
}

impl Core {
    /// Opens a session for whoever has shown the password and shows the second factor now.
    ///
    /// # Errors
    /// - [`Code::SecondFactorInvalid`]: the code is wrong, or was used. The ticket is good for a few more.
    /// - [`Code::TicketInvalid`]: the ticket is wrong, was used, is too old or has had too many wrong codes, or the password was changed:
    ///   the login begins anew.
    /// - [`Code::AccountDisabled`], [`Code::EmailUnverified`]; [`Code::TooManyAttempts`], [`Code::CheckUnavailable`],
    ///   [`Code::StoreUnavailable`].
    pub async fn finish_second_factor(&self, half: SecondHalf, client: &Client) -> Result<SignedIn, Error> {
        let (pending, user, factor) = self.pending_login(&half.ticket, client).await?;
        let used = self.guess(&user, &factor, &half, client).await?;
        let Some(used) = used else {
            return Err(self.note_wrong_code(&pending, client).await);
        };
        let spend = FactorChange::SpendLogin { ticket: pending.ticket, at: self.now() };
        let wish = SessionWish {
            cookie: half.wants_cookie,
            scopes: pending.scopes,
            has_both_factors: true,
            also: Changes::from(spend).and(used),
        };
        let mut signed_in = match self.let_in(&user, wish, client).await {
            // Ticket or code were used meanwhile.
            Err(error) if error.code() == Code::Conflict => return Err(Code::SecondFactorInvalid.into()),
            other => other?,
        };
        signed_in.device = self.next_device(&user, half.device.as_ref());
        if let Some(cookie) = &half.replaced_cookie {
            self.end_replaced(cookie, client).await?;
        }
        Ok(signed_in)
    }

    /// The refusal of a login whose password was right: with a ticket for the second half of it.
    pub(crate) async fn ask_second_factor(&self, user: &User, wish: SessionWish, client: &Client) -> Error {
        let secret: [u8; 32] = self.entropy().bytes();
        let pending = PendingLogin {
            ticket: Digest::of(&secret),
            user_id: user.id,
            password_version: user.password_version,
            scopes: wish.scopes,
            expires_at: self.now() + TICKET_LIFE,
            tries: 0,
        };
        let mut event = self.event(Deed::SecondFactorAsked, client);
        event.subject = Some(user.id);
        let add = FactorChange::AddLogin { login: Box::new(pending), at: self.now() };
        match self.apply(Changes::from(add).recorded(event)).await {
            Ok(()) => Error::from(Code::SecondFactorRequired).with_ticket(opaque::write(PREFIX, &secret)),
            Err(fault) => fault.into(),
        }
    }

    /// The login that `ticket` belongs to, with whoever it is of; a ticket that is worth nothing is counted.
    async fn pending_login(
        &self,
        ticket: &Secret<String>,
        client: &Client,
    ) -> Result<(PendingLogin, User, Factor), Error> {
        match self.found_login(ticket).await? {
            Some(found) => Ok(found),
            None => Err(match self.count_false_token(Code::TicketInvalid, client).await {
                error if error.code() == Code::TicketInvalid => begin_anew(),
                limited => limited,
            }),
        }
    }

    async fn found_login(
        &self,
        ticket: &Secret<String>,
    ) -> Result<Option<(PendingLogin, User, Factor)>, Error> {
        let Some(secret) = opaque::read::<32>(PREFIX, ticket.expose()) else { return Ok(None) };
        let store = &self.ports().store;
        let found = store.pending_login(&Digest::of(&*secret)).await?;
        let is_good =
            |login: &PendingLogin| login.expires_at > self.now() && login.tries < SECOND_FACTOR_TRIES;
        let Some(pending) = found.filter(is_good) else { return Ok(None) };
        let user = store.user(pending.user_id).await?;
        let user = user.filter(|user| user.password_version == pending.password_version);
        // Where it was removed meanwhile, the password alone is enough, and has to be shown again.
        let factor = self.factor(pending.user_id).await?;
        Ok(user.zip(factor).map(|(user, factor)| (pending, user, factor)))
    }

    /// What uses the code up, if it is good: with a place of the gate taken before, which a wrong one keeps.
    async fn guess(
        &self,
        user: &User,
        factor: &Factor,
        half: &SecondHalf,
        client: &Client,
    ) -> Result<Option<Changes>, Error> {
        let device = self.known_device(user, half.device.as_ref());
        let claim = Claim { name: user.email.key(), user: Some(user.id), device };
        let attempt = self.begin_attempt(claim, client).await?;
        let used = self.code_used_up((user, factor), &half.code, client).await;
        if !matches!(used, Ok(None)) {
            self.forgive(attempt).await;
        }
        used
    }

    /// Counts a wrong code against its ticket, durably.
    async fn note_wrong_code(&self, pending: &PendingLogin, client: &Client) -> Error {
        let mut event = self.event(Deed::LoginFailed, client).refused(Code::SecondFactorInvalid);
        event.subject = Some(pending.user_id);
        let count = FactorChange::CountTry { ticket: pending.ticket, at: self.now() };
        match self.apply(Changes::from(count).recorded(event)).await {
            Ok(()) => Error::from(Code::SecondFactorInvalid).about("code"),
            Err(ApplyError::Conflict(Conflict::Stale)) => begin_anew(),
            Err(fault) => fault.into(),
        }
    }
}

fn begin_anew() -> Error {
    let why = "This login took too long, had too many wrong codes or is over. Begin anew with the password.";
    Error::new(Code::TicketInvalid, why).about("ticket")
}
