//! One account: made, verified, read, changed, deleted.

mod change_password;
mod delete;
mod limits;
mod read;
mod register;
mod reset;
mod update;
mod verify;

pub(super) use change_password::change_password;
pub(super) use delete::{delete, delete_named};
pub(super) use limits::limits;
pub(super) use read::{me, read};
pub(super) use register::register;
pub(super) use reset::{ask_reset, reset, reset_by_path};
pub(super) use update::{update, update_named};
pub(super) use verify::{send_verification, verify, verify_by_path};

use doorward_core::{Error, Principal, UserId};

/// Lets on the account itself and those who run the server.
///
/// # Errors
/// [`doorward_core::Code::Forbidden`].
pub(super) fn own_or_superuser(who: &Principal, user: UserId) -> Result<(), Error> {
    if who.user_id == user { Ok(()) } else { who.require_superuser() }
}
