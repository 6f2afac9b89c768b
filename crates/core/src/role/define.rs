//! Roles made, changed and deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::narrow::{lost, told};
use super::{DESCRIPTION_MAX, Role, RoleBook, RoleName, SUPERUSER};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::principal::Principal;
use crate::scope::{self, Scopes};

impl Core {
    /// Every scope there is, each with what it allows.
    pub fn scopes(&self) -> BTreeMap<String, String> {
        let own = scope::BUILT_IN.iter().map(|(name, about)| ((*name).to_owned(), (*about).to_owned()));
        own.chain(self.settings().scopes.clone()).collect()
    }

    /// All roles by name.
    pub fn roles(&self) -> Vec<Role> {
        self.role_book().all()
    }

    /// Makes a role. `scopes` are ones that the caller holds.
    ///
    /// # Errors
    /// [`Code::InvalidField`], [`Code::InvalidScope`], [`Code::RoleTaken`]; [`Code::Forbidden`] when the caller does not hold
    /// one of `scopes`; [`Code::StoreUnavailable`].
    pub async fn create_role(
        &self,
        who: &Principal,
        (name, description, scopes): (&str, String, &str),
        client: &Client,
    ) -> Result<Role, Error> {
        let name: RoleName = name.parse()?;
        if name.as_str() == SUPERUSER {
            return Err(Code::RoleTaken.into());
        }
        let (at, scopes) = (self.now(), self.scopes_to_give(who, scopes)?);
        check_description(&description)?;
        let role = Role { name, description, scopes, created_at: at, updated_at: at };
        let event = self.event_by(Deed::RoleCreated, who, client).because(described(&role));
        self.apply(Changes::from(Change::AddRole(Box::new(role.clone()))).recorded(event)).await?;
        self.follow_roles().await?;
        Ok(role)
    }

    /// Changes what a role is for or allows; who holds it may do so from the next request on. What it allows no longer, those are
    /// told who check tokens by themselves.
    ///
    /// # Errors
    /// As [`Core::create_role`]; [`Code::NotFound`]; [`Code::Forbidden`] also when the role allows what the caller may not.
    pub async fn update_role(
        &self,
        who: &Principal,
        name: &RoleName,
        (description, scopes): (Option<String>, Option<&str>),
        client: &Client,
    ) -> Result<Role, Error> {
        let before = self.role_in_reach(who, name)?;
        let mut role = before.clone();
        if let Some(scopes) = scopes {
            role.scopes = self.scopes_to_give(who, scopes)?;
        }
        if let Some(description) = description {
            check_description(&description)?;
            role.description = description;
        }
        role.updated_at = self.now();
        let event = self.event_by(Deed::RoleChanged, who, client).because(described(&role));
        let changes = Changes::from(Change::SetRole(Box::new(role.clone()))).recorded(event);
        self.apply(told(changes, &lost(&before, Some(&role)), role.updated_at)).await?;
        self.follow_roles().await?;
        self.follow_settings().await?;
        Ok(role)
    }

    /// Deletes a role; whoever held it holds it no more.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::Forbidden`] when the role allows what the caller may not; [`Code::StoreUnavailable`].
    pub async fn delete_role(&self, who: &Principal, name: &RoleName, client: &Client) -> Result<(), Error> {
        let role = self.role_in_reach(who, name)?;
        let event = self.event_by(Deed::RoleDeleted, who, client).because(name.as_str());
        let at = self.now();
        let changes = Changes::from(Change::DeleteRole { name: name.clone(), at }).recorded(event);
        self.apply(told(changes, &lost(&role, None), at)).await?;
        // A role of the same name that is made later is another one: no node may remember who held this one.
        for (user, rights) in self.ports().store.rights_changed_since(at).await? {
            self.live().set_rights(user, rights);
        }
        self.follow_roles().await?;
        self.follow_settings().await?;
        Ok(())
    }

    /// Takes the roles into use as they are in the database.
    pub(crate) async fn follow_roles(&self) -> Result<(), Error> {
        // One after the other: an older reading must not replace a younger one.
        let _turn = self.turn().lock().await;
        let roles = self.ports().store.roles().await?;
        let known = self.scopes();
        let book = RoleBook::new(roles, known.keys().map(String::as_str).collect());
        if *self.role_book() != book {
            self.set_role_book(Arc::new(book));
        }
        Ok(())
    }

    /// The role `name`, if the caller may do all that it allows.
    pub(crate) fn role_in_reach(&self, who: &Principal, name: &RoleName) -> Result<Role, Error> {
        let book = self.role_book();
        let role = book.role(name).ok_or_else(|| Error::new(Code::NotFound, "There is no such role."))?;
        if !role.scopes.within(book.known()).is_within(&self.scopes_of(who)) {
            return Err(beyond_own());
        }
        Ok(role.clone())
    }

    /// The scopes that `text` names, all of them known and held by the caller.
    fn scopes_to_give(&self, who: &Principal, text: &str) -> Result<Scopes, Error> {
        let scopes = self.known_scopes(text)?;
        if !scopes.is_within(&self.scopes_of(who)) {
            return Err(beyond_own());
        }
        Ok(scopes)
    }

    /// The scopes that `text` names, all of them known.
    pub(crate) fn known_scopes(&self, text: &str) -> Result<Scopes, Error> {
        let (scopes, book) = (Scopes::parse(text)?, self.role_book());
        let is_known = |scope: &str| book.known().contains(scope) || scope::is_of_all(scope);
        let unknown = scopes.iter().find(|scope| !is_known(scope)).map(str::to_owned);
        match unknown {
            Some(unknown) => {
                Err(Error::new(Code::InvalidScope, format!("There is no scope {unknown}.")).about("scope"))
            }
            None => Ok(scopes),
        }
    }
}

fn beyond_own() -> Error {
    Error::new(Code::Forbidden, "You cannot give or take what you do not hold yourself.")
}

fn described(role: &Role) -> String {
    format!("{}: {}", role.name, role.scopes)
}

fn check_description(text: &str) -> Result<(), Error> {
    if text.chars().count() > DESCRIPTION_MAX || text.chars().any(char::is_control) {
        let why = format!(
            "A description has {DESCRIPTION_MAX} characters at most, none of them a control character."
        );
        return Err(Error::new(Code::InvalidField, why).about("description"));
    }
    Ok(())
}
