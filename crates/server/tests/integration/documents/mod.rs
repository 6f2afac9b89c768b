//! Documents over HTTP: who may do what, what goes with an account, and models that are asked.

mod account;
mod crash;
mod journey;
mod matrix;
pub(crate) mod models;
pub(crate) mod world;
