//! Files of accounts: read for an import, written for an export, also as other systems wrote them.

pub(crate) mod authx;
pub(crate) mod members;
pub(crate) mod r2r;
pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod write;
