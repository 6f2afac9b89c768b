//! Where Doorward keeps what it must not lose, and what it may forget.
//!
//! [`Sqlite`] or [`Postgres`] stands behind the durable ports of `doorward-core`, [`MemoryLimiter`] behind its meters; with a
//! [`Cache`], [`SharedLimiter`] is. It holds no rule. Nothing else keeps accounts; documents have a database of their own, in
//! `doorward-documents`.
//!
//! | to find | look in |
//! |---|---|
//! | what a change does to the tables | `apply.rs` |
//! | a statement | the file of its table: `user.rs`, `profile.rs`, `search.rs`, `setting.rs`, `session.rs`, `ticket.rs`, `mail.rs`, `key.rs`, `audit.rs`, `checkpoint.rs`, `role.rs`, `api_key.rs`, `alias.rs`, `client.rs`, `code.rs`, `consent.rs`, `logout.rs`, `passkey.rs`, `challenge.rs`, `factor.rs`, `recovery_code.rs`, `pending_login.rs` |
//! | how one text and one function serve every engine | `db/` |
//! | how writes share a commit, and wait for each other | `sqlite/writer.rs`, `postgres/writer.rs` |
//! | what nodes share and may lose | `ephemeral/` |
//! | how a database is brought to another place | `copy/` |
//! | how a file is copied while it is used | `sqlite/backup.rs` |
//! | the tables | `migrations/` |

#![forbid(unsafe_code)]

mod alias;
mod api_key;
mod apply;
mod audit;
mod challenge;
mod checkpoint;
mod client;
mod code;
mod commits;
mod consent;
mod copy;
mod cursor;
mod db;
mod durable;
mod ephemeral;
mod error;
mod factor;
mod figure;
mod identity;
mod key;
mod limit;
mod logout;
mod mail;
mod migrate;
mod passkey;
mod pending_login;
mod postgres;
mod profile;
mod recovery_code;
mod role;
mod search;
mod session;
mod setting;
mod sqlite;
mod ticket;
mod user;

pub use copy::{CopiedTable, CopyError, CopyMode, CopyProgress, Place, copy};
pub use durable::Durable;
pub use ephemeral::{
    Cache, CacheError, CacheOptions, ForAll, MemoryLimiter, MirroredSessions, NewsChannel, SharedLimiter,
};
pub use error::OpenError;
pub use migrate::latest_version;
#[cfg(feature = "fake")]
pub use postgres::FreshDatabase;
pub use postgres::{
    DatabaseClock, Elsewhere, Postgres, PostgresEngine, PostgresOptions, ReplicaOptions, Tls, pool,
};
pub use sqlite::{Sqlite, SqliteEngine, SqliteOptions, back_up};

/// Every statement of the crate, for the tests that prepare and explain them.
#[cfg(test)]
fn all_statements() -> impl Iterator<Item = &'static str> {
    [
        user::ALL,
        profile::ALL,
        search::ALL,
        setting::ALL,
        session::ALL,
        ticket::ALL,
        mail::ALL,
        key::ALL,
        audit::ALL,
        checkpoint::ALL,
        role::ALL,
        api_key::ALL,
        cursor::ALL,
        figure::ALL,
        identity::ALL,
        alias::ALL,
        limit::ALL,
        logout::ALL,
        client::ALL,
        code::ALL,
        consent::ALL,
        factor::ALL,
        recovery_code::ALL,
        pending_login::ALL,
        passkey::ALL,
        challenge::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod statements;
