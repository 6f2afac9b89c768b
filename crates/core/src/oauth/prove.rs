//! Which application it is that comes for tokens (RFC 6749 §2.3).

use super::{OAuthClient, register};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::secret::Secret;

/// What an application says of itself.
#[derive(Debug)]
pub struct ClientProof {
    /// Its id, whatever was sent for it.
    pub id: String,
    /// Its secret, if it has shown one.
    pub secret: Option<Secret<String>>,
}

impl Core {
    /// The application that `proof` is of. One that has a secret has to show it, and one that has none shows none.
    ///
    /// # Errors
    /// [`Code::InvalidClient`]; [`Code::TooManyAttempts`] for a network that goes on trying; [`Code::StoreUnavailable`].
    pub async fn prove_client(&self, proof: &ClientProof, client: &Client) -> Result<OAuthClient, Error> {
        let found = match proof.id.parse() {
            Ok(id) => self.ports().store.client(id).await?,
            Err(_) => None,
        };
        let shown = proof.secret.as_ref().map(|secret| register::read(secret.expose()));
        match found {
            Some(found) if shown == found.secret.map(Some) => Ok(found),
            _ => Err(self.count_false_token(Code::InvalidClient, client).await),
        }
    }
}
