//! R2R's dialect.

mod clients;
