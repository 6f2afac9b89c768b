//! The end of an account.
//!
//! Rows that belong to an account name it, and go with it in the same transaction; whatever a later table keeps of an account
//! has only to do the same.
//!
//! Invariant: what was the account's own is gone when the deletion is acknowledged, its sessions are refused by the very next
//! request, and its id never names another account.

use crate::account::User;
use crate::audit::{AuditEvent, Deed};
use crate::change::{AccountChange, Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::mail::MailKind;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::secret::Secret;

impl Core {
    /// Deletes the caller's own account and tells the owner by mail.
    ///
    /// # Errors
    /// As [`Core::prove_again`]; [`Code::LastSuperuser`] for the last account that runs the server; [`Code::StoreUnavailable`].
    pub async fn delete_own_account(
        &self,
        who: &Principal,
        password: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.current_user(who).await?;
        self.prove_again(who, &user, password, client).await?;
        // Where it came from would be told of somebody who has just asked to be forgotten.
        let unknown = Client { request_id: client.request_id.clone(), ..Client::default() };
        let event = self.event(Deed::AccountDeleted, &unknown).by_owner(user.id);
        match self.delete(&user, event).await {
            Err(error) if error.code() == Code::Conflict => Err(Code::TokenRevoked.into()),
            other => other,
        }
    }

    /// Deletes `user`, for whatever reason `event` tells.
    pub(crate) async fn delete(&self, user: &User, event: AuditEvent) -> Result<(), Error> {
        let changes = Changes::from(Change::KeepASuperuser { besides: user.id })
            .with(AccountChange::Delete { user: user.id, at: self.now() })
            .with(Change::ErasePersonal { user: user.id })
            .with(self.tell_owner(MailKind::AccountDeleted, None, &user.email, &Client::default()))
            .recorded(event);
        match self.apply(changes).await {
            Ok(()) => {}
            // Somebody else deleted it at the same moment.
            Err(ApplyError::Conflict(Conflict::Stale)) => return Err(Code::Conflict.into()),
            Err(fault) => return Err(fault.into()),
        }
        self.live().end_account(user.id);
        Ok(())
    }
}
