//! What the rules need from the world: the traits, nothing else.
//!
//! Production stands behind them with a system clock, the kernel's randomness, a pool of hashing threads and SQL;
//! tests with a clock they turn. No rule knows which.

mod clock;
mod entropy;
mod hash;
mod limiter;
mod mirror;
mod outside;
mod passkeys;
mod provider;
mod store;

#[cfg(any(test, feature = "fake"))]
pub mod fake;
#[cfg(any(test, feature = "fake"))]
mod fake_account;
#[cfg(any(test, feature = "fake"))]
mod fake_factor;
#[cfg(any(test, feature = "fake"))]
mod fake_log;
#[cfg(any(test, feature = "fake"))]
mod fake_mail;
#[cfg(any(test, feature = "fake"))]
mod fake_oauth;
#[cfg(any(test, feature = "fake"))]
mod fake_passkey;
#[cfg(any(test, feature = "fake"))]
mod fake_store;

pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, SystemEntropy};
pub use hash::{HashError, PasswordHasher, Verdict};
pub use limiter::{Limited, Limiter, Quota};
pub use mirror::{SessionMirror, Shown};
pub use outside::{BreachedPasswords, Captcha, NoAnswer, Outside};
pub use passkeys::{BadPasskey, Ceremony, NamedPasskey, PasskeyOwner, PasskeyVerifier};
pub use provider::{AuthFault, AuthProvider, Begin, ComesBackTo, LoginAnswer, LoginStart, ProvenIdentity};
pub use store::{
    ApiKeyStore, ApplyError, AuditStore, Conflict, FactorStore, FigureStore, Journal, KeyStore, MailStore,
    OAuthStore, PasskeyStore, RightsStore, SessionRow, SessionStore, SettingStore, Standing, Store,
    StoreError, UserStore,
};
