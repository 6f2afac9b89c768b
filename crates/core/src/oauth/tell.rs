//! What an application is told of whoever has signed in to it (OpenID Connect Core §5.3).

use crate::account::User;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::principal::Principal;
use crate::scope;

/// Somebody, and what may be told of them.
#[derive(Debug)]
pub struct Told {
    /// The account.
    pub user: User,
    /// Whether name, user name and picture may be told.
    pub profile: bool,
    /// Whether the address may be told.
    pub email: bool,
}

impl Core {
    /// What the holder of an access token is told of its owner, by the scopes it was given for.
    ///
    /// # Errors
    /// [`Code::Forbidden`]: it was not given for a login; [`Code::TokenRevoked`]: the account is gone; [`Code::StoreUnavailable`].
    pub async fn tell_of_owner(&self, who: &Principal) -> Result<Told, Error> {
        let has = |wanted: &str| who.grant.as_ref().is_none_or(|grant| grant.contains(wanted));
        if !has(scope::OPENID) {
            return Err(Error::new(Code::Forbidden, "This needs the scope openid."));
        }
        let user = self.current_user(who).await?;
        Ok(Told { user, profile: has(scope::PROFILE), email: has(scope::EMAIL) })
    }
}
