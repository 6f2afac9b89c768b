//! How the server is, for those who run it, and for everybody whether it answers at all.

mod health;
mod logs;
mod machine;
mod settings;
mod status;

pub(super) use health::health;
pub(super) use logs::{analytics, logs};
pub(super) use settings::settings;
pub(super) use status::status;
