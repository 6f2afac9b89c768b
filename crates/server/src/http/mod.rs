//! HTTP around the rules: credentials in, problems out.

pub mod client_ip;
pub mod cookie;
pub mod cors;
pub mod credential;
pub mod csrf;
pub mod edge;
pub mod extract;
pub mod form;
pub mod guards;
pub mod json;
pub mod oauth;
pub mod origin;
pub(crate) mod page;
pub mod permission;
pub mod problem;
pub mod query;
pub mod reader;
pub mod upload;
