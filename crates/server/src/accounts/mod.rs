//! Files of accounts: read for an import, written for an export.

pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod write;
