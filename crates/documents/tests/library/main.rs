//! The library as those see it who build on it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod adding;
mod changing;
mod copying;
mod corpus;
mod crash;
mod filtering;
mod forgetting;
mod meaning;
mod reading;
mod searching;
mod sharing;
mod world;
