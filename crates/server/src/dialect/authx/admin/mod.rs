//! What administrators do: look for accounts, ban and kick them, give permissions, and end everybody's sessions.
//!
//! Invariant: a list looks at a bounded number of accounts, whatever there are.

mod ban;
mod blackout;
mod kick;
mod permissions;
mod read;
mod search;

use axum::Router;
use axum::routing::{get, post};
use doorward_core::account::{User, UserFilter};
use doorward_core::{Core, Error};

use crate::app::AppState;

/// Accounts that one list looks at, at most.
const MOST: usize = 1_000;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(search::search))
        .route("/id_by_username", get(read::id_by_username))
        .route("/blacklist", get(ban::list))
        .route("/blackout", get(blackout::read).post(blackout::begin).delete(blackout::end))
        .route("/{id}", get(read::read))
        .route("/{id}/blacklist", post(ban::toggle))
        .route("/{id}/kick", post(kick::kick))
        .route("/{id}/permissions", post(permissions::change))
}

/// The first accounts that `filter` lets through.
async fn first(core: &Core, filter: &UserFilter) -> Result<Vec<User>, Error> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let left = u32::try_from(MOST - found.len()).unwrap_or_default();
        let page = core.users(filter, cursor, left).await?;
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() || found.len() >= MOST {
            return Ok(found);
        }
    }
}
