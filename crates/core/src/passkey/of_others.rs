//! The passkeys of others, for those who run the server: when a device is lost, say.

use super::Passkey;
use crate::audit::Deed;
use crate::change::Changes;
use crate::client::Client;
use crate::core::Core;
use crate::error::Error;
use crate::id::{PasskeyId, UserId};
use crate::principal::Principal;

impl Core {
    /// The passkeys of an account, youngest first.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`] when there is no such account; [`crate::Code::StoreUnavailable`].
    pub async fn passkeys_of(&self, user: UserId) -> Result<Vec<Passkey>, Error> {
        self.account(user).await?;
        Ok(self.ports().store.passkeys_of(user).await?)
    }

    /// Removes a passkey of an account, and tells the owner by mail. It may be the last way in: a link to a new password is another.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`]; [`crate::Code::Forbidden`] when the account may do what the caller may not;
    /// [`crate::Code::StoreUnavailable`].
    pub async fn remove_passkey_of(
        &self,
        who: &Principal,
        (user, passkey): (UserId, PasskeyId),
        client: &Client,
    ) -> Result<(), Error> {
        let user = self.account_in_reach(who, user).await?;
        let event = self.event_by(Deed::PasskeyRemoved, who, client).about(user.id);
        self.take_passkey(Changes::new(), (&user, passkey), event, client).await
    }
}
