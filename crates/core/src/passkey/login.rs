//! Login with a passkey, by whoever has the device: no name is asked for.
//!
//! Invariant: of all answers to one challenge one opens a session at most, and the counter of a key never goes back: both are decided by
//! the database in the write set that opens the session.

use serde_json::Value;

use super::challenge::refusal;
use super::{Asked, Passkey, PasskeyChallenge};
use crate::account::User;
use crate::audit::Deed;
use crate::change::{Changes, PasskeyChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::gate::Meter;
use crate::id::UserId;
use crate::port::{ApplyError, BadPasskey};
use crate::secret::Secret;
use crate::session::{SessionWish, SignedIn};

/// What a device has answered to somebody who wants to come in.
#[derive(Debug)]
pub struct PasskeyLogin {
    /// The token of the challenge.
    pub challenge: Secret<String>,
    /// What `navigator.credentials.get` gave.
    pub answer: Value,
    /// Whether a session cookie is wanted beside the tokens.
    pub wants_cookie: bool,
    /// The session cookie that the browser has already: its session ends with the login that follows it.
    pub replaced_cookie: Option<Secret<String>>,
    /// What the last login from this device gave it to be known by.
    pub device: Option<Secret<String>>,
    /// What the session is wanted for at most, separated by blanks; `None`: whatever the account may.
    pub scope: Option<String>,
}

impl Core {
    /// Gives a challenge to whoever wants to come in with a passkey. It is the same for everybody: nobody learns who has an account.
    ///
    /// # Errors
    /// [`Code::NotConfigured`], [`Code::TooManyAttempts`], [`Code::StoreUnavailable`].
    pub async fn begin_passkey_login(&self, client: &Client) -> Result<Asked, Error> {
        let verifier = self.passkey_verifier()?;
        self.pass(Meter::PasskeyChallenge, client).await?;
        let asked = verifier.begin_login().map_err(|fault| refusal(Code::Internal, fault))?;
        self.give_challenge(None, asked).await
    }

    /// Opens a session for whoever has the passkey that has answered.
    ///
    /// # Errors
    /// - [`Code::InvalidCredentials`]: the challenge was answered, is too old or another's, or the answer does not come from a passkey
    ///   that is known here, this site, and its owner's hand; which of these is not told.
    /// - [`Code::TooManyAttempts`]: the caller's network goes on with such answers.
    /// - [`Code::AccountDisabled`], [`Code::EmailUnverified`], [`Code::InvalidScope`], [`Code::CheckUnavailable`], [`Code::Conflict`],
    ///   [`Code::StoreUnavailable`]: as [`Core::login`].
    /// - [`Code::NotConfigured`].
    pub async fn login_with_passkey(&self, login: PasskeyLogin, client: &Client) -> Result<SignedIn, Error> {
        self.passkey_verifier()?;
        let scopes = login.scope.as_deref().map(|text| self.known_scopes(text)).transpose()?;
        let Some(challenge) = self.challenge(None, &login.challenge).await? else {
            return Err(self.refuse_answer(None, &BadPasskey::refused("no such challenge"), client).await);
        };
        let opened = async {
            let (user, used) = self.prove_passkey(&challenge, &login.answer, client).await?;
            let also = self.spend_challenge(&challenge).with(used);
            // The device had its owner prove that they hold it.
            let wish = SessionWish {
                cookie: login.wants_cookie,
                scopes: self.narrowed(&user, scopes)?,
                has_both_factors: true,
                also,
            };
            Ok((self.let_in(&user, wish, client).await?, user))
        };
        let (mut signed_in, user) = match opened.await {
            Ok(opened) => opened,
            Err(error) => return Err(self.take_challenge(&challenge, error).await),
        };
        signed_in.device = self.next_device(&user, login.device.as_ref());
        if let Some(cookie) = &login.replaced_cookie {
            self.end_replaced(cookie, client).await?;
        }
        Ok(signed_in)
    }

    /// The owner of the passkey that has answered `challenge`, and what becomes of the key.
    async fn prove_passkey(
        &self,
        challenge: &PasskeyChallenge,
        answer: &Value,
        client: &Client,
    ) -> Result<(User, PasskeyChange), Error> {
        let verifier = self.passkey_verifier()?;
        let proved = match self.passkey_of(answer).await? {
            Some((passkey, user)) => match verifier.finish_login(&challenge.state, answer, &passkey) {
                Ok(credential) => Ok((passkey, user, credential)),
                Err(fault) => Err((Some(user.id), fault)),
            },
            None => Err((None, BadPasskey::refused("no such passkey"))),
        };
        match proved {
            Ok((passkey, user, credential)) => {
                let credential = Box::new(credential);
                Ok((user, PasskeyChange::Use { passkey: passkey.id, credential, at: self.now() }))
            }
            Err((owner, fault)) => Err(self.refuse_answer(owner, &fault, client).await),
        }
    }

    /// The passkey that `answer` says it is of, and the account that it says, if that is its owner.
    async fn passkey_of(&self, answer: &Value) -> Result<Option<(Passkey, User)>, Error> {
        let Some(named) = self.passkey_verifier()?.names(answer) else { return Ok(None) };
        let store = &self.ports().store;
        let passkey = store.passkey_by_handle(&named.handle).await?;
        let Some(passkey) = passkey.filter(|passkey| passkey.user_id == named.owner) else { return Ok(None) };
        Ok(store.user(passkey.user_id).await?.map(|user| (passkey, user)))
    }

    /// Counts and writes down an answer that proves nothing; says the same of each.
    async fn refuse_answer(&self, owner: Option<UserId>, fault: &BadPasskey, client: &Client) -> Error {
        if let BadPasskey::Fault(text) = fault {
            return Error::from(Code::Internal).because(text.clone());
        }
        if let Err(limited) = self.pass(Meter::FalseToken, client).await {
            return limited;
        }
        let deed = match fault {
            BadPasskey::CounterBack => Deed::PasskeyCounterBack,
            _ => Deed::LoginFailed,
        };
        let mut event = self.event(deed, client).refused(Code::InvalidCredentials);
        event.subject = owner;
        match self.apply(Changes::new().recorded(event.because(format!("passkey: {fault}")))).await {
            Ok(()) => Error::new(
                Code::InvalidCredentials,
                "This passkey does not open an account here, or the attempt took too long. Try again.",
            ),
            Err(fault) => fault.into(),
        }
    }

    /// Takes away the challenge of an attempt that came to nothing, whatever the reason.
    async fn take_challenge(&self, challenge: &PasskeyChallenge, error: Error) -> Error {
        match self.apply(self.spend_challenge(challenge)).await {
            // It may be gone already: then it is as it should be.
            Ok(()) | Err(ApplyError::Conflict(_)) => error,
            Err(ApplyError::Store(fault)) => fault.into(),
        }
    }
}
