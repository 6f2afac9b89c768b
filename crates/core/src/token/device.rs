//! The token of a device that somebody has logged in from before.
//!
//! It opens nothing: it only lets the next login there be counted apart from those of strangers (see [`crate::gate`]). It is kept
//! nowhere. Whose it is and until when stand in it, under a MAC that also covers the version of the password: a new password makes
//! every one of them worthless.
//!
//! Invariant: an account has a few places for devices and no more, however many tokens are given; what one device uses up, those
//! in its place share.

use std::fmt;

use aws_lc_rs::hmac;

use super::{MasterKey, opaque};
use crate::account::User;
use crate::id::UserId;
use crate::port::Entropy;
use crate::secret::Secret;
use crate::time::{Timestamp, Ttl};

const PREFIX: &str = "dwd_";
/// How many places for devices an account has.
const PLACES: u8 = 8;
/// Account, place, and end in milliseconds.
const HEAD: usize = 16 + 1 + 8;
const PAYLOAD: usize = HEAD + 32;

/// A device that the owner of an account has logged in from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device {
    /// Which of the account's places it has.
    pub(crate) place: u8,
    /// When its token ends.
    pub(crate) expires_at: Timestamp,
}

/// Whose device it is, and the password they had then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    user: UserId,
    password_version: i64,
}

impl From<&User> for Owner {
    fn from(user: &User) -> Self {
        Self { user: user.id, password_version: user.password_version }
    }
}

/// Makes and reads the tokens of devices.
pub(crate) struct DeviceKey(Box<hmac::Key>);

impl DeviceKey {
    /// The key that hangs on `master`.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("devices"))))
    }

    fn write(&self, owner: Owner, device: Device) -> Secret<String> {
        let head = head(owner.user, device);
        let mac = self.mac(&head, owner.password_version);
        opaque::write(PREFIX, &[&head, mac.as_ref()].concat())
    }

    /// The device of `owner` that has this token; `None` when it is no such token, or no longer.
    pub(crate) fn read(&self, token: &str, owner: Owner, now: Timestamp) -> Option<Device> {
        let payload = opaque::read::<PAYLOAD>(PREFIX, token)?;
        let (head, mac) = payload.split_first_chunk::<HEAD>()?;
        let expected = self.mac(head, owner.password_version);
        let is_ours = bool::from(subtle::ConstantTimeEq::ct_eq(mac, expected.as_ref()));
        let (user, rest) = head.split_first_chunk::<16>()?;
        let (place, end) = rest.split_first()?;
        let expires_at = Timestamp::from_millis(i64::from_be_bytes(end.try_into().ok()?));
        let is_good = is_ours && user == owner.user.as_bytes() && now < expires_at;
        is_good.then_some(Device { place: *place, expires_at })
    }

    /// A token to go on with for `owner`, who has just logged in, perhaps from `known`; `None` while the one they have is young, and
    /// where `life` is zero.
    pub(crate) fn next(
        &self,
        owner: Owner,
        known: Option<Device>,
        (now, life): (Timestamp, Ttl),
        entropy: &dyn Entropy,
    ) -> Option<Secret<String>> {
        let is_young = |known: &Device| known.expires_at.since(now).as_millis() > life.as_millis() / 2;
        if life == Ttl::ZERO || known.as_ref().is_some_and(is_young) {
            return None;
        }
        let place = known.map_or_else(|| entropy.bytes::<1>()[0] % PLACES, |known| known.place);
        Some(self.write(owner, Device { place, expires_at: now + life }))
    }

    fn mac(&self, head: &[u8], password_version: i64) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(head);
        context.update(&password_version.to_be_bytes());
        context.sign()
    }
}

fn head(user: UserId, device: Device) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..16].copy_from_slice(user.as_bytes());
    head[16] = device.place;
    head[17..].copy_from_slice(&device.expires_at.as_millis().to_be_bytes());
    head
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DeviceKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::SystemEntropy;

    const NOW: Timestamp = Timestamp::from_millis(1_769_846_400_000);
    const LIFE: Ttl = Ttl::from_days(90);

    fn key(byte: u8) -> DeviceKey {
        DeviceKey::new(&MasterKey::from_bytes([byte; 32]))
    }

    const fn owner(byte: u8) -> Owner {
        Owner { user: UserId::from_bytes([byte; 16]), password_version: 1 }
    }

    fn token(owner: Owner) -> Secret<String> {
        key(1).next(owner, None, (NOW, LIFE), &SystemEntropy).unwrap()
    }

    #[test]
    fn a_token_counts_for_its_account_until_its_end_or_a_new_password() {
        let (ada, eve) = (owner(1), owner(2));
        let token = token(ada);
        let changed = Owner { password_version: 2, ..ada };

        assert!(key(1).read(token.expose(), ada, NOW).is_some());
        assert!(key(1).read(token.expose(), ada, NOW + LIFE).is_none(), "too old");
        assert!(key(1).read(token.expose(), eve, NOW).is_none(), "of another account");
        assert!(key(1).read(token.expose(), changed, NOW).is_none(), "of an older password");
        assert!(key(2).read(token.expose(), ada, NOW).is_none(), "of another server");
    }

    #[test]
    fn nobody_writes_a_token_without_the_key() {
        let ada = owner(1);
        let payload = opaque::read::<PAYLOAD>(PREFIX, token(ada).expose()).unwrap();

        for at in 0..PAYLOAD {
            let mut forged = *payload;
            forged[at] ^= 1;
            let forged = opaque::write(PREFIX, &forged);
            assert!(key(1).read(forged.expose(), ada, NOW).is_none(), "byte {at}");
        }
    }

    #[test]
    fn a_device_keeps_its_place_and_gets_a_new_token_at_half_time() {
        let ada = owner(1);
        let device = key(1).read(token(ada).expose(), ada, NOW).unwrap();
        let half = NOW + Ttl::from_days(45);

        assert!(key(1).next(ada, Some(device), (NOW, LIFE), &SystemEntropy).is_none());
        let renewed = key(1).next(ada, Some(device), (half, LIFE), &SystemEntropy).unwrap();

        let renewed = key(1).read(renewed.expose(), ada, half).unwrap();
        assert_eq!(renewed, Device { place: device.place, expires_at: half + LIFE });
        assert!(device.place < PLACES);
    }

    #[test]
    fn no_tokens_are_given_where_they_have_no_life() {
        assert!(key(1).next(owner(1), None, (NOW, Ttl::ZERO), &SystemEntropy).is_none());
    }
}
