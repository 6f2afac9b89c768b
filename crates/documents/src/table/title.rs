//! Titles in the index: one entry for each document.
//!
//! Invariant: whoever changes a title takes it out before, and puts it in again after.

use crate::db::{Db, Fault};
use crate::{postgres, sqlite};

/// Puts the title of a document in.
pub(crate) fn put_in(db: &Db<'_>, document: i64) -> Result<(), Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::entitle(db, document),
        Db::Postgres(_) => postgres::index::entitle(db, document),
    }
}

/// Takes the title of a document out.
pub(super) fn take_out(db: &Db<'_>, document: i64) -> Result<(), Fault> {
    match db {
        Db::Sqlite(_) => sqlite::index::untitle(db, document),
        Db::Postgres(_) => Ok(()),
    }
}
