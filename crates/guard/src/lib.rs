//! Guards, flows, scopes and logins for any tower service.

#![forbid(unsafe_code)]

mod challenge;
mod clock;
mod decide;
mod flow;
mod guard;
#[cfg(feature = "session")]
mod login;
mod method;
mod path;
mod request;
mod scope;
mod secret;
#[cfg(feature = "session")]
mod session;
mod soon;
mod user;

pub use challenge::Challenge;
pub use clock::{Clock, SystemClock};
pub use decide::{Decision, decide};
pub use flow::{
    Flow, FlowError, FlowProblem, GuardName, GuardSet, Manner, Plan, PlanError, Shape, TooManyAlternatives,
    guard,
};
pub use guard::{Guard, Identity, Outcome, Reason, Verdict, Why};
#[cfg(feature = "session")]
pub use login::Login;
pub use method::{Methods, any, delete, get, patch, post, put};
pub use path::PatternError;
pub use request::{Authorization, GuardRequest, Sent};
pub use scope::ScopeSet;
pub use secret::{KeyDigest, Secret};
#[cfg(feature = "session")]
pub use session::{Entry, MemoryStore, SealKey, Session, SessionStore, Sessions, StoreError};
pub use soon::{Soon, Waiting};
pub use user::{Email, Name, TokenSet, UserInfo, UserPatch};
