//! What OpenAPI says of guards: a security scheme for each, and requirements for each operation, from the rules themselves.
//!
//! Works on documents as JSON, of OpenAPI 3.0 to 3.2; with the feature `utoipa` on its type as well. Does not describe
//! operations: applications do. Invariant: a requirement never says less than the rule asks for without a warning.

mod coverage;
mod document;
mod operations;
mod prune;
mod security;
#[cfg(feature = "utoipa")]
mod typed;

pub use coverage::{Coverage, Operation};
pub use prune::{Warning, prune};
pub use security::{Requirement, SecurityError};
#[cfg(feature = "utoipa")]
pub use typed::TypedError;
