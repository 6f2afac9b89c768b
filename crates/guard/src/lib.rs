//! Guards, flows, scopes and logins for any tower service.
//!
//! A *guard* looks at a request and says what it proves. A *flow* joins guards by "and" and "or": `google || (basic && key)`.
//! A *rule* says which flow and which scopes a path asks for. [`Guards`] are all of it, checked when they are built and put
//! around a service as one tower layer.
//!
//! ```
//! use doorward_guard::guards::{ApiKey, Basic};
//! use doorward_guard::{Guards, any, get};
//!
//! let guards = Guards::builder()
//!     .guard("basic", Basic::users([("ada", "lovelace")]).realm("api"))
//!     .guard("key", ApiKey::header("x-api-key").secret("b3c1…"))
//!     .rule(any(), "/*", "basic || key")
//!     .rule(any(), "/admin/*", "basic && key")
//!     .public(get(), "/health")
//!     .default_deny()
//!     .build()?;
//! let layer = guards.layer();
//! # let _ = tower_layer::layer_fn(|inner: ()| inner);
//! # Ok::<(), doorward_guard::BuildError>(())
//! ```
//!
//! | to find | look in |
//! |---|---|
//! | what happens to a request | [`decide()`], one pure function |
//! | the schemes | [`guards`] |
//! | how a path finds its rule | [`GuardsBuilder::rule`] |
//! | who was let in | [`User`] |
//! | a guard of one's own | [`Guard`], [`guards::from_fn`] |
//! | ends of sessions elsewhere | `RevocationNews`, with the feature `revocation` |
//! | sessions and logins | [`Sessions`], with the features `session`, `oauth2`, `oidc` |

#![forbid(unsafe_code)]

/// The front page, whose examples are tested.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct FrontPage;

mod answer;
#[cfg(feature = "axum")]
mod around;
mod ask;
#[cfg(feature = "axum")]
mod axum;
mod body;
mod builder;
mod challenge;
#[cfg(feature = "client")]
mod client;
mod clock;
#[cfg(feature = "toml")]
pub mod config;
mod decide;
mod explain;
#[cfg(feature = "session")]
mod flight;
mod flow;
mod gate;
mod grpc;
mod guard;
pub mod guards;
mod layer;
#[cfg(feature = "session")]
mod login;
mod look;
mod method;
#[cfg(feature = "openapi")]
pub mod openapi;
mod path;
mod principal;
mod problem;
#[cfg(any(feature = "jwt", feature = "oauth2", feature = "introspection"))]
mod provider;
#[cfg(feature = "session")]
mod remember;
mod request;
#[cfg(feature = "requestor")]
mod requestor;
#[cfg(feature = "revocation")]
mod revocation;
mod rule;
mod scope;
mod secret;
#[cfg(feature = "session")]
mod session;
mod soon;
#[cfg(feature = "mock")]
pub mod testkit;
mod user;
#[cfg(feature = "session")]
mod visit;

pub use answer::Refusal;
#[cfg(feature = "axum")]
pub use around::{Around, AroundFuture, Opened};
#[cfg(feature = "axum")]
pub use axum::{NeededScopes, NoGuard, Scoped, ScopedRejection, ViaGuard};
pub use body::GuardBody;
pub use builder::GuardsBuilder;
pub use challenge::Challenge;
#[cfg(feature = "client")]
pub use client::{Fetch, FetchError, HttpClient};
pub use clock::{Clock, SystemClock};
pub use decide::{Decision, decide};
pub use explain::Explanation;
pub use flow::{
    Flow, FlowError, FlowProblem, GuardName, GuardSet, Manner, Plan, PlanError, Shape, TooManyAlternatives,
    guard,
};
pub use gate::{Checked, Fate, Guards};
pub use guard::{Guard, Identity, Outcome, Reason, Verdict, Why};
pub use layer::{GuardFuture, GuardLayer, Guarded};
#[cfg(feature = "session")]
pub use login::{
    Attempt, CallbackUrl, CodeAnswer, Handler, LinkAnswer, LinkBegun, LoggedIn, Login, LoginFault, LoginLink,
    OnAuth,
};
pub use method::{Methods, any, delete, get, patch, post, put};
pub use path::PatternError;
pub use principal::User;
pub use problem::{BuildError, BuildProblem, Place};
pub use request::{Authorization, GuardRequest, Sent};
#[cfg(feature = "requestor")]
pub use requestor::{RequestError, Requestor};
#[cfg(feature = "revocation")]
pub use revocation::{NewsBody, NewsBuilder, NewsSource, RevocationNews, RevocationWatch, WhenStale};
pub use rule::Rule;
pub use scope::ScopeSet;
pub use secret::{KeyDigest, Secret};
#[cfg(feature = "session")]
pub use session::{Entry, MemoryStore, SealKey, Session, SessionStore, Sessions, StoreError};
pub use soon::{Soon, Waiting};
pub use user::{Email, Name, TokenSet, UserInfo, UserPatch};
