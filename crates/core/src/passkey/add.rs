//! A passkey for the account of somebody who is signed in.
//!
//! Invariant: who adds one has just proved to be the owner, and the key is added in the session that asked for it.

use serde_json::Value;

use super::challenge::refusal;
use super::{Asked, Passkey, PasskeyChallenge};
use crate::account::User;
use crate::audit::Deed;
use crate::change::{Changes, PasskeyChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::{PasskeyId, SessionId};
use crate::mail::MailKind;
use crate::port::{ApplyError, BadPasskey, Conflict, PasskeyOwner, PasskeyVerifier};
use crate::principal::Principal;
use crate::secret::Secret;

const NAME_MAX: usize = 100;
/// The most passkeys of one account.
const PASSKEYS_MAX: usize = 50;

/// What a device has answered, and what the key is to be called.
#[derive(Debug)]
pub struct NewPasskey {
    /// The token of the challenge.
    pub challenge: Secret<String>,
    /// What the owner calls it.
    pub name: String,
    /// What `navigator.credentials.create` gave.
    pub answer: Value,
}

impl Core {
    /// Gives a challenge for a new passkey of the caller, who has to be the owner at this moment.
    ///
    /// # Errors
    /// - As [`Core::prove_again`]; a session that may do less than its account needs the password.
    /// - [`Code::Forbidden`]: the credential is no session of the owner's own.
    /// - [`Code::InvalidField`]: there are too many.
    /// - [`Code::NotConfigured`]: there are no passkeys here.
    pub async fn begin_passkey(
        &self,
        who: &Principal,
        password: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<Asked, Error> {
        let (verifier, session) = (self.passkey_verifier()?, owners_session(who)?);
        let user = self.current_user(who).await?;
        if who.is_narrowed() && password.is_none() {
            return Err(Error::from(Code::FreshLoginRequired).about("password"));
        }
        self.prove_again(who, &user, password, client).await?;
        let known = self.ports().store.passkeys_of(user.id).await?;
        if known.len() >= PASSKEYS_MAX {
            let why = format!("An account has {PASSKEYS_MAX} passkeys at most; remove one first.");
            return Err(Error::new(Code::InvalidField, why));
        }
        let asked = verifier.begin_adding(&owner(&user), &known);
        let asked = asked.map_err(|fault| refusal(Code::PasskeyInvalid, fault))?;
        self.give_challenge(Some(session), asked).await
    }

    /// Adds the passkey that a device has made for the challenge, and tells the owner by mail.
    ///
    /// # Errors
    /// [`Code::PasskeyInvalid`]: the challenge is none of this session, was answered or is too old, or the answer is not what was
    /// asked for; [`Code::InvalidField`]: the name; [`Code::Forbidden`], [`Code::NotConfigured`], [`Code::StoreUnavailable`].
    pub async fn add_passkey(
        &self,
        who: &Principal,
        new: NewPasskey,
        client: &Client,
    ) -> Result<Passkey, Error> {
        let (verifier, session) = (self.passkey_verifier()?, owners_session(who)?);
        check_name(&new.name)?;
        let user = self.current_user(who).await?;
        let found = self.challenge(Some(session), &new.challenge).await?;
        let challenge = found.ok_or(Code::PasskeyInvalid)?;
        let credential = match verifier.finish_adding(&challenge.state, &new.answer) {
            Ok(credential) => credential,
            Err(fault) => return Err(self.refuse_new(&challenge, &user, fault, client).await),
        };
        let now = self.now();
        let passkey = Passkey {
            id: PasskeyId::new(now, self.entropy()),
            user_id: user.id,
            name: new.name,
            credential,
            created_at: now,
            last_used_at: None,
        };
        let event = self.event(Deed::PasskeyAdded, client).by_owner(user.id).because(passkey.id.to_string());
        let changes = self
            .spend_challenge(&challenge)
            .with(PasskeyChange::Add(Box::new(passkey.clone())))
            .with(self.tell_owner(MailKind::PasskeyAdded, Some(user.id), &user.email, client))
            .recorded(event);
        match self.apply(changes).await {
            Ok(()) => Ok(passkey),
            // Somebody else has answered the challenge, or some account has this key.
            Err(ApplyError::Conflict(Conflict::Stale)) => Err(Code::PasskeyInvalid.into()),
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) fn passkey_verifier(&self) -> Result<&dyn PasskeyVerifier, Error> {
        Ok(self.ports().outside.passkeys.as_deref().ok_or(Code::NotConfigured)?)
    }

    async fn refuse_new(
        &self,
        challenge: &PasskeyChallenge,
        user: &User,
        fault: BadPasskey,
        client: &Client,
    ) -> Error {
        let event = self.event(Deed::PasskeyAdded, client).by_owner(user.id).refused(Code::PasskeyInvalid);
        let event = event.because(fault.to_string());
        match self.apply(self.spend_challenge(challenge).and(Changes::new().recorded(event))).await {
            Err(ApplyError::Store(fault)) => fault.into(),
            _ => refusal(Code::PasskeyInvalid, fault),
        }
    }
}

/// The session of the caller, who is an owner and has one.
fn owners_session(who: &Principal) -> Result<SessionId, Error> {
    who.refuse_client()?;
    who.refuse_key()?;
    Ok(who.session_id.ok_or(Code::Forbidden)?)
}

/// How the account is shown on the device.
fn owner(user: &User) -> PasskeyOwner<'_> {
    let name = user.username.as_ref().map_or(user.email.as_str(), |name| name.as_str());
    PasskeyOwner { id: user.id, name, shown: user.profile.name.as_deref().unwrap_or(name) }
}

/// Whether a passkey may be called so.
///
/// # Errors
/// [`Code::InvalidField`].
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let length = name.trim().chars().count();
    if !(1..=NAME_MAX).contains(&length)
        || name.chars().count() > NAME_MAX
        || name.chars().any(char::is_control)
    {
        let why = format!("The name of a passkey has 1 to {NAME_MAX} characters.");
        return Err(Error::new(Code::InvalidField, why).about("name"));
    }
    Ok(())
}
