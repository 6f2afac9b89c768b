//! Files of accounts: read for an import, written for an export.

mod elements;
pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod write;
