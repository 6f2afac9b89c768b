//! What an application behind a proxy is told of the caller.
//!
//! Invariant: an address that nobody has proved to be theirs is told to no application, and stands for no name: it may be somebody
//! else's. A credential that is good for less than its account tells no roles.

use std::sync::Arc;

use serde::Serialize;

use crate::core::Core;
use crate::error::Error;
use crate::id::{SessionId, UserId};
use crate::principal::Principal;
use crate::role;
use crate::secret::Secret;
use crate::time::Ttl;

/// The type of what is asserted; no token of this server has it, so it opens nothing here.
const TYP: &str = "forward-auth+jwt";
/// An assertion is for one request, and for clocks that differ a little.
const LIFE: Ttl = Ttl::from_seconds(60);

/// How the owner of an account is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user name; else the proved address; else the id of the account.
    pub handle: String,
    /// The proved address.
    pub email: Option<String>,
    /// The name to show.
    pub name: Option<String>,
}

#[derive(Serialize)]
struct Asserted<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    exp: i64,
    iat: i64,
    preferred_username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    groups: &'a [String],
    scope: String,
}

impl Core {
    /// How the caller's owner is called, or was a second ago: a page with a hundred pictures asks the database once.
    ///
    /// # Errors
    /// [`crate::Code::TokenRevoked`]: the account is gone; [`crate::Code::StoreUnavailable`].
    pub async fn person_of(&self, who: &Principal) -> Result<Arc<Person>, Error> {
        let now = self.now();
        if let Some(person) = who.account.person(now) {
            return Ok(person);
        }
        let user = self.current_user(who).await?;
        let email = user.is_verified.then(|| user.email.as_str().to_owned());
        let username = user.username.as_ref().map(|name| name.as_str().to_owned());
        let handle = username.or_else(|| email.clone()).unwrap_or_else(|| user.id.to_string());
        let person = Arc::new(Person { handle, email, name: user.profile.name });
        who.account.note_person(Arc::clone(&person), now);
        Ok(person)
    }

    /// The roles that the caller acts in.
    pub fn groups_of(&self, who: &Principal) -> Vec<String> {
        if who.is_narrowed() {
            return Vec::new();
        }
        let rights = who.account.rights();
        let roles = rights.roles.iter().map(ToString::to_string);
        roles.chain(who.is_superuser().then(|| role::SUPERUSER.to_owned())).collect()
    }

    /// What says to `audience`, signed, who the caller is.
    ///
    /// # Errors
    /// [`crate::Code::Internal`].
    pub fn assert_identity(
        &self,
        who: &Principal,
        person: &Person,
        audience: &str,
    ) -> Result<Secret<String>, Error> {
        let (now, settings) = (self.now(), self.settings());
        let asserted = Asserted {
            iss: &settings.issuer,
            aud: audience,
            sub: who.user_id,
            sid: who.session_id,
            exp: (now + LIFE).as_seconds(),
            iat: now.as_seconds(),
            preferred_username: &person.handle,
            email: person.email.as_deref(),
            name: person.name.as_deref(),
            groups: &self.groups_of(who),
            scope: self.scopes_of(who).to_string(),
        };
        self.keyring().now().sign(TYP, &asserted, now).map(Secret::new)
    }
}
