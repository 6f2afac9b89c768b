//! What those who run the server do to the accounts of others.
//!
//! Invariant: nobody acts on an account that may do what they may not.

use crate::account::{LoginName, User};
use crate::audit::Deed;
use crate::change::Changes;
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::principal::Principal;
use crate::time::Timestamp;

/// Lines about an account among which its last login is looked for.
const LOOK_BACK: u32 = 100;

impl Core {
    /// An account.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::StoreUnavailable`].
    pub async fn account(&self, user: UserId) -> Result<User, Error> {
        let found = self.ports().store.user(user).await?;
        found.ok_or_else(|| Error::new(Code::NotFound, "There is no such account."))
    }

    /// The account that `text` names: an id, an address or a user name.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::StoreUnavailable`].
    pub async fn account_called(&self, text: &str) -> Result<User, Error> {
        if let Ok(id) = text.parse() {
            return self.account(id).await;
        }
        let found = self.ports().store.user_by_name(&LoginName::read(text)).await?;
        found.ok_or_else(|| Error::new(Code::NotFound, "No account is called so."))
    }

    /// When somebody last signed in to an account, as far as the audit log remembers.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn last_login(&self, user: UserId) -> Result<Option<Timestamp>, Error> {
        let events = self.ports().store.events_about(user, LOOK_BACK).await?;
        Ok(events.iter().find(|event| event.deed == Deed::LoginSucceeded).map(|event| event.at))
    }

    /// Who the owner of an account is elsewhere: the provider they came by, and its name for them.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn identity_of(&self, user: UserId) -> Result<Option<(String, String)>, Error> {
        Ok(self.ports().store.identity_of(user).await?)
    }

    /// Writes down that somebody takes the whole list of accounts along.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn note_export(&self, who: &Principal, client: &Client) -> Result<(), Error> {
        let event = self.event_by(Deed::AccountsExported, who, client);
        Ok(self.apply(Changes::new().recorded(event)).await?)
    }

    /// Enables or disables an account. Disabling ends all its sessions and stops its API keys.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::Forbidden`] when the account may do what the caller may not; [`Code::LastSuperuser`];
    /// [`Code::StoreUnavailable`].
    pub async fn set_active_of(
        &self,
        who: &Principal,
        user: UserId,
        is_active: bool,
        client: &Client,
    ) -> Result<User, Error> {
        let user = self.account_in_reach(who, user).await?;
        let deed = if is_active { Deed::AccountEnabled } else { Deed::AccountDisabled };
        let event = self.event_by(deed, who, client).about(user.id);
        self.make_active(user.id, is_active, event).await
    }
}
