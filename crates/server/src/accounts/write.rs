//! Accounts written as CSV.
//!
//! Invariant: no cell is taken for a formula by a spreadsheet; no password hash is in the file.

use doorward_core::account::{Cursor, User, UserFilter, Username};
use doorward_core::{Core, Error};

/// Accounts that are read in one go.
const AT_ONCE: u32 = 500;
const HEAD: &str =
    "id,email,username,name,is_active,is_verified,is_superuser,roles,created_at,updated_at\r\n";

/// How far an export has come.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Nothing was written yet.
    Head,
    /// From here on.
    From(Option<Cursor>),
    /// All of it was written.
    Done,
}

/// The next part of an export, and how far it has come; `None` when all of it was written.
pub(crate) async fn next(
    core: &Core,
    filter: &UserFilter,
    progress: Progress,
) -> Result<Option<(String, Progress)>, Error> {
    let cursor = match progress {
        Progress::Head => return Ok(Some((HEAD.to_owned(), Progress::From(None)))),
        Progress::From(cursor) => cursor,
        Progress::Done => return Ok(None),
    };
    let page = core.users(filter, cursor, AT_ONCE).await?;
    let text = page.items.iter().map(line).collect();
    Ok(Some((text, page.next.map_or(Progress::Done, |cursor| Progress::From(Some(cursor))))))
}

fn line(user: &User) -> String {
    let roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
    let cells = [
        user.id.to_string(),
        user.email.as_str().to_owned(),
        user.username.as_ref().map(Username::as_str).unwrap_or_default().to_owned(),
        user.profile.name.clone().unwrap_or_default(),
        user.is_active.to_string(),
        user.is_verified.to_string(),
        user.is_superuser.to_string(),
        roles.join(" "),
        user.created_at.to_string(),
        user.updated_at.to_string(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell (RFC 4180). One that a spreadsheet would take for a formula begins with an apostrophe.
pub(crate) fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let mark = if is_formula { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{mark}{}\"", text.replace('"', "\"\""));
    }
    format!("{mark}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_two() {
        for (text, cell) in [
            ("Ada", "Ada"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=\"x\"\r\n", "\"'=\"\"x\"\"\r\n\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}
