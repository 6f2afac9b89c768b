//! Tokens: access tokens that anybody can check, refresh tokens and cookies that only the server knows.

pub(crate) mod access;
pub(crate) mod cookie;
mod device;
pub(crate) mod keyring;
mod life;
mod master_key;
pub(crate) mod opaque;
pub(crate) mod refresh;
pub(crate) mod rotate_keys;
mod stored_key;

pub(crate) use device::{Device, DeviceKey};
pub use keyring::PUBLISHED_AHEAD;
pub use master_key::MasterKey;
pub(crate) use master_key::Seal;
pub use rotate_keys::Takeover;
pub use stored_key::StoredKey;
