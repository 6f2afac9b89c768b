//! A database file copied while it is written to: as it was at one moment, in a file of its own.
//!
//! Knows no table: the documents' file is copied by the same function. What was copied is looked through before it gets its name.
//!
//! Invariant: a file under the name that was asked for is whole and has reached the disk, and none is written over.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::open;
use crate::OpenError;

/// What the end of a name is until the file is whole.
const UNFINISHED: &str = ".part";
/// Looks at every page, every index, and what finds words.
const CHECK: &str = "PRAGMA integrity_check(1)";

/// Copies the database `from`, as it is at one moment, into a new file `to` that its owner alone can read; gives its size in bytes.
/// Whoever uses the database goes on meanwhile. Takes as long as the disk needs, on the calling thread.
///
/// # Errors
/// [`OpenError`]: there is a file of that name already, or the copy could not be written or is damaged. There is no file `to` then.
pub fn back_up(from: &Path, to: &Path) -> Result<u64, OpenError> {
    let unwritten = |cause| OpenError::File { path: to.to_owned(), cause };
    if to.try_exists().map_err(unwritten)? {
        return Err(unwritten(io::ErrorKind::AlreadyExists.into()));
    }
    let source = open::reading(from)?;
    let part = unfinished(to);
    let target = open::copy(&part)?;
    match copied(&source, target, &part).and_then(|()| keep(&part, to).map_err(unwritten)) {
        Ok(bytes) => Ok(bytes),
        Err(fault) => {
            let _ = fs::remove_file(&part);
            Err(fault)
        }
    }
}

fn unfinished(to: &Path) -> PathBuf {
    let mut name = OsString::from(to);
    name.push(UNFINISHED);
    PathBuf::from(name)
}

fn copied(source: &Connection, mut target: Connection, part: &Path) -> Result<(), OpenError> {
    // All in one step: between two steps a write would make the copy start again, and writes may never pause.
    match Backup::new(source, &mut target)?.step(-1)? {
        StepResult::Done => {}
        _ => return Err(OpenError::Locked),
    }
    let finding: String = target.query_row(CHECK, [], |row| row.get(0))?;
    if finding != "ok" {
        return Err(OpenError::Damaged { path: part.to_owned(), finding });
    }
    target.close().map_err(|(_, fault)| fault.into())
}

/// Brings the file to the disk, then gives it its name.
fn keep(part: &Path, to: &Path) -> io::Result<u64> {
    let file = File::open(part)?;
    file.sync_all()?;
    fs::rename(part, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file.metadata()?.len())
}
