//! What the server tells of itself: logs, traces and figures.

pub mod figures;
pub mod logs;
pub mod requests;
