//! Passkeys listed, renamed and removed by their owner.
//!
//! Invariant: the last way to come in is not removed; the database decides it in the write set that would.

use super::Passkey;
use super::add::check_name;
use crate::account::User;
use crate::audit::{AuditEvent, Deed};
use crate::change::{Changes, PasskeyChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::PasskeyId;
use crate::mail::MailKind;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::secret::Secret;

impl Core {
    /// The caller's passkeys, youngest first.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn passkeys(&self, who: &Principal) -> Result<Vec<Passkey>, Error> {
        Ok(self.ports().store.passkeys_of(who.user_id).await?)
    }

    /// Calls a passkey of the caller something else.
    ///
    /// # Errors
    /// [`Code::InvalidField`]; [`Code::NotFound`] when the caller has no such passkey, whoever else may have; [`Code::Forbidden`],
    /// [`Code::StoreUnavailable`].
    pub async fn rename_passkey(
        &self,
        who: &Principal,
        (passkey, name): (PasskeyId, String),
        client: &Client,
    ) -> Result<Passkey, Error> {
        who.refuse_client()?;
        who.refuse_key()?;
        check_name(&name)?;
        let event = self.event(Deed::PasskeyRenamed, client).by_owner(who.user_id);
        let event = event.because(passkey.to_string());
        let rename = PasskeyChange::Rename { user: who.user_id, passkey, name };
        self.apply(Changes::from(rename).recorded(event)).await.map_err(none_such)?;
        let found = self.passkeys(who).await?.into_iter().find(|found| found.id == passkey);
        found.ok_or_else(|| none_such(ApplyError::Conflict(Conflict::Stale)))
    }

    /// Removes a passkey of the caller, who has to be the owner at this moment, and tells the owner by mail: nobody comes in with it any
    /// more. Sessions that it has opened go on.
    ///
    /// # Errors
    /// As [`Core::prove_again`]; [`Code::NotFound`]; [`Code::LastWayIn`]: the account has neither a password, nor a login with a
    /// provider, nor another passkey; [`Code::Forbidden`], [`Code::StoreUnavailable`].
    pub async fn remove_passkey(
        &self,
        who: &Principal,
        passkey: PasskeyId,
        password: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<(), Error> {
        who.refuse_client()?;
        who.refuse_key()?;
        let user = self.current_user(who).await?;
        self.prove_again(who, &user, password, client).await?;
        let keep = Changes::from(PasskeyChange::KeepAWayIn { user: user.id, besides: passkey });
        let event = self.event(Deed::PasskeyRemoved, client).by_owner(user.id);
        self.take_passkey(keep, (&user, passkey), event, client).await
    }

    /// Removes a passkey of `user`, if `before` holds.
    pub(super) async fn take_passkey(
        &self,
        before: Changes,
        (user, passkey): (&User, PasskeyId),
        event: AuditEvent,
        client: &Client,
    ) -> Result<(), Error> {
        let changes = Changes::from(PasskeyChange::Remove { user: user.id, passkey })
            .and(before)
            .with(self.tell_owner(MailKind::PasskeyRemoved, Some(user.id), &user.email, client))
            .recorded(event.because(passkey.to_string()));
        self.apply(changes).await.map_err(none_such)
    }
}

fn none_such(fault: ApplyError) -> Error {
    match fault {
        ApplyError::Conflict(Conflict::Stale) => Error::new(Code::NotFound, "There is no such passkey."),
        fault => fault.into(),
    }
}
