//! How a command ends: one line that says what to do, and a code that scripts can tell apart.

use doorward_core::{Code, Error};
use doorward_documents::copy;
use doorward_store::{CopyError, OpenError};

use crate::config::ConfigError;

/// Exit codes, after sysexits where it has a fitting one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for cannot be done; the text says why.
    Refused = 1,
    /// Rules and operations do not cover each other.
    Uncovered = 3,
    /// The migration failed, or the database is of a newer version.
    Migration = 65,
    /// The address is in use, or the server does not answer.
    Address = 69,
    /// The database cannot be opened.
    Database = 74,
    /// The configuration cannot be used.
    Configuration = 78,
}

pub(super) const HELP: &str = "\
Exit codes: 0 done, 1 refused, 2 wrong usage, 3 rules do not cover an API, 65 migration failed or
database of a newer version, 69 address in use or no answer, 74 database cannot be opened,
78 configuration cannot be used.";

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One line: what is wrong, and what to do.
    pub text: String,
}

impl Failure {
    pub(super) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }
}

impl From<ConfigError> for Failure {
    fn from(fault: ConfigError) -> Self {
        Self::new(Exit::Configuration, fault.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(fault: OpenError) -> Self {
        let exit = match &fault {
            OpenError::Newer { .. } | OpenError::Migration { .. } => Exit::Migration,
            OpenError::File { .. }
            | OpenError::Locked
            | OpenError::Sqlite(_)
            | OpenError::Damaged { .. }
            | OpenError::UnfinishedCopy
            | OpenError::Postgres(_)
            | OpenError::Thread(_) => Exit::Database,
        };
        Self::new(exit, fault.to_string())
    }
}

impl From<CopyError> for Failure {
    fn from(fault: CopyError) -> Self {
        match fault {
            CopyError::Open(fault) => fault.into(),
            CopyError::Older { .. } => Self::new(Exit::Migration, fault.to_string()),
            CopyError::Interrupted { .. } | CopyError::Unusable(_) => {
                Self::new(Exit::Database, fault.to_string())
            }
            CopyError::InUse(_) | CopyError::NotEmpty(_) | CopyError::Differs { .. } => {
                Self::new(Exit::Refused, fault.to_string())
            }
        }
    }
}

impl From<copy::CopyError> for Failure {
    fn from(fault: copy::CopyError) -> Self {
        let exit = match &fault {
            copy::CopyError::Older { .. } => Exit::Migration,
            copy::CopyError::Open(_) | copy::CopyError::Interrupted(_) => Exit::Database,
            copy::CopyError::InUse(_) | copy::CopyError::NotEmpty(_) | copy::CopyError::Differs { .. } => {
                Exit::Refused
            }
        };
        Self::new(exit, fault.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.code() {
            Code::StoreUnavailable => Exit::Database,
            _ => Exit::Refused,
        };
        let field = error.field().map(|field| format!("{field}: ")).unwrap_or_default();
        let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        Self::new(exit, format!("{field}{}{cause}", error.detail()))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(fault: anyhow::Error) -> Self {
        Self::new(Exit::Refused, format!("{fault:#}"))
    }
}
