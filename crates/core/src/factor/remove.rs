//! A second factor taken away, and new recovery codes in the place of the old ones.
//!
//! Invariant: whoever has nothing but the password, or the mail, takes nobody's second factor away.

use super::recovery;
use crate::audit::Deed;
use crate::change::{Changes, FactorChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::mail::MailKind;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::secret::Secret;

impl Core {
    /// Takes the caller's second factor away, by a code of it or a recovery code. The owner is told by mail.
    ///
    /// # Errors
    /// [`Code::WrongCode`]; [`Code::NotFound`] when there is none; [`Code::Forbidden`] for an API key; [`Code::TooManyAttempts`],
    /// [`Code::TokenRevoked`], [`Code::StoreUnavailable`].
    pub async fn remove_second_factor(
        &self,
        who: &Principal,
        code: &Secret<String>,
        client: &Client,
    ) -> Result<(), Error> {
        who.refuse_key()?;
        let user = self.current_user(who).await?;
        let deed = Changes::from(FactorChange::Remove { user: user.id })
            .with(self.tell_owner(MailKind::SecondFactorRemoved, Some(user.id), &user.email, client))
            .recorded(self.event(Deed::SecondFactorRemoved, client).by_owner(user.id));
        self.do_by_code(&user, code, (deed, client)).await
    }

    /// Gives new recovery codes, by a code of the caller's second factor; the old ones are worth nothing from then on.
    ///
    /// # Errors
    /// As [`Core::remove_second_factor`].
    pub async fn renew_recovery_codes(
        &self,
        who: &Principal,
        code: &Secret<String>,
        client: &Client,
    ) -> Result<Vec<Secret<String>>, Error> {
        who.refuse_key()?;
        let user = self.current_user(who).await?;
        let (codes, digests) = recovery::issue(self.entropy());
        let deed = Changes::from(FactorChange::SetRecoveryCodes { user: user.id, codes: digests })
            .recorded(self.event(Deed::RecoveryCodesRenewed, client).by_owner(user.id));
        self.do_by_code(&user, code, (deed, client)).await?;
        Ok(codes)
    }

    /// Takes the second factor of an account away, for an owner who has lost it. The owner is told by mail.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such account, or it has none; [`Code::Forbidden`] when the account may do what the caller may
    /// not; [`Code::StoreUnavailable`].
    pub async fn remove_second_factor_of(
        &self,
        who: &Principal,
        user: UserId,
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.account_in_reach(who, user).await?;
        let event = self.event_by(Deed::SecondFactorRemoved, who, client).about(user.id);
        // Where an administrator sits is not the owner's business.
        let told =
            self.tell_owner(MailKind::SecondFactorRemoved, Some(user.id), &user.email, &Client::default());
        let remove = Changes::from(FactorChange::Remove { user: user.id }).with(told).recorded(event);
        match self.apply(remove).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => {
                Err(Error::new(Code::NotFound, "The account has no second factor."))
            }
            other => Ok(other?),
        }
    }
}
