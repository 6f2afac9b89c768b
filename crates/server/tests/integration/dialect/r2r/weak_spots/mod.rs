//! What goes wrong in servers of this kind, by number, and does not here.
//!
//! That every generation of clients gets along with the server (25) is shown by their own journeys.

mod accounts;
mod authority;
mod passwords;
mod tokens;
