//! Accounts as AuthX kept them: the members of its collection of users, as JSON or CSV.
//!
//! `id`, `email`, `username`, `password` (bcrypt or Django's PBKDF2), `active`, `confirmed`, `permissions`, `provider`, `sid`,
//! `created_at`; the permission `admin` makes a superuser, the others are roles of the same names. One that cannot be the name of a
//! role is refused with its account: its name is for whoever runs the server to choose.

use doorward_core::account::{AliasKind, ImportRow};
use doorward_core::role::RoleName;
use doorward_core::{Code, Error, Secret};

use super::members::Members;
use super::read::Row;

/// The permission of those who run the server.
const ADMIN: &str = "admin";

/// The account in `members`.
///
/// # Errors
/// [`Code::InvalidField`].
pub(crate) fn account(members: &Members) -> Row {
    let id = members.text("id").map(|text| number(&text)).transpose()?;
    let permissions = members.words("permissions");
    if let Some(other) = permissions.iter().find(|name| name.parse::<RoleName>().is_err()) {
        return Err(not_a_role(other));
    }
    Ok(ImportRow {
        email: members.text("email").unwrap_or_default(),
        username: members.text("username"),
        password_hash: members.text("password").map(Secret::new),
        is_disabled: members.flag("active")? == Some(false),
        is_verified: members.flag("confirmed")? == Some(true),
        is_superuser: permissions.iter().any(|permission| permission == ADMIN),
        roles: permissions.into_iter().filter(|permission| permission != ADMIN).collect(),
        alias: id.map(|id| (AliasKind::Number, id)),
        identity: members.text("provider").zip(members.text("sid")),
        created_at: members.moment("created_at"),
        ..ImportRow::default()
    })
}

/// A permission is never renamed here: two that became one role would give what nobody gave.
fn not_a_role(permission: &str) -> Error {
    let shown: String = permission.chars().filter(|c| !c.is_control()).take(64).collect();
    let why = format!(
        "The permission \"{shown}\" cannot be the name of a role (1 to 64 of a-z, 0-9, '-', '_' and '.'): call it otherwise in \
         the file, in every account that has it, and import again."
    );
    Error::new(Code::InvalidField, why).about("permissions")
}

/// The digits of a number that an account can have.
fn number(text: &str) -> Result<String, Error> {
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    let refused = || Error::new(Code::InvalidField, "This is no number of an account.").about("id");
    number.map(|number| number.to_string()).ok_or_else(refused)
}
