//! What a ticket is proved with: a token for links, a code for fingers, both made from its id.
//!
//! `dwv_…` verifies an address, `dwp_…` sets a password, `dwe_…` changes an address, `dwi_…` accepts an invitation.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::Purpose;
use crate::id::MailId;
use crate::secret::Secret;
use crate::token::{MasterKey, opaque};

const PAYLOAD: usize = 16 + 32;
/// Digits of a code.
const CODE_DIGITS: usize = 8;
const CODES: u64 = 100_000_000;

/// Makes the tokens and codes of tickets.
pub(crate) struct TicketKey(hmac::Key);

impl TicketKey {
    /// The key that hangs on `master`.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("tickets")))
    }

    /// The token of the ticket `id`: always the same one.
    pub(crate) fn token(&self, purpose: Purpose, id: MailId) -> Secret<String> {
        let mut payload = Zeroizing::new([0; PAYLOAD]);
        payload[..16].copy_from_slice(id.as_bytes());
        payload[16..].copy_from_slice(&*self.bytes("token", purpose, id));
        opaque::write(prefix(purpose), &*payload)
    }

    /// The ticket that `token` is the token of; `None` when it is none that was made here for this purpose.
    pub(crate) fn read(&self, purpose: Purpose, token: &str) -> Option<MailId> {
        let payload = opaque::read::<PAYLOAD>(prefix(purpose), token)?;
        let (id, secret) = payload.split_first_chunk::<16>()?;
        let id = MailId::from_bytes(*id);
        let expected = self.bytes("token", purpose, id);
        bool::from(subtle::ConstantTimeEq::ct_eq(secret, &expected[..])).then_some(id)
    }

    /// The code of the ticket `id`: eight digits, always the same ones.
    pub(crate) fn code(&self, purpose: Purpose, id: MailId) -> Secret<String> {
        let [a, b, c, d, e, f, g, h, ..] = *self.bytes("code", purpose, id);
        let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]) % CODES;
        Secret::new(format!("{number:0CODE_DIGITS$}"))
    }

    /// Whether `code` is that of the ticket `id`; spaces and dashes that people type are passed over.
    pub(crate) fn is_code(&self, purpose: Purpose, id: MailId, code: &str) -> bool {
        let given: Zeroizing<String> =
            Zeroizing::new(code.chars().filter(|c| !matches!(c, ' ' | '-')).take(CODE_DIGITS + 1).collect());
        let expected = self.code(purpose, id);
        subtle::ConstantTimeEq::ct_eq(given.as_bytes(), expected.expose().as_bytes()).into()
    }

    fn bytes(&self, what: &str, purpose: Purpose, id: MailId) -> Zeroizing<[u8; 32]> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(what.as_bytes());
        context.update(&[0]);
        context.update(purpose.as_str().as_bytes());
        context.update(&[0]);
        context.update(id.as_bytes());
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(context.sign().as_ref());
        bytes
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TicketKey")
    }
}

const fn prefix(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::VerifyEmail => "dwv_",
        Purpose::ResetPassword => "dwp_",
        Purpose::ChangeEmail => "dwe_",
        Purpose::Invitation => "dwi_",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MailId = MailId::from_bytes([5; 16]);

    fn key(byte: u8) -> TicketKey {
        TicketKey::new(&MasterKey::from_bytes([byte; 32]))
    }

    #[test]
    fn a_token_is_good_for_its_own_purpose_and_server_alone() {
        let token = key(1).token(Purpose::VerifyEmail, ID);

        assert_eq!(key(1).read(Purpose::VerifyEmail, token.expose()), Some(ID));
        assert_eq!(key(1).read(Purpose::ResetPassword, token.expose()), None);
        assert_eq!(key(1).read(Purpose::ResetPassword, &token.expose().replace("dwv_", "dwp_")), None);
        assert_eq!(key(2).read(Purpose::VerifyEmail, token.expose()), None);
    }

    #[test]
    fn a_code_has_eight_digits_and_is_read_with_the_spaces_people_type() {
        let code = key(1).code(Purpose::VerifyEmail, ID);
        let typed = format!(" {}-{}", &code.expose()[..4], &code.expose()[4..]);

        assert_eq!(code.expose().len(), 8);
        assert!(key(1).is_code(Purpose::VerifyEmail, ID, &typed));
        assert!(!key(1).is_code(Purpose::VerifyEmail, ID, &format!("{typed}0")));
        assert!(!key(1).is_code(Purpose::ChangeEmail, ID, &typed));
        assert!(!key(1).is_code(Purpose::VerifyEmail, ID, ""));
    }
}
