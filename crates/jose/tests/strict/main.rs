//! What is accepted and what is not: vectors of Project Wycheproof, examples of the RFCs, and every forgery we know of.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod examples;
mod forged;
mod properties;
mod wycheproof;
