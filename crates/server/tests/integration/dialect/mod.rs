//! What clients of other systems find.

mod r2r;
