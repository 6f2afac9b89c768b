//! Letters as files in a folder: for development, and for those who send them on by themselves.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lettre::message::Mailbox;

use super::smtp::message;
use super::{Courier, Letter, Undelivered};

/// Letters that are kept; older ones make room.
const KEPT: usize = 1_000;

/// Writes each letter into a file that its owner alone can read: it holds tokens.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    from: Mailbox,
}

impl Folder {
    /// A courier to the folder at `path`, which is made with the first letter.
    pub fn new(path: &Path, from: &Mailbox) -> Self {
        Self { path: path.to_owned(), from: from.clone() }
    }

    fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = message(letter, &self.from)?.formatted();
        let path = self.path.join(format!("{}.eml", letter.id));
        let folder = DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        let written = folder
            .and_then(|()| OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path))
            .and_then(|mut file| file.write_all(&message));
        written.map_err(|fault| Undelivered { why: format!("mail.folder: {fault}"), is_final: false })?;
        self.make_room();
        Ok(())
    }

    /// Removes the oldest letters beyond [`KEPT`]: their names sort by age.
    fn make_room(&self) {
        let Ok(entries) = std::fs::read_dir(&self.path) else { return };
        let is_letter = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "eml");
        let mut letters: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_letter).collect();
        if letters.len() > KEPT {
            letters.sort();
            letters.truncate(letters.len() - KEPT);
            for letter in letters {
                let _ = std::fs::remove_file(letter);
            }
        }
    }
}

#[async_trait]
impl Courier for Folder {
    async fn carry(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.write(letter)
    }
}
