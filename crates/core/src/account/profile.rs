//! What people tell of themselves, changed by themselves.
//!
//! Does not change the address or the password: those have to be proved.
//!
//! Invariant: of two changes at the same moment none is lost; the later one is made to what the earlier one left.

use serde_json::{Map, Value};

use crate::account::field::{self, Writer};
use crate::account::register::check_profile;
use crate::account::{Profile, User, Username};
use crate::audit::Deed;
use crate::change::{AccountChange, Changes, ProfileChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::port::{ApplyError, Conflict};
use crate::principal::Principal;
use crate::time::Ttl;

/// How often a change is made anew to what another one left.
const TURNS: u32 = 8;

/// What is to change: what is `None` stays, what is `Some(None)` is taken away.
#[derive(Debug, Clone, Default)]
pub struct ProfilePatch {
    /// The user name, in any spelling.
    pub username: Option<Option<String>>,
    /// The name to show.
    pub name: Option<Option<String>>,
    /// A few words.
    pub bio: Option<Option<String>>,
    /// Where a picture is.
    pub picture: Option<Option<String>>,
    /// Members of the metadata to set; those that are null go.
    pub metadata: Map<String, Value>,
    /// Fields to set; those that are null go.
    pub fields: Map<String, Value>,
}

impl Core {
    /// Changes what the caller's account tells; returns the account.
    ///
    /// # Errors
    /// - [`Code::InvalidUsername`], [`Code::InvalidField`]: a part cannot be accepted; the error names it.
    /// - [`Code::Forbidden`]: a field is not the owner's to write.
    /// - [`Code::UsernameTaken`]; [`Code::Conflict`] when others were faster all the time; [`Code::StoreUnavailable`].
    pub async fn change_profile(
        &self,
        who: &Principal,
        patch: ProfilePatch,
        client: &Client,
    ) -> Result<User, Error> {
        self.patch_profile(who.user_id, patch, (Writer::Owner, who), client).await
    }

    /// Changes what the account `user` tells, by the word of `writer`.
    pub(crate) async fn patch_profile(
        &self,
        user: UserId,
        patch: ProfilePatch,
        (writer, who): (Writer, &Principal),
        client: &Client,
    ) -> Result<User, Error> {
        for _ in 0..TURNS {
            let user = self.ports().store.user(user).await?.ok_or(Code::NotFound)?;
            let (username, profile) = self.patched(&user, patch.clone(), writer)?;
            let at = self.now().max(user.updated_at + Ttl::from_millis(1));
            let change = ProfileChange {
                user: user.id,
                username: username.clone(),
                profile: profile.clone(),
                from: user.updated_at,
                at,
            };
            let event = self.event(Deed::ProfileChanged, client).by(who.user_id).about(user.id);
            let fields = field::searchable(&self.settings().fields, &profile.fields);
            let changes = Changes::from(AccountChange::SetProfile(Box::new(change)))
                .with(AccountChange::IndexFields { user: user.id, fields })
                .recorded(event);
            match self.apply(changes).await {
                Ok(()) => return Ok(User { username, profile, updated_at: at, ..user }),
                Err(ApplyError::Conflict(Conflict::Stale)) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(Code::Conflict.into())
    }

    fn patched(
        &self,
        user: &User,
        patch: ProfilePatch,
        writer: Writer,
    ) -> Result<(Option<Username>, Profile), Error> {
        let username = match patch.username {
            None => user.username.clone(),
            Some(name) => name.as_deref().map(Username::parse).transpose()?,
        };
        let mut profile = user.profile.clone();
        let texts = [
            (patch.name, &mut profile.name),
            (patch.bio, &mut profile.bio),
            (patch.picture, &mut profile.picture),
        ];
        for (given, kept) in texts {
            if let Some(given) = given {
                *kept = given;
            }
        }
        for (name, value) in patch.metadata {
            if value.is_null() {
                profile.metadata.remove(&name);
            } else {
                profile.metadata.insert(name, value);
            }
        }
        field::merge(&self.settings().fields, &mut profile.fields, patch.fields, writer)?;
        check_profile(&profile)?;
        Ok((username, profile))
    }
}
