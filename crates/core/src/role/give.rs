//! Roles given to accounts and taken from them.
//!
//! Invariant: somebody runs the server. That the last superuser stays one is decided by the database, in the write set that
//! would take the mark.

use super::{RoleName, SUPERUSER};
use crate::account::User;
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::principal::Principal;

impl Core {
    /// Gives a role, or the mark of a superuser, to an account. Giving it twice is no error.
    ///
    /// # Errors
    /// [`Code::NotFound`]: no such account or role; [`Code::Forbidden`]: the role allows what the caller may not;
    /// [`Code::StoreUnavailable`].
    pub async fn give_role(
        &self,
        who: &Principal,
        user: UserId,
        role: &RoleName,
        client: &Client,
    ) -> Result<User, Error> {
        let user = self.account_in_reach(who, user).await?;
        let at = self.now();
        let change = if role.as_str() == SUPERUSER {
            who.require_superuser()?;
            Change::SetSuperuser { user: user.id, is_superuser: true, at }
        } else {
            self.role_in_reach(who, role)?;
            Change::GiveRole { user: user.id, role: role.clone(), at }
        };
        let event = self.event_by(Deed::RoleGiven, who, client).about(user.id).because(role.as_str());
        self.apply(Changes::from(change).recorded(event)).await?;
        self.follow_rights(user.id).await
    }

    /// Takes a role, or the mark of a superuser, from an account. Taking what is not held is no error.
    ///
    /// # Errors
    /// As [`Core::give_role`]; [`Code::LastSuperuser`].
    pub async fn take_role(
        &self,
        who: &Principal,
        user: UserId,
        role: &RoleName,
        client: &Client,
    ) -> Result<User, Error> {
        let user = self.account_in_reach(who, user).await?;
        let at = self.now();
        let changes = if role.as_str() == SUPERUSER {
            who.require_superuser()?;
            Changes::from(Change::KeepASuperuser { besides: user.id }).with(Change::SetSuperuser {
                user: user.id,
                is_superuser: false,
                at,
            })
        } else {
            self.role_in_reach(who, role)?;
            Changes::from(Change::TakeRole { user: user.id, role: role.clone(), at })
        };
        let event = self.event_by(Deed::RoleTaken, who, client).about(user.id).because(role.as_str());
        self.apply(changes.recorded(event)).await?;
        self.follow_rights(user.id).await
    }

    /// The account, if it may do nothing that the caller may not: nobody acts on those above them.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::Forbidden`], [`Code::StoreUnavailable`].
    pub(crate) async fn account_in_reach(&self, who: &Principal, user: UserId) -> Result<User, Error> {
        let found = self.ports().store.user(user).await?;
        let user = found.ok_or_else(|| Error::new(Code::NotFound, "There is no such account."))?;
        if who.is_superuser() {
            return Ok(user);
        }
        let rights = crate::account::Rights { is_active: true, ..user.rights() };
        let is_below =
            !user.is_superuser && self.role_book().scopes_of(&rights).is_within(&self.scopes_of(who));
        if !is_below {
            return Err(Error::new(Code::Forbidden, "This account may do what you may not."));
        }
        Ok(user)
    }

    /// Shows what the account may do now, after that was changed; gives the account.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`]: the change was made, and this node asks the database anew for everybody.
    pub(crate) async fn follow_rights(&self, user: UserId) -> Result<User, Error> {
        match self.ports().store.user(user).await {
            Ok(Some(user)) => {
                self.live().set_rights(user.id, user.rights());
                Ok(user)
            }
            Ok(None) => {
                self.live().end_account(user);
                Err(Error::new(Code::NotFound, "There is no such account."))
            }
            Err(fault) => {
                self.forget_verified_tokens();
                Err(fault.into())
            }
        }
    }
}
