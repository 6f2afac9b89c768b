//! What became of the things that were brought: counted by kind, and one by one what there is to know of them.

use doorward_core::Error;
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::print;

/// Things that are told one by one, at most, of each kind.
const TOLD_MAX: usize = 1_000;

/// What became of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Belongings {
    pub(super) collections: Kind,
    pub(super) members: Kind,
    pub(super) documents: Kind,
    pub(super) api_keys: Kind,
}

/// What became of the things of one kind.
#[derive(Debug, Default, Serialize)]
pub(super) struct Kind {
    added: usize,
    existing: usize,
    pub(super) refused: usize,
    /// Why not, and what else there is to know of what was brought.
    notes: Vec<Note>,
}

/// What there is to know of one thing.
#[derive(Debug, Serialize)]
struct Note {
    id: String,
    detail: String,
}

/// What became of one thing.
pub(super) enum Fate {
    Added,
    Existing,
}

impl Kind {
    pub(super) fn note(&mut self, id: String, fate: Result<Fate, Error>) {
        match fate {
            Ok(Fate::Added) => self.added += 1,
            Ok(Fate::Existing) => self.existing += 1,
            Err(error) => {
                self.refused += 1;
                self.say(id, error.detail().to_owned());
            }
        }
    }

    pub(super) fn say(&mut self, id: String, detail: String) {
        if self.notes.len() < TOLD_MAX {
            self.notes.push(Note { id, detail });
        }
    }
}

impl Belongings {
    /// Prints it, a line for each kind of which there is anything.
    pub(super) fn tell(&self, is_rehearsal: bool) -> Result<(), Failure> {
        let verb = if is_rehearsal { "would be made" } else { "made" };
        for (name, kind) in [
            ("collections", &self.collections),
            ("members", &self.members),
            ("documents", &self.documents),
            ("API keys", &self.api_keys),
        ] {
            for Note { id, detail } in &kind.notes {
                print(&format!("{name}: {id}: {detail}\n"))?;
            }
            let Kind { added, existing, refused, .. } = kind;
            if added + existing + refused > 0 {
                print(&format!("{name}: {added} {verb}, {existing} there already, {refused} refused\n"))?;
            }
        }
        Ok(())
    }
}
