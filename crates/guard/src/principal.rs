//! Who was let in, as handlers see it.

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::flow::{GuardName, GuardSet};
use crate::guard::{Identity, Outcome};
use crate::scope::ScopeSet;
use crate::user::UserInfo;

/// The caller of a guarded request: in the request's extensions, and an extractor with the feature `axum`.
///
/// With a flow such as `password && code`, several guards vouch for the caller; [`info`](Self::info) is the record of the one
/// that stands first in the flow. Printing it shows no token.
///
/// ```
/// use doorward_guard::User;
///
/// // In a tower service; handlers of axum just ask for a `User`.
/// fn greeting<B>(request: &http::Request<B>) -> String {
///     match request.extensions().get::<User>() {
///         Some(user) if user.scopes().contains("admin") => format!("Welcome, {}, by {}", user.id(), user.guard()),
///         Some(user) => format!("Hello, {}", user.id()),
///         None => "Hello, whoever you are".to_owned(),
///     }
/// }
/// # assert_eq!(greeting(&http::Request::new(())), "Hello, whoever you are");
/// ```
#[derive(Clone)]
pub struct User {
    proofs: Proofs,
    scopes: ScopeSet,
}

type Proofs = SmallVec<[(GuardName, Identity); 1]>;

impl User {
    /// The user whom the guards of `proof` vouch for; `None` if it is nobody.
    pub(crate) fn from_proof(names: &[GuardName], outcomes: &[Outcome], proof: GuardSet) -> Option<Self> {
        let mut proofs = Proofs::new();
        for index in proof.iter() {
            if let (Some(name), Some(Outcome::Pass(identity))) = (names.get(index), outcomes.get(index)) {
                proofs.push((name.clone(), identity.clone()));
            }
        }
        let (first, others) = proofs.split_first()?;
        let scopes = others.iter().fold(first.1.scopes().clone(), |all, (_, more)| all.union(more.scopes()));
        Some(Self { proofs, scopes })
    }

    fn first(&self) -> &(GuardName, Identity) {
        // There is always one: `from_proof` makes no user without.
        &self.proofs[0]
    }

    /// The user's record.
    pub fn info(&self) -> &UserInfo {
        self.first().1.user()
    }

    /// The same, to be kept.
    pub fn shared_info(&self) -> Arc<UserInfo> {
        self.first().1.user().clone()
    }

    /// The user's name at the provider; unique together with `info().provider`.
    pub fn id(&self) -> &str {
        &self.info().id
    }

    /// What all guards that vouch for the user have granted.
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The guard that let the request in; the first in the flow if several did.
    pub fn guard(&self) -> &str {
        &self.first().0
    }

    /// Every guard that vouches for the user, with its own record.
    pub fn guards(&self) -> impl Iterator<Item = (&str, &UserInfo)> {
        self.proofs.iter().map(|(name, identity)| (&**name, &**identity.user()))
    }

    /// What a guard has attached ([`Identity::with_data`]), if it is a `T`.
    pub fn data<T: std::any::Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.proofs.iter().find_map(|(_, identity)| identity.data()?.clone().downcast().ok())
    }

    /// Whether shared caches must not keep the answer.
    pub(crate) fn is_private(&self) -> bool {
        self.proofs.iter().any(|(_, identity)| identity.is_private())
    }
}

impl fmt::Debug for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guards: Vec<&str> = self.guards().map(|(name, _)| name).collect();
        out.debug_struct("User")
            .field("provider", &self.info().provider)
            .field("id", &self.id())
            .field("scopes", &self.scopes)
            .field("guards", &guards)
            .finish()
    }
}
