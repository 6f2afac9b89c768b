//! What applications plug into a guard: who is right, and what else is known of them.

use std::sync::Arc;

use crate::guard::{Identity, Outcome, Verdict};
use crate::scope::ScopeSet;
use crate::soon::Soon;
use crate::user::{UserInfo, UserPatch};

/// When to come back if a hook cannot tell, in seconds.
const RETRY_AFTER: u32 = 5;

type Validate<C> = Arc<dyn Fn(C) -> Soon<Verdict> + Send + Sync>;
type Enrich = Arc<dyn Fn(&UserInfo) -> Soon<UserPatch> + Send + Sync>;

/// `validate` and `user_info` of one guard with credentials of type `C`.
pub(crate) struct Hooks<C> {
    validate: Validate<C>,
    enrich: Option<Enrich>,
}

impl<C> Clone for Hooks<C> {
    fn clone(&self) -> Self {
        Self { validate: self.validate.clone(), enrich: self.enrich.clone() }
    }
}

impl<C: 'static> Hooks<C> {
    pub(crate) fn new<V: Into<Verdict>>(validate: impl Fn(C) -> V + Send + Sync + 'static) -> Self {
        Self { validate: Arc::new(move |credentials| Soon::Now(validate(credentials).into())), enrich: None }
    }

    pub(crate) fn new_async<V, F>(validate: impl Fn(C) -> F + Send + Sync + 'static) -> Self
    where
        V: Into<Verdict>,
        F: Future<Output = V> + Send + 'static,
    {
        let validate: Validate<C> = Arc::new(move |credentials| {
            let verdict = validate(credentials);
            Soon::later(async move { verdict.await.into() })
        });
        Self { validate, enrich: None }
    }

    /// Asks the validator; if it says yes, the user is what `user` makes of the granted scopes, and what the other hook knows.
    pub(crate) fn check(
        &self,
        credentials: C,
        user: impl FnOnce(ScopeSet) -> UserInfo + Send + 'static,
    ) -> Soon<Outcome> {
        match (self.validate)(credentials) {
            Soon::Now(verdict) => self.outcome(verdict, user),
            Soon::Later(verdict) => {
                let hooks = self.clone();
                Soon::later(async move { hooks.outcome(verdict.await, user).wait().await })
            }
        }
    }

    fn outcome(&self, verdict: Verdict, user: impl FnOnce(ScopeSet) -> UserInfo) -> Soon<Outcome> {
        let scopes = match verdict {
            Verdict::No => return Outcome::invalid("the validator said no").into(),
            Verdict::Unknown => {
                return Outcome::unavailable(RETRY_AFTER, "the validator could not tell").into();
            }
            Verdict::Yes => ScopeSet::EMPTY,
            Verdict::Scopes(scopes) => scopes,
        };
        enriched(self.enrich.as_ref(), user(scopes))
    }
}

/// A user, with what the hook knows besides.
fn enriched(enrich: Option<&Enrich>, user: UserInfo) -> Soon<Outcome> {
    let pass = |user: UserInfo| Outcome::Pass(Identity::new(user));
    match enrich.map(|enrich| enrich(&user)) {
        None => pass(user).into(),
        Some(Soon::Now(patch)) => pass(user.patched(patch)).into(),
        Some(Soon::Later(patch)) => Soon::later(async move { pass(user.patched(patch.await)) }),
    }
}

impl<C> Hooks<C> {
    pub(crate) fn set_user_info(&mut self, enrich: impl Fn(&UserInfo) -> UserPatch + Send + Sync + 'static) {
        self.enrich = Some(Arc::new(move |user| Soon::Now(enrich(user))));
    }
}
