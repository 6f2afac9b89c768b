//! A second factor set up: a secret for the app, and a code that shows that the app has it.

use url::form_urlencoded::byte_serialize;

use super::totp::TotpSecret;
use super::{prove, recovery};
use crate::account::EmailAddress;
use crate::audit::Deed;
use crate::change::{Changes, FactorChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::mail::MailKind;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::secret::Secret;
use crate::time::Ttl;

/// How long what was begun can be confirmed.
const SET_UP_TIME: Ttl = Ttl::from_minutes(15);

/// What the app is given.
#[derive(Debug)]
pub struct NewFactor {
    /// The secret, to be typed: base32.
    pub secret: Secret<String>,
    account: EmailAddress,
}

impl NewFactor {
    /// The address that apps read from a picture: the secret, and what the app calls it.
    pub fn url(&self, issuer: &str) -> Secret<String> {
        let written = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let (issuer, account) = (written(issuer), written(self.account.as_str()));
        let secret = self.secret.expose();
        Secret::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        ))
    }
}

impl Core {
    /// Begins to set up the caller's second factor: nobody is asked for it until it is confirmed.
    ///
    /// # Errors
    /// - [`Code::WrongPassword`], [`Code::FreshLoginRequired`]: only its owner does that, who has just signed in or gives the password.
    /// - [`Code::Conflict`]: there is one already.
    /// - [`Code::Forbidden`] for an API key; [`Code::TokenRevoked`], [`Code::TooManyAttempts`], [`Code::Overloaded`],
    ///   [`Code::StoreUnavailable`].
    pub async fn begin_second_factor(
        &self,
        who: &Principal,
        password: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<NewFactor, Error> {
        who.refuse_key()?;
        let user = self.current_user(who).await?;
        self.prove_again(who, &user, password, client).await?;
        let secret = TotpSecret::new(self.entropy());
        let sealed = self.seal_secret(user.id, &secret)?;
        let begin = FactorChange::Begin { user: user.id, secret: sealed, at: self.now() };
        match self.apply(begin).await {
            Ok(()) => Ok(NewFactor { secret: secret.to_text(), account: user.email }),
            Err(ApplyError::Conflict(Conflict::Stale)) => {
                Err(Error::new(Code::Conflict, "You have a second factor: remove it first."))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Confirms what was begun, by a code of the app; gives the recovery codes, this once. The owner is told by mail.
    ///
    /// # Errors
    /// - [`Code::WrongCode`]: it is not what the app shows.
    /// - [`Code::NotFound`]: nothing was begun, or too long ago.
    /// - [`Code::Forbidden`] for an API key; [`Code::TokenRevoked`], [`Code::Conflict`], [`Code::StoreUnavailable`].
    pub async fn confirm_second_factor(
        &self,
        who: &Principal,
        code: &Secret<String>,
        client: &Client,
    ) -> Result<Vec<Secret<String>>, Error> {
        who.refuse_key()?;
        let (user, now) = (self.current_user(who).await?, self.now());
        let begun = self
            .ports()
            .store
            .factor(user.id)
            .await?
            .filter(|factor| factor.confirmed_at.is_none() && now.since(factor.created_at) < SET_UP_TIME);
        let Some(begun) = begun else {
            let why = "Setting up a second factor was not begun, or too long ago. Begin anew.";
            return Err(Error::new(Code::NotFound, why));
        };
        let secret = self.open_secret(&begun)?;
        let typed = prove::without_blanks(code);
        let Some(step) = secret.step(typed.expose(), now, begun.last_step) else {
            return Err(Error::from(Code::WrongCode).about("code"));
        };
        let (codes, digests) = recovery::issue(self.entropy());
        let confirm = FactorChange::Confirm { user: user.id, secret: begun.secret, step, at: now };
        let changes = Changes::from(confirm)
            .with(FactorChange::SetRecoveryCodes { user: user.id, codes: digests })
            .with(self.tell_owner(MailKind::SecondFactorAdded, Some(user.id), &user.email, client))
            .recorded(self.event(Deed::SecondFactorAdded, client).by_owner(user.id));
        self.apply(changes).await?;
        Ok(codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_read_the_secret_and_what_to_call_it() {
        let account = EmailAddress::parse("ada+test@example.com").unwrap();
        let new = NewFactor { secret: Secret::new("MZXW6".to_owned()), account };

        assert_eq!(
            new.url("Ada & Co: Auth").expose(),
            "otpauth://totp/Ada%20%26%20Co%3A%20Auth:ada%2Btest%40example.com?secret=MZXW6\
             &issuer=Ada%20%26%20Co%3A%20Auth&algorithm=SHA1&digits=6&period=30"
        );
    }
}
