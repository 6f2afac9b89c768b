//! Clients of other systems: what they send, and what they find.

mod authx;
mod pages;
mod r2r;
mod tp;
mod transcript;
