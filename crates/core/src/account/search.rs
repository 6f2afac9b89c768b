//! Accounts as the people who run the server look for them.

use crate::account::User;
use crate::core::Core;
use crate::error::Error;
use crate::id::UserId;

/// A part of a longer list.
#[derive(Debug, Clone)]
pub struct Page<T, C> {
    /// What is in this part.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<C>,
}

impl Core {
    /// The `limit` youngest accounts older than `before`, youngest first.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn users(&self, before: Option<UserId>, limit: u32) -> Result<Page<User, UserId>, Error> {
        let items = self.ports().store.users_before(before, limit).await?;
        let is_full = items.len() >= limit as usize;
        let next = items.last().filter(|_| is_full).map(|user| user.id);
        Ok(Page { items, next })
    }
}
