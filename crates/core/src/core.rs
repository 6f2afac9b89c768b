//! All rules behind one object, joined to the world by its ports.
//!
//! The rules themselves are methods of [`Core`] in the files they are named after; here is only what they share.

use std::sync::Arc;

use doorward_jose::{Algorithm, Expect, JwkSet, SigningKey};
use parking_lot::{Mutex as SyncMutex, RwLock};
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use tokio::sync::futures::Notified;
use tokio::sync::{Mutex, Notify, watch};

use crate::audit::checkpoint::Notary;
use crate::audit::{AuditEvent, Deed};
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::error::{Code, Error};
use crate::oauth::ConsentKey;
use crate::port::{ApplyError, Clock, Entropy, Limiter, Outside, PasswordHasher, Store};
use crate::principal::Principal;
use crate::revocation::{Ledger, SignedEnds};
use crate::role::RoleBook;
use crate::secret::Secret;
use crate::session::{LiveSessions, SignOut};
use crate::settings::{CurrentSettings, Settings};
use crate::ticket::TicketKey;
use crate::time::{Timestamp, Ttl};
use crate::token::keyring::{Keyring, Ring};
use crate::token::refresh::Chain;
use crate::token::{DeviceKey, MasterKey, Seal, access, rotate_keys};

/// What the rules need from the world.
#[derive(Debug, Clone)]
pub struct Ports {
    /// What must not be lost.
    pub store: Arc<dyn Store>,
    /// Slow hashes.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Meters of attempts.
    pub limiter: Arc<dyn Limiter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Those who are asked before something is let on.
    pub outside: Outside,
}

/// The rules of Doorward. Shared by all requests of a server.
#[derive(Debug)]
pub struct Core {
    ports: Ports,
    settings: CurrentSettings,
    seal: Seal,
    /// Seals the secrets of second factors.
    factor_seal: Seal,
    chain: Chain,
    notary: Notary,
    /// Wakes those who follow the audit log.
    recorded: Notify,
    /// Grows with each write set of this node that takes something away.
    taken_away: watch::Sender<u64>,
    started_at: Timestamp,
    tickets: TicketKey,
    /// What seals logins with providers while they go through browsers.
    logins: Secret<[u8; 32]>,
    devices: DeviceKey,
    consents: ConsentKey,
    keyring: Keyring,
    has_fixed_key: bool,
    expect: Expect,
    live: LiveSessions,
    /// The ends that were told last.
    last_news: SyncMutex<Option<SignedEnds>>,
    roles: RwLock<Arc<RoleBook>>,
    sign_out: RwLock<Option<Arc<SignOut>>>,
    /// Held while what was read from the database is taken into use, so that older readings do not overtake younger ones.
    turn: Mutex<()>,
    /// Tokens whose signature was good, whole, so that no other token passes for one; whether they still count is asked each
    /// time. The hash of the table is keyed anew in each process.
    verified: Cache<Box<[u8]>, Arc<Principal>>,
}

impl Core {
    /// Opens the rules on their ports: takes the signing keys into use, and makes the first one if there is none.
    ///
    /// `fixed_key` comes from the configuration; with it no other key signs or is believed.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`]; [`Code::Internal`] when the keys in the database were sealed with another master key.
    pub async fn open(
        ports: Ports,
        settings: Settings,
        master: &MasterKey,
        fixed_key: Option<SigningKey>,
    ) -> Result<Self, Error> {
        let seal_for =
            |purpose| Seal::new(master, purpose).map_err(|fault| Error::from(Code::Internal).because(fault));
        let (seal, factor_seal) = (seal_for("signing keys")?, seal_for("second factors")?);
        let has_fixed_key = fixed_key.is_some();
        let ring = match fixed_key {
            Some(key) => Ring::fixed(key)?,
            None => {
                let (algorithm, now) = (settings.tokens.algorithm, ports.clock.now());
                rotate_keys::open_or_create(&*ports.store, algorithm, &seal, &*ports.entropy, now).await?
            }
        };
        let core = Self {
            chain: Chain::new(master),
            notary: Notary::new(master),
            recorded: Notify::new(),
            taken_away: watch::Sender::default(),
            started_at: ports.clock.now(),
            tickets: TicketKey::new(master),
            logins: master.for_logins(),
            devices: DeviceKey::new(master),
            consents: ConsentKey::new(master),
            keyring: Keyring::new(ring),
            has_fixed_key,
            expect: access::expectation(&settings),
            live: LiveSessions::new(Ledger::new(ports.clock.clone(), &*ports.entropy)),
            last_news: SyncMutex::default(),
            roles: RwLock::default(),
            sign_out: RwLock::default(),
            turn: Mutex::default(),
            verified: verified_tokens(settings.tokens.cache_capacity),
            seal,
            factor_seal,
            ports,
            settings: CurrentSettings::new(settings),
        };
        core.follow_settings().await?;
        core.follow_roles().await?;
        core.recall_ends().await?;
        Ok(core)
    }

