//! Signing in to a host that a proxy guards: the code of [`crate::oauth`], with a cookie of that host at its end.
//!
//! Invariant: a code opens a session for the browser that asked for it (it holds what the code's challenge was made of), at the host it
//! was given for, once.

use crate::audit::Deed;
use crate::change::{Changes, OAuthChange};
use crate::client::Client;
use crate::core::Core;
use crate::digest::Digest;
use crate::error::Error;
use crate::id::ClientId;
use crate::oauth::{Asked, OAuthClient, Redemption};
use crate::scope::{self, Scopes};
use crate::secret::Secret;
use crate::session::SignedIn;

/// Keeps ids of hosts apart from whatever else is digested.
const CONTEXT: &str = "doorward guarded host ";

/// A host whose requests are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedHost {
    /// Its origin, as `https://wiki.example`.
    pub origin: String,
    /// Where on it browsers come back from signing in.
    pub callback: String,
    id: ClientId,
}

/// What a browser brings back from signing in.
#[derive(Debug)]
pub struct Return {
    /// The code.
    pub code: Secret<String>,
    /// What it had kept since it was sent away.
    pub attempt: Secret<String>,
}

impl GuardedHost {
    /// The host with this origin, where browsers come back to the path `callback`.
    pub fn new(origin: String, callback: &str) -> Self {
        let digest = Digest::of(format!("{CONTEXT}{origin}").as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        // A UUID of the kind that says nothing (RFC 9562 §5.8).
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self { callback: format!("{origin}{callback}"), origin, id: ClientId::from_bytes(bytes) }
    }

    /// The application that stands for it.
    pub const fn id(&self) -> ClientId {
        self.id
    }

    /// Where browsers are sent after they have signed out.
    pub fn goodbye(&self) -> String {
        format!("{}/", self.origin)
    }

    /// What a browser is sent to ask, which keeps `attempt` meanwhile and wants to go on at `back`.
    pub fn asked(&self, attempt: &Secret<String>, back: &str) -> Asked {
        let challenge = Digest::of(attempt.expose().as_bytes()).to_string();
        let id = self.id.to_string();
        let said = [
            ("client_id", &*id),
            ("redirect_uri", &*self.callback),
            ("response_type", "code"),
            ("scope", scope::PROFILE),
            ("state", back),
            ("code_challenge", &*challenge),
            ("code_challenge_method", "S256"),
        ];
        Asked::new(said.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }
}

impl Core {
    /// What a browser keeps while it is away: `kept`, where it keeps something that can be used, so that its other windows come back too.
    pub fn attempt(&self, kept: Option<&str>) -> Secret<String> {
        let kept = kept.filter(|kept| kept.parse::<Digest>().is_ok());
        Secret::new(
            kept.map_or_else(|| Digest::from_bytes(self.entropy().bytes()).to_string(), str::to_owned),
        )
    }

    /// The application that stands for `host`, which is made at the first need.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`].
    pub async fn client_of_host(&self, host: &GuardedHost, client: &Client) -> Result<OAuthClient, Error> {
        if let Some(found) = self.ports().store.client(host.id).await? {
            return Ok(found);
        }
        let at = self.now();
        let added = OAuthClient {
            id: host.id,
            name: host.origin.clone(),
            // The digest of what nobody knows: nothing but this server redeems its codes.
            secret: Some(Digest::from_bytes(self.entropy().bytes())),
            redirect_uris: vec![host.callback.clone()],
            post_logout_uris: vec![host.goodbye()],
            logout_uri: None,
            scopes: [scope::PROFILE].into_iter().collect(),
            own_scopes: Scopes::default(),
            renewed_at: at,
            is_trusted: true,
            created_at: at,
        };
        let event = self.event(Deed::ClientAdded, client).because(format!("{} {}", added.id, added.name));
        let add = OAuthChange::AddClient(Box::new(added.clone()));
        match self.apply(Changes::from(add).recorded(event)).await {
            Ok(()) => Ok(added),
            // Another request was first, perhaps.
            Err(fault) => self.ports().store.client(host.id).await?.ok_or_else(|| fault.into()),
        }
    }

    /// A session at `host` with a cookie, for what a browser brings back; `None` where it has come before: it has its cookie.
    ///
    /// # Errors
    /// - [`crate::Code::InvalidGrant`]: the code is wrong, too old, of another host or another browser, or the login it came from has ended.
    /// - [`crate::Code::TooManyAttempts`], [`crate::Code::CheckUnavailable`], [`crate::Code::StoreUnavailable`].
    pub async fn enter(
        &self,
        host: &GuardedHost,
        brought: Return,
        client: &Client,
    ) -> Result<Option<SignedIn>, Error> {
        let application = self.client_of_host(host, client).await?;
        let brought = Redemption {
            code: brought.code,
            redirect_uri: Some(host.callback.clone()),
            verifier: brought.attempt,
        };
        self.redeem_for_cookie(&application, &brought, client).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_host_is_its_own_and_always_the_same() {
        let id = |origin: &str| GuardedHost::new(origin.to_owned(), "/back").id();

        assert_eq!(id("https://wiki.example"), id("https://wiki.example"));
        assert_ne!(id("https://wiki.example"), id("https://wiki.example:8443"));
        assert!(!id("https://wiki.example").tells_time());
    }

    #[test]
    fn the_browser_is_asked_for_what_only_it_keeps() {
        let host = GuardedHost::new("https://wiki.example".to_owned(), "/back");
        let asked = host.asked(&Secret::new("kept".to_owned()), "/page?x=1");

        assert_eq!(asked.only("redirect_uri").unwrap(), Some("https://wiki.example/back"));
        assert_eq!(asked.only("code_challenge").unwrap(), Some(&*Digest::of(b"kept").to_string()));
        assert_eq!(asked.only("state").unwrap(), Some("/page?x=1"));
    }
}
