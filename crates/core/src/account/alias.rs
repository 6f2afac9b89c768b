//! Other names of accounts: what clients of other systems know them by, and keep.
//!
//! A number is given to an account when such a client first sees it; accounts that were moved in bring the name along that
//! they had. A name is only a name: it proves nothing and allows nothing.
//!
//! Invariant: a name leads to one account for ever. When the account goes its names go, and no number is given out twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::account::User;
use crate::change::{AccountChange, Changes};
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;

/// Which clients know an account by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AliasKind {
    /// Those that know accounts by a number.
    Number,
    /// Those of R2R: the id that the account had there.
    R2r,
}

impl AliasKind {
    /// Every kind there is.
    pub const ALL: &'static [Self] = &[Self::Number, Self::R2r];

    /// The stable text of the kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::R2r => "r2r",
        }
    }
}

impl fmt::Display for AliasKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Core {
    /// The number of an account; it is given one if it has none.
    ///
    /// # Errors
    /// [`Code::NotFound`] when there is no such account; [`Code::StoreUnavailable`].
    pub async fn number_of(&self, user: UserId) -> Result<i64, Error> {
        let numbers = self.numbers_of(&[user]).await?;
        numbers.first().copied().ok_or_else(|| Code::NotFound.into())
    }

    /// The numbers of accounts, in their order; those without one are given one.
    ///
    /// # Errors
    /// As [`Core::number_of`].
    pub async fn numbers_of(&self, users: &[UserId]) -> Result<Vec<i64>, Error> {
        let mut new = Changes::new();
        for user in users {
            if self.number_kept(*user).await?.is_none() {
                new = new.with(AccountChange::Number { user: *user });
            }
        }
        if !new.as_slice().is_empty() {
            self.apply(new).await?;
        }
        let mut numbers = Vec::with_capacity(users.len());
        for user in users {
            numbers.push(self.number_kept(*user).await?.ok_or(Code::NotFound)?);
        }
        Ok(numbers)
    }

    /// The account that clients know by `number`.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::StoreUnavailable`].
    pub async fn account_numbered(&self, number: i64) -> Result<User, Error> {
        self.account_known_as(AliasKind::Number, &number.to_string()).await
    }

    /// The account that clients of another system know by `alias`.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::StoreUnavailable`].
    pub async fn account_known_as(&self, kind: AliasKind, alias: &str) -> Result<User, Error> {
        let found = self.ports().store.user_by_alias(kind, alias).await?;
        self.account(found.ok_or_else(|| Error::new(Code::NotFound, "There is no such account."))?).await
    }

    /// By what name clients of another system know an account.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn alias_of(&self, user: UserId, kind: AliasKind) -> Result<Option<String>, Error> {
        Ok(self.ports().store.alias_of(user, kind).await?)
    }

    /// By what names clients of another system know those of `users` that they do know by one.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn aliases_among(
        &self,
        users: &BTreeSet<UserId>,
        kind: AliasKind,
    ) -> Result<BTreeMap<UserId, String>, Error> {
        let users: Vec<UserId> = users.iter().copied().collect();
        Ok(self.ports().store.aliases_among(&users, kind).await?.into_iter().collect())
    }

    /// The account that `id` names: the one that clients of another system know by it, or else the one whose own id it is,
    /// whether or not there is such an account.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn account_behind(&self, kind: AliasKind, id: UserId) -> Result<UserId, Error> {
        Ok(self.ports().store.user_by_alias(kind, &id.to_string()).await?.unwrap_or(id))
    }

    async fn number_kept(&self, user: UserId) -> Result<Option<i64>, Error> {
        let alias = self.ports().store.alias_of(user, AliasKind::Number).await?;
        Ok(alias.and_then(|text| text.parse().ok()))
    }
}
