//! API keys of an account: made, listed, revoked.
//!
//! R2R's clients know a key as `public.secret`. Here the public part is the key's id and the secret part the key as everywhere
//! else in Doorward, so that both texts are good for both surfaces. A key that was brought along goes by the parts that it had.

mod create;
mod list;
mod revoke;

pub(super) use create::create;
pub(super) use list::list;
pub(super) use revoke::revoke;
