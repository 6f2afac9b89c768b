//! The server as its callers see it: `api/` mirrors the paths, the other files are about what all paths share.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test whose ground gives way has to stop at once"
)]

mod anonymous;
mod api;
mod applications;
mod asking_services;
mod breached;
mod captcha;
mod cli;
mod cors;
mod crash;
mod credential;
mod cross_site;
mod deployments;
mod device;
mod dialect;
mod documents;
mod edge;
mod example_services;
mod failover;
mod faults;
mod forged_token;
mod forward_auth;
mod grpc;
mod guards;
mod hooks;
mod journey;
mod limits;
mod mail;
mod mirror;
mod nodes;
mod openapi;
mod others;
mod pages;
mod passkeys;
mod permission;
mod problem;
mod process;
mod proxies;
mod read_replica;
mod requirements;
mod resource_server;
mod restart;
mod schemathesis;
mod second_factor;
mod secrets_in_logs;
mod structure;
mod tls;
mod traces;
mod wire;
