//! What the owner of an account says to an application's question.
//!
//! The page that asks carries a seal over the session and the whole question. Invariant: an answer counts in the session it was asked
//! in and for what was asked; another site can neither make up the question nor press the button.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Asked, Step};
use crate::audit::Deed;
use crate::change::{Changes, OAuthChange};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::SessionId;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::token::MasterKey;

/// What the owner said.
#[derive(Debug)]
pub struct Decision {
    /// What was asked.
    pub asked: Asked,
    /// The seal of the question.
    pub seal: Secret<String>,
    /// Whether the application may have it.
    pub allows: bool,
}

/// Seals questions.
pub(crate) struct ConsentKey(Box<hmac::Key>);

impl ConsentKey {
    /// The key that hangs on `master`.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("questions of applications"))))
    }

    pub(super) fn seal(&self, session: SessionId, asked: &Asked) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &told(session, asked))))
    }

    fn is_sealed(&self, session: SessionId, decision: &Decision) -> bool {
        let seal = URL_SAFE_NO_PAD.decode(decision.seal.expose()).unwrap_or_default();
        hmac::verify(&self.0, &told(session, &decision.asked), &seal).is_ok()
    }
}

/// Session and question in bytes that no other question has.
fn told(session: SessionId, asked: &Asked) -> Vec<u8> {
    let mut bytes = session.as_bytes().to_vec();
    for text in asked.parameters().iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

impl fmt::Debug for ConsentKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ConsentKey")
    }
}

impl Core {
    /// Takes the owner's word: keeps it and gives the code, or tells the application that it may not.
    ///
    /// # Errors
    /// [`Code::CrossSite`]: this was not asked in the session of the browser. As [`Core::destination`].
    pub async fn decide(
        &self,
        decision: &Decision,
        cookie: Option<&Secret<String>>,
        client: &Client,
    ) -> Result<Step, Error> {
        let to = self.destination(&decision.asked).await?;
        let Some(session) = self.session_of_browser(cookie).await? else { return Ok(Step::SignIn(to)) };
        if !self.consent_key().is_sealed(session.id, decision) {
            return Err(Code::CrossSite.into());
        }
        let wish = match self.wish(&decision.asked, &to) {
            Ok(wish) => wish,
            Err(why) => return Ok(to.refuse(why)),
        };
        if !decision.allows {
            return Ok(to.refuse(Code::AccessDenied));
        }
        let before = self.ports().store.consent(session.user_id, to.client.id).await?.unwrap_or_default();
        let scopes: Scopes = before.iter().chain(wish.scopes.iter()).collect();
        let event = self.event(Deed::ConsentGiven, client).by_owner(session.user_id);
        let event = event.because(format!("{}: {}", to.client.id, wish.scopes));
        let (user, client) = (session.user_id, to.client.id);
        let kept = OAuthChange::KeepConsent { user, client, scopes, at: self.now() };
        self.give_code(to, wish, &session, Changes::from(kept).recorded(event)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_one_session_and_one_question() {
        let key = ConsentKey::new(&MasterKey::from_bytes([9; 32]));
        let asked = |scope: &str| Asked::new([("scope".to_owned(), scope.to_owned())]);
        let (session, other) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let sealed = |asked: Asked| Decision {
            asked,
            seal: key.seal(session, &super::Asked::new([("scope".to_owned(), "openid".to_owned())])),
            allows: true,
        };

        assert!(key.is_sealed(session, &sealed(asked("openid"))));
        assert!(!key.is_sealed(other, &sealed(asked("openid"))));
        assert!(!key.is_sealed(session, &sealed(asked("openid email"))));
    }
}
