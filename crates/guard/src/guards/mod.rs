//! The guards that come with the crate, one file for each scheme.
//!
//! | guard | credentials | standard |
//! |---|---|---|
//! | [`Basic`] | user name and password in `Authorization` | RFC 7617 |
//! | [`Bearer`] | an opaque token in `Authorization`, a form or the query | RFC 6750 |
//! | [`ApiKey`] | a key in a header or a cookie | |
//! | [`from_fn`], [`from_async_fn`] | whatever a function looks at | |

#[cfg(feature = "basic")]
mod basic;
#[cfg(feature = "bearer")]
mod bearer;
mod function;
#[cfg(any(feature = "basic", feature = "bearer", feature = "key"))]
mod hooks;
#[cfg(feature = "key")]
mod key;

#[cfg(feature = "basic")]
pub use basic::{Basic, BasicCredentials};
#[cfg(feature = "bearer")]
pub use bearer::Bearer;
pub use function::{AsyncFunction, Function, from_async_fn, from_fn};
#[cfg(feature = "key")]
pub use key::ApiKey;
