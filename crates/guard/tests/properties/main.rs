//! What holds for every flow, text and document, not only for those somebody thought of.

#![expect(clippy::expect_used, reason = "a test whose ground gives way has to stop at once")]

mod flow_text;
mod flows;
mod keys;
mod openapi;
mod tree;
mod verdicts;
