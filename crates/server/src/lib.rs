//! The server: HTTP, configuration, command line and wiring around the rules of `doorward-core`.
//!
//! | to find | look in |
//! |---|---|
//! | what an operator can say | [`config`] |
//! | a server of your own making | [`Builder`] |
//! | what a command does | [`cli`] |
//! | which path leads to which handler | [`app`] |
//! | what every request and answer has | [`http::edge`] |
//! | one route | [`api`] |
//! | the routes of other systems' clients | `dialect/` |
//! | the same for those who speak gRPC | [`grpc`] |
//! | who else is asked | [`outside`] |
//! | logins with other providers | [`upstream`] |
//! | who hears of what has ended | `revocations/` |
//! | what is mailed, and how it gets out | [`mail`] |
//! | how connections come and go | [`listen`] |

#![forbid(unsafe_code)]

/// A page with Rust in it, which is tested.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/coming-from-fireproof.md")]
struct ComingFromFireproof;

mod accounts;
pub mod api;
pub mod app;
mod builder;
pub mod cli;
pub mod config;
mod dialect;
pub mod documents;
mod forward;
pub mod grpc;
mod head_timer;
pub mod http;
pub mod listen;
pub mod mail;
pub mod openapi;
pub mod outside;
mod revocations;
pub mod telemetry;
mod tls;
pub mod upstream;

pub use builder::Builder;
