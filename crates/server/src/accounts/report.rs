//! What became of the rows of an import.

use doorward_core::account::{Fate, IMPORT_BATCH};
use doorward_core::client::Client;
use doorward_core::{Core, Error, Principal};
use serde::Serialize;
use utoipa::ToSchema;

use super::read::Row;

/// Refused rows that are told one by one, at most.
const TOLD_MAX: usize = 1_000;

/// What became of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct Report {
    /// Accounts that were made, or would be.
    pub(crate) added: usize,
    /// Rows whose address has an account, which was left as it is.
    pub(crate) existing: usize,
    /// Rows that cannot be taken.
    pub(crate) refused: usize,
    /// Why not, for the first thousand of them.
    pub(crate) refusals: Vec<Refusal>,
}

/// Why a row cannot be taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportRefusal)]
pub(crate) struct Refusal {
    /// The number of the account in the file, from 1.
    pub(crate) row: usize,
    /// The stable code.
    pub(crate) code: &'static str,
    /// One sentence.
    pub(crate) detail: String,
    /// The field that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'static str>,
}

impl Report {
    /// How many rows there were so far.
    pub(crate) const fn rows(&self) -> usize {
        self.added + self.existing + self.refused
    }

    /// Imports all of `rows`, a batch at a time; `told` hears after each how far it is.
    pub(crate) async fn of_import(
        core: &Core,
        who: &Principal,
        (rows, is_rehearsal): (&mut (dyn Iterator<Item = Row> + Send), bool),
        client: &Client,
        mut told: impl FnMut(&Self) + Send,
    ) -> Result<Self, Error> {
        let mut report = Self::default();
        loop {
            let batch: Vec<Row> = rows.take(IMPORT_BATCH).collect();
            if batch.is_empty() {
                return Ok(report);
            }
            report.add(core, who, (batch, is_rehearsal), client).await?;
            told(&report);
        }
    }

    async fn add(
        &mut self,
        core: &Core,
        who: &Principal,
        (batch, is_rehearsal): (Vec<Row>, bool),
        client: &Client,
    ) -> Result<(), Error> {
        let mut unreadable = Vec::with_capacity(batch.len());
        let mut readable = Vec::with_capacity(batch.len());
        for row in batch {
            unreadable.push(row.map(|row| readable.push(row)).err());
        }
        let mut fates = core.import_accounts(who, readable, is_rehearsal, client).await?.into_iter();
        for error in unreadable {
            let fate = error.map(Fate::Refused).or_else(|| fates.next());
            self.note(fate.unwrap_or(Fate::Existing));
        }
        Ok(())
    }

    fn note(&mut self, fate: Fate) {
        match fate {
            Fate::Added => self.added += 1,
            Fate::Existing => self.existing += 1,
            Fate::Refused(error) => {
                self.refused += 1;
                if self.refusals.len() < TOLD_MAX {
                    self.refusals.push(Refusal {
                        row: self.rows(),
                        code: error.code().as_str(),
                        detail: error.detail().to_owned(),
                        field: error.field(),
                    });
                }
            }
        }
    }
}