    /// The numbers and switches the rules go by.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.now()
    }

    /// How long a session may rest.
    pub(crate) fn idle(&self) -> Ttl {
        self.settings.idle()
    }

    pub(crate) const fn current_settings(&self) -> &CurrentSettings {
        &self.settings
    }

    pub(crate) fn sign_out(&self) -> Option<Arc<SignOut>> {
        self.sign_out.read().clone()
    }

    pub(crate) fn set_sign_out(&self, sign_out: Arc<SignOut>) {
        *self.sign_out.write() = Some(sign_out);
    }

    pub(crate) fn role_book(&self) -> Arc<RoleBook> {
        Arc::clone(&self.roles.read())
    }

    pub(crate) fn set_role_book(&self, book: Arc<RoleBook>) {
        *self.roles.write() = book;
    }

    pub(crate) const fn turn(&self) -> &Mutex<()> {
        &self.turn
    }

    /// The public keys that access tokens are checked with (RFC 7517 §5). Empty when tokens are signed with a shared secret.
    pub fn jwks(&self) -> JwkSet {
        self.keyring.now().public().clone()
    }

    /// The thumbprint of the key that signs at present.
    pub fn signing_kid(&self) -> String {
        self.keyring.now().signing_kid(self.now()).to_owned()
    }

    /// What the key that signs at present signs by.
    pub fn signing_algorithm(&self) -> Algorithm {
        self.keyring.now().algorithm(self.now())
    }

    /// Answers when the server can do its work.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.ports.store.ready().await?)
    }

    /// When this node started.
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// How many sessions are in use on this node.
    pub fn sessions_in_use(&self) -> usize {
        self.live.len()
    }

    /// Whether a replica answers what may be slightly old; nothing where there is none.
    pub fn replica_in_use(&self) -> Option<bool> {
        self.ports.store.replica_in_use()
    }

    pub(crate) const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// This moment, by the clock the rules go by.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.ports.entropy
    }

    pub(crate) const fn seal(&self) -> &Seal {
        &self.seal
    }

    pub(crate) const fn factor_seal(&self) -> &Seal {
        &self.factor_seal
    }

    pub(crate) const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) const fn notary(&self) -> &Notary {
        &self.notary
    }

    pub(crate) const fn ticket_key(&self) -> &TicketKey {
        &self.tickets
    }

    pub(crate) const fn device_key(&self) -> &DeviceKey {
        &self.devices
    }

    pub(crate) const fn consent_key(&self) -> &ConsentKey {
        &self.consents
    }

    /// [`MasterKey::for_logins`].
    pub const fn login_key(&self) -> &Secret<[u8; 32]> {
        &self.logins
    }

    pub(crate) const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(crate) const fn has_fixed_key(&self) -> bool {
        self.has_fixed_key
    }

    pub(crate) const fn expected_claims(&self) -> &Expect {
        &self.expect
    }

    pub(crate) const fn live(&self) -> &LiveSessions {
        &self.live
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        self.live.ledger()
    }

    pub(crate) const fn last_news(&self) -> &SyncMutex<Option<SignedEnds>> {
        &self.last_news
    }

    pub(crate) const fn verified(&self) -> &Cache<Box<[u8]>, Arc<Principal>> {
        &self.verified
    }

    pub(crate) fn forget_verified_tokens(&self) {
        self.verified.clear();
    }

    /// An audit line of this moment.
    pub(crate) fn event(&self, deed: Deed, client: &Client) -> AuditEvent {
        AuditEvent::new(self.now(), deed, client, self.entropy())
    }

    pub(crate) async fn apply(&self, changes: impl Into<Changes> + Send) -> Result<(), ApplyError> {
        let changes = changes.into();
        let is_recorded = changes.as_slice().iter().any(|change| matches!(change, Change::Record(_)));
        let takes_away = changes.take_away();
        self.ports.store.apply(changes).await?;
        if takes_away {
            self.taken_away.send_modify(|count| *count += 1);
        }
        if is_recorded {
            self.recorded.notify_waiters();
        }
        Ok(())
    }

    /// Changes whenever this node has ended something, or taken from what somebody may do: other nodes should hear of it.
    pub fn taken_away(&self) -> watch::Receiver<u64> {
        self.taken_away.subscribe()
    }

    /// Done when this node has written another line of the audit log, counted from this call on.
    pub fn audit_written(&self) -> Notified<'_> {
        self.recorded.notified()
    }
}

/// A table that begins small and grows to `capacity` tokens: a server that nobody uses should not hold room for all of them.
fn verified_tokens(capacity: usize) -> Cache<Box<[u8]>, Arc<Principal>> {
    const AT_FIRST: usize = 1_024;
    Cache::with_weighter(AT_FIRST.min(capacity), u64::try_from(capacity).unwrap_or(u64::MAX), UnitWeighter)
}
