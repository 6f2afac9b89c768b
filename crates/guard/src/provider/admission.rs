//! Who may come in, of those whom a provider vouches for: the hooks of the application.

use std::sync::Arc;

use crate::guard::{Reason, Verdict};
use crate::login::LoginFault;
use crate::soon::{Soon, Waiting};
use crate::user::{UserInfo, UserPatch};

type Validate = Arc<dyn Fn(Arc<UserInfo>) -> Soon<Verdict> + Send + Sync>;
type Tell = Arc<dyn Fn(Arc<UserInfo>) -> Waiting<Result<UserPatch, Reason>> + Send + Sync>;

/// `user_info` and `validate` of a guard that logs people in.
#[derive(Clone, Default)]
pub(crate) struct Admission {
    validate: Option<Validate>,
    tell: Option<Tell>,
}

impl Admission {
    pub(crate) fn set_validate<V: Into<Verdict>>(
        &mut self,
        validate: impl Fn(&UserInfo) -> V + Send + Sync + 'static,
    ) {
        self.validate = Some(Arc::new(move |user| Soon::Now(validate(&user).into())));
    }

    pub(crate) fn set_validate_async<V, F>(
        &mut self,
        validate: impl Fn(Arc<UserInfo>) -> F + Send + Sync + 'static,
    ) where
        V: Into<Verdict>,
        F: Future<Output = V> + Send + 'static,
    {
        self.validate = Some(Arc::new(move |user| {
            let verdict = validate(user);
            Soon::later(async move { verdict.await.into() })
        }));
    }

    pub(crate) fn set_user_info<F>(&mut self, tell: impl Fn(Arc<UserInfo>) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<UserPatch, Reason>> + Send + 'static,
    {
        self.tell = Some(Arc::new(move |user| Box::pin(tell(user))));
    }

    /// The user as the application knows them, if it wants them. A plain yes leaves the scopes that the provider has granted.
    pub(crate) async fn admit(&self, user: UserInfo) -> Result<UserInfo, LoginFault> {
        let mut user = match &self.tell {
            None => user,
            Some(tell) => {
                let patch = tell(Arc::new(user.clone())).await;
                user.patched(patch.map_err(LoginFault::Unreachable)?)
            }
        };
        let Some(validate) = &self.validate else { return Ok(user) };
        match validate(Arc::new(user.clone())).wait().await {
            Verdict::Yes => {}
            Verdict::Scopes(scopes) => user.scopes = scopes,
            Verdict::No => return Err(LoginFault::Denied("the validator said no".into())),
            Verdict::Unknown => return Err(LoginFault::Unreachable("the validator could not tell".into())),
        }
        Ok(user)
    }
}
