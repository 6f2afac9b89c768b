//! Clients of other systems, each as they were written for those.

mod authx;
mod r2r;
