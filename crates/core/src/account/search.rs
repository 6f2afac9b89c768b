//! Accounts as the people who run the server look for them.
//!
//! A search walks along an index, so a page costs the same whatever the number of accounts. With words to look for it walks along
//! the addresses that begin with them, then the user names, then the shown names, and shows each account once.
//!
//! Invariant: one page looks at a bounded number of accounts. A page can be short, even empty, and yet not the last.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::field::search_key;
use super::name::fold;
use crate::account::{User, Username};
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::role::{RoleName, SUPERUSER};
use crate::time::Timestamp;

/// Accounts that one page looks at, at most.
const LOOK_MAX: u32 = 2_000;
/// Accounts that are read in one go where few of them are left out.
const CHUNK: u32 = 250;
const QUERY_MAX: usize = 254;

/// A part of a longer list.
#[derive(Debug, Clone)]
pub struct Page<T, C> {
    /// What is in this part.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<C>,
}

/// Which accounts are looked for. What is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// How the address, the user name or the shown name begins, in any spelling.
    pub begins: Option<String>,
    /// How the user name begins, in any spelling.
    pub username_begins: Option<String>,
    /// A role they hold, or `superuser`.
    pub role: Option<RoleName>,
    /// Whether they may be used.
    pub is_active: Option<bool>,
    /// Whether the address was proved.
    pub is_verified: Option<bool>,
    /// Made at or after.
    pub created_from: Option<Timestamp>,
    /// Made before.
    pub created_before: Option<Timestamp>,
    /// A declared field, and its whole value in any spelling.
    pub field: Option<(String, String)>,
}

/// An index to walk along. Those by age go from the youngest account to the oldest, the others by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// All accounts of this age.
    Age(Ages),
    /// Those that may not be used.
    Disabled(Ages),
    /// Those that hold a role.
    Role(RoleName, Ages),
    /// Those whose field of this name has this value, in normal form.
    Field(String, String, Ages),
    /// Those whose address begins so, in normal form.
    Email(String),
    /// Those whose user name begins so, in normal form.
    Username(String),
    /// Those whose shown name begins so, whatever the case of its letters.
    Name(String),
}

/// Accounts made in a span of time, by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// The first id that counts.
    pub from: UserId,
    /// The first id that is too young.
    pub before: UserId,
}

/// A place on a way: the account there, and the name by which it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The name; empty on ways by age.
    pub name: String,
    /// The account.
    pub user: UserId,
}

/// Where a page of a search begins; text for the caller to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    way: usize,
    after: Option<Place>,
}

impl Cursor {
    /// The text form.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.ok_or_else(|| Error::new(Code::MalformedParameter, "The cursor is none that was given out."))
    }
}

impl Core {
    /// Up to `limit` accounts that `filter` lets through, from `cursor` on.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`] when the words to look for are too long, or the field is none to look for;
    /// [`Code::StoreUnavailable`].
    pub async fn users(
        &self,
        filter: &UserFilter,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<User, Cursor>, Error> {
        if let Some((name, _)) = &filter.field
            && !self.settings().fields.get(name).is_some_and(|rule| rule.is_searchable)
        {
            return Err(Error::new(Code::MalformedParameter, "There is no such field to look for."));
        }
        let ways = filter.ways()?;
        let mut at = cursor.unwrap_or(Cursor { way: 0, after: None });
        let (mut items, mut left) = (Vec::new(), LOOK_MAX);
        while let Some(way) = ways.get(at.way) {
            let most = CHUNK.min(left).max(1);
            let found = self.ports().store.users_along(way, at.after.as_ref(), most).await?;
            let is_end = found.len() < most as usize;
            left = left.saturating_sub(most);
            for (place, user) in found {
                at.after = Some(place);
                if filter.lets_through(&user) && !was_shown(&user, &ways[..at.way]) {
                    items.push(user);
                    if items.len() >= limit as usize {
                        return Ok(Page { items, next: Some(at) });
                    }
                }
            }
            if is_end {
                at = Cursor { way: at.way + 1, after: None };
            } else if left == 0 {
                return Ok(Page { items, next: Some(at) });
            }
        }
        Ok(Page { items, next: None })
    }
}

impl Core {
    /// Up to `limit` accounts, youngest first, after `offset` of them were passed over; and how many there are. For callers that know
    /// no cursors: what is passed over is read, so the cost grows with `offset`.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn users_at(&self, offset: u32, limit: u32) -> Result<(Vec<User>, u64), Error> {
        let (mut passed, mut cursor, mut users) = (0, None, Vec::new());
        while users.len() < limit as usize {
            let most = if passed < offset { CHUNK.min(offset - passed) } else { limit };
            let page = self.users(&UserFilter::default(), cursor, most).await?;
            if passed < offset {
                passed += u32::try_from(page.items.len()).unwrap_or(most);
            } else {
                let left = limit as usize - users.len();
                users.extend(page.items.into_iter().take(left));
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let total = self.ports().store.count_users().await?;
        Ok((users, total))
    }
}

/// Whether an earlier way has led past this account.
fn was_shown(user: &User, ways: &[Way]) -> bool {
    ways.iter().any(|way| match way {
        Way::Email(begins) => user.email.key().starts_with(begins),
        Way::Username(begins) => {
            user.username.as_ref().map(Username::key).is_some_and(|key| key.starts_with(begins))
        }
        _ => false,
    })
}

/// Words to look for, in normal form.
fn words(text: &str) -> Result<String, Error> {
    if text.len() > QUERY_MAX {
        return Err(Error::new(Code::MalformedParameter, "There are too many words to look for."));
    }
    Ok(fold(text.trim()))
}

impl UserFilter {
    /// The ways to walk, one after the other.
    fn ways(&self) -> Result<Vec<Way>, Error> {
        if let Some(begins) = self.begins.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let key = words(begins)?;
            return Ok(vec![Way::Email(key.clone()), Way::Username(key), Way::Name(begins.to_owned())]);
        }
        if let Some(begins) = &self.username_begins {
            return Ok(vec![Way::Username(words(begins)?)]);
        }
        let ages = Ages {
            from: UserId::first_of(self.created_from.unwrap_or(Timestamp::from_millis(0))),
            before: self.created_before.map_or(UserId::LAST, UserId::first_of),
        };
        if let Some((name, value)) = &self.field {
            return Ok(vec![Way::Field(name.clone(), fold(value.trim()), ages)]);
        }
        Ok(vec![match &self.role {
            Some(role) if role.as_str() != SUPERUSER => Way::Role(role.clone(), ages),
            _ if self.is_active == Some(false) => Way::Disabled(ages),
            _ => Way::Age(ages),
        }])
    }

    fn lets_through(&self, user: &User) -> bool {
        let holds = |role: &RoleName| match role.as_str() {
            SUPERUSER => user.is_superuser,
            _ => user.roles.contains(role),
        };
        let says = |(name, value): &(String, String)| {
            user.profile.fields.get(name).is_some_and(|said| search_key(said) == fold(value.trim()))
        };
        self.role.as_ref().is_none_or(holds)
            && self.field.as_ref().is_none_or(says)
            && self.is_active.is_none_or(|wanted| wanted == user.is_active)
            && self.is_verified.is_none_or(|wanted| wanted == user.is_verified)
            && self.created_from.is_none_or(|from| user.created_at >= from)
            && self.created_before.is_none_or(|before| user.created_at < before)
    }
}
