//! What clients of other systems find.

mod authx;
mod r2r;
mod transcript;
