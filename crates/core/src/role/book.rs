//! All roles as they stand, in memory: asked whenever a scope is.

use std::collections::BTreeMap;

use super::{EVERYONE, Role, RoleName};
use crate::account::Rights;
use crate::scope::Scopes;

/// The roles as they are at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleBook {
    roles: BTreeMap<RoleName, Role>,
    /// Every scope there is: Doorward's own and the configured ones.
    known: Scopes,
    /// What an account without roles may do.
    of_everyone: Scopes,
}

impl RoleBook {
    pub(crate) fn new(roles: Vec<Role>, known: Scopes) -> Self {
        let everyone = roles.iter().find(|role| role.name.as_str() == EVERYONE);
        let of_everyone = everyone.map(|role| role.scopes.within(&known)).unwrap_or_default();
        Self { roles: roles.into_iter().map(|role| (role.name.clone(), role)).collect(), known, of_everyone }
    }

    /// Whether the account may do what `scope` names.
    pub(crate) fn allows(&self, rights: &Rights, scope: &str) -> bool {
        rights.is_active
            && (rights.is_superuser || self.held(rights).any(|role| role.scopes.contains(scope)))
            && self.known.contains(scope)
    }

    /// All that the account may do.
    pub(crate) fn scopes_of(&self, rights: &Rights) -> Scopes {
        if !rights.is_active {
            return Scopes::default();
        }
        if rights.is_superuser {
            return self.known.clone();
        }
        if rights.roles.is_empty() {
            return self.of_everyone.clone();
        }
        let held: Scopes = self.held(rights).flat_map(|role| role.scopes.iter()).collect();
        held.within(&self.known)
    }

    /// Every scope there is.
    pub(crate) const fn known(&self) -> &Scopes {
        &self.known
    }

    pub(crate) fn role(&self, name: &RoleName) -> Option<&Role> {
        self.roles.get(name)
    }

    pub(crate) fn all(&self) -> Vec<Role> {
        self.roles.values().cloned().collect()
    }

    fn held<'a>(&'a self, rights: &'a Rights) -> impl Iterator<Item = &'a Role> {
        let everyone = self.roles.iter().find(|(name, _)| name.as_str() == EVERYONE).map(|(_, role)| role);
        rights.roles.iter().filter_map(|name| self.roles.get(name)).chain(everyone)
    }
}
