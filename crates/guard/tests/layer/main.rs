//! The layer around an axum application: what reaches handlers, and how the rest is answered.

#![expect(clippy::unwrap_used, reason = "a test whose ground gives way has to stop at once")]

mod app;
mod bodies;
mod extractors;
mod grpc;
mod refusals;
mod routes;
mod sessions;
