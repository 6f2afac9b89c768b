//! The layer around an axum application: what reaches handlers, and how the rest is answered.

mod app;
mod bodies;
mod extractors;
mod refusals;
mod routes;
mod sessions;
