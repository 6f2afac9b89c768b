//! A code of the second factor: of the app, or one of the recovery codes.
//!
//! Invariant: a code is used up in the write set of what it was shown for; where it was used meanwhile, nothing of that happens.

use super::{Factor, recovery, totp};
use crate::account::User;
use crate::audit::Deed;
use crate::change::{Changes, FactorChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::{Attempt, Claim, Meter};
use crate::mail::MailKind;
use crate::port::{ApplyError, Conflict};
use crate::secret::Secret;

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 64;

/// What was typed, without blanks and dashes; nothing where it is too long for a code.
pub(super) fn without_blanks(code: &Secret<String>) -> Secret<String> {
    let text = code.expose();
    let short = if text.len() <= LONGEST { text.as_str() } else { "" };
    Secret::new(short.chars().filter(|c| !c.is_whitespace() && *c != '-').collect())
}

/// Whether it looks like a code of an app.
fn is_of_app(typed: &str) -> bool {
    typed.len() == totp::DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit())
}

impl Core {
    /// What uses `code` up, where it is good; nothing where it is not. Guesses at what the app shows are counted for the account,
    /// whoever makes them: they are few enough to be tried.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`], [`Code::StoreUnavailable`]; [`Code::Internal`] when the secret was sealed with another master key.
    pub(crate) async fn code_used_up(
        &self,
        (user, factor): (&User, &Factor),
        code: &Secret<String>,
        client: &Client,
    ) -> Result<Option<Changes>, Error> {
        let typed = without_blanks(code);
        if is_of_app(typed.expose()) {
            self.pass(Meter::AppCode(user.id), client).await?;
            let step = self.open_secret(factor)?.step(typed.expose(), self.now(), factor.last_step);
            if step.is_some() {
                self.hand_back(Meter::AppCode(user.id), client).await;
            }
            return Ok(step.map(|step| FactorChange::UseStep { user: user.id, step }.into()));
        }
        let Some(code) = recovery::read(typed.expose()) else { return Ok(None) };
        if !self.ports().store.recovery_codes(user.id).await?.contains(&code) {
            return Ok(None);
        }
        let told = self.tell_owner(MailKind::RecoveryCodeUsed, Some(user.id), &user.email, client);
        let event = self.event(Deed::RecoveryCodeUsed, client).by_owner(user.id);
        let used = Changes::from(FactorChange::UseRecoveryCode { user: user.id, code });
        Ok(Some(used.with(told).recorded(event)))
    }

    /// Does `deed` by the word of the owner of `user`, who is signed in and shows `code`.
    ///
    /// # Errors
    /// [`Code::WrongCode`]: it is none, or was used; [`Code::NotFound`]: there is no second factor; [`Code::TooManyAttempts`],
    /// [`Code::StoreUnavailable`].
    pub(super) async fn do_by_code(
        &self,
        user: &User,
        code: &Secret<String>,
        (deed, client): (Changes, &Client),
    ) -> Result<(), Error> {
        let Some(factor) = self.factor(user.id).await? else {
            return Err(Error::new(Code::NotFound, "You have no second factor."));
        };
        let claim = Claim { name: user.email.key(), user: Some(user.id), device: None };
        let attempt: Attempt = self.begin_attempt(claim, client).await?;
        let used = self.code_used_up((user, &factor), code, client).await;
        if !matches!(used, Ok(None)) {
            self.forgive(attempt).await;
        }
        let Some(used) = used? else {
            let mut event = self.event(Deed::CodeTried, client).refused(Code::WrongCode);
            event.subject = Some(user.id);
            self.apply(Changes::new().recorded(event)).await?;
            return Err(Error::from(Code::WrongCode).about("code"));
        };
        match self.apply(used.and(deed)).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => Err(Error::from(Code::WrongCode).about("code")),
            other => Ok(other?),
        }
    }
}
