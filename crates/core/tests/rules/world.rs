//! The rules joined to a world in memory.

use std::sync::Arc;

use doorward_core::account::{Profile, Registration, User};
use doorward_core::client::Client;
use doorward_core::login::LoginAttempt;
use doorward_core::port::Outside;
use doorward_core::port::fake::{FakeClock, FakeHasher, FakeLimiter, FakeStore, FixedEntropy};
use doorward_core::session::SignedIn;
use doorward_core::settings::Settings;
use doorward_core::token::MasterKey;
use doorward_core::{Code, Core, Error, Ports, Principal, Secret};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// One node and the world around it.
pub(crate) struct World {
    pub(crate) core: Core,
    pub(crate) store: Arc<FakeStore>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) hasher: Arc<FakeHasher>,
    ports: Ports,
    settings: Settings,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world whose settings were changed by `change`.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (store, clock, hasher) =
            (Arc::new(FakeStore::default()), Arc::new(FakeClock::default()), Arc::new(FakeHasher::default()));
        let ports = Ports {
            store: store.clone(),
            hasher: hasher.clone(),
            limiter: Arc::new(FakeLimiter::default()),
            clock: clock.clone(),
            entropy: Arc::new(FixedEntropy::default()),
            outside: Outside::default(),
        };
        let mut settings = Settings::default();
        change(&mut settings);
        let core = open(&ports, &settings).await;
        Self { core, store, clock, hasher, ports, settings }
    }

    /// Another node on the same database.
    pub(crate) async fn another_node(&self) -> Core {
        open(&self.ports, &self.settings).await
    }

    /// Another start on the same database, from which on access tokens live for so long.
    pub(crate) async fn reopened_with_life(&self, access_ttl: doorward_core::Ttl) -> Core {
        let mut settings = self.settings.clone();
        settings.tokens.access_ttl = access_ttl;
        open(&self.ports, &settings).await
    }

    /// Another start on the same database, with this master key.
    pub(crate) async fn reopened_with(&self, master: [u8; 32]) -> Result<Core, Error> {
        Core::open(self.ports.clone(), self.settings.clone(), &MasterKey::from_bytes(master), None).await
    }

    pub(crate) async fn user(&self, name: &str) -> User {
        self.core.register(registration(name), &client()).await.unwrap()
    }

    pub(crate) async fn try_login(&self, identifier: &str, password: &str) -> Result<SignedIn, Error> {
        self.core.login(attempt(identifier, password), &client()).await
    }

    pub(crate) async fn login(&self, identifier: &str) -> SignedIn {
        self.try_login(identifier, PASSWORD).await.unwrap()
    }

    pub(crate) async fn signed_in(&self, name: &str) -> SignedIn {
        self.user(name).await;
        self.login(name).await
    }

    pub(crate) async fn who(&self, signed_in: &SignedIn) -> Arc<Principal> {
        self.core.authenticate(signed_in.access_token.expose()).await.unwrap()
    }

    pub(crate) async fn refresh(&self, signed_in: &SignedIn) -> Result<SignedIn, Error> {
        self.core.refresh(&signed_in.refresh_token, &client()).await
    }

    /// What the rules say to the access token of `signed_in` now.
    pub(crate) async fn verdict(&self, signed_in: &SignedIn) -> Result<(), Code> {
        let answer = self.core.authenticate(signed_in.access_token.expose()).await;
        answer.map(|_| ()).map_err(|error| error.code())
    }
}

async fn open(ports: &Ports, settings: &Settings) -> Core {
    Core::open(ports.clone(), settings.clone(), &MasterKey::from_bytes([7; 32]), None).await.unwrap()
}

pub(crate) fn client() -> Client {
    client_at("192.0.2.1")
}

pub(crate) fn client_at(address: &str) -> Client {
    Client::new(address.parse().unwrap(), "test", "request-1".into())
}

pub(crate) fn registration(name: &str) -> Registration {
    Registration {
        email: format!("{name}@example.com"),
        username: Some(name.to_owned()),
        password: secret(PASSWORD),
        profile: Profile::default(),
        captcha: None,
    }
}

pub(crate) fn attempt(identifier: &str, password: &str) -> LoginAttempt {
    LoginAttempt {
        identifier: identifier.to_owned(),
        password: secret(password),
        wants_cookie: false,
        replaced_cookie: None,
        captcha: None,
        device: None,
        scope: None,
    }
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> Code {
    answer.unwrap_err().code()
}
