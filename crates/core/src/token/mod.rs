//! Tokens: access tokens that anybody can check, refresh tokens that only the server knows.

mod stored_key;

pub use stored_key::StoredKey;
