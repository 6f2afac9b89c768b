//! A provider of the configuration, as one way among others to prove who somebody is.
//!
//! Nothing is kept of a login under way: it travels in `state`, sealed. Invariant: what was begun for a client is not finished by
//! the page, nor the other way round.

use std::sync::Arc;

use async_trait::async_trait;
use doorward_core::port::{
    AuthFault, AuthProvider, Begin, Clock, ComesBackTo, LoginAnswer, LoginStart, NoAnswer, ProvenIdentity,
};
use doorward_core::{Code, Error, Secret};
use doorward_guard::{LinkAnswer, LoginFault, LoginLink, SealKey};

use super::{guard, identity, page_callback};
use crate::config::ProviderConfig;

/// A provider, and the ways there.
pub(super) struct Upstream {
    name: String,
    /// For clients that take the answer themselves, where one of them is registered.
    clients: Option<LoginLink>,
    page: LoginLink,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Upstream").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Upstream {
    /// # Errors
    /// A sentence that names the setting.
    pub(super) fn open(
        provider: &ProviderConfig,
        public_url: &str,
        key: &Secret<[u8; 32]>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let name = &provider.name;
        let link = |callback: &str| {
            let key = SealKey::from_bytes(*key.expose());
            let link = LoginLink::new(name, &*guard(provider, callback), key);
            link.map_err(|fault| format!("providers.{name}: {fault}"))
        };
        Ok(Self {
            name: name.clone(),
            clients: provider.redirect_uri.as_deref().map(link).transpose()?,
            page: link(&format!("{public_url}{}", page_callback(name)))?,
            clock,
        })
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.clock.now().as_seconds()
    }

    fn link(&self, comes_back_to: ComesBackTo) -> Result<&LoginLink, AuthFault> {
        match comes_back_to {
            ComesBackTo::Page => Ok(&self.page),
            ComesBackTo::Client => self.clients.as_ref().ok_or_else(|| {
                let text = "The provider is not told where the browsers of clients come back to: providers.….redirect_uri.";
                AuthFault::Rule(Box::new(Error::new(Code::NotFound, text)))
            }),
        }
    }
}

#[async_trait]
impl AuthProvider for Upstream {
    fn id(&self) -> &str {
        &self.name
    }

    async fn begin(&self, start: &LoginStart) -> Result<Begin, AuthFault> {
        let begun = self.link(start.comes_back_to)?.begin(self.now()).await;
        begun.map(|begun| Begin::Redirect(begun.location)).map_err(|fault| self.fault(&fault))
    }

    async fn finish(&self, answer: &LoginAnswer) -> Result<ProvenIdentity, AuthFault> {
        let (Some(code), Some(state)) = (answer.field("code"), answer.field("state")) else {
            return Err(AuthFault::Refused);
        };
        let link = self.link(answer.came_back_to)?;
        let answer = LinkAnswer { code, state, issuer: answer.field("iss") };
        let proved = link.finish(answer, self.now()).await;
        proved.map(|user| identity(&user)).map_err(|fault| self.fault(&fault))
    }
}

impl Upstream {
    fn fault(&self, fault: &LoginFault) -> AuthFault {
        tracing::warn!(provider = self.name, %fault, "A login with a provider did not work");
        match fault {
            LoginFault::Unreachable(_) => NoAnswer(fault.to_string()).into(),
            LoginFault::Mismatch(_) | LoginFault::Denied(_) | LoginFault::BadAnswer(_) => AuthFault::Refused,
        }
    }
}
