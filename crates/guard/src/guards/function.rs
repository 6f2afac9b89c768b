//! Guards that are functions of an application's own.

use http::request::Parts;

use crate::guard::{Guard, Identity, Outcome, Verdict};
use crate::request::GuardRequest;
use crate::scope::ScopeSet;
use crate::soon::Soon;
use crate::user::UserInfo;

/// When to come back if a function cannot tell, in seconds.
const RETRY_AFTER: u32 = 5;

/// A guard that is a function; see [`from_fn`].
pub struct Function<F>(F);

/// A guard that is an asynchronous function; see [`from_async_fn`].
pub struct AsyncFunction<F>(F);

/// The guard that lets in what `function` says yes to. A no counts like a missing credential.
///
/// ```
/// use doorward_guard::guards::from_fn;
///
/// let office_hours = from_fn(|request| (9 * 3600..17 * 3600).contains(&(request.now() % 86_400)));
/// ```
pub const fn from_fn<F, V>(function: F) -> Function<F>
where
    F: Fn(&GuardRequest<'_>) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    Function(function)
}

/// The guard that lets in what `function` says yes to, after a while. A no counts like a missing credential, an error like a
/// guard that cannot be asked.
///
/// ```
/// use doorward_guard::guards::from_async_fn;
///
/// let from_office = from_async_fn(|head| async move { Ok::<_, std::io::Error>(head.headers.contains_key("x-office")) });
/// ```
pub const fn from_async_fn<F, T, V>(function: F) -> AsyncFunction<F>
where
    F: Fn(Parts) -> T + Send + Sync + 'static,
    T: Future<Output = V> + Send + 'static,
    V: Into<Verdict>,
{
    AsyncFunction(function)
}

fn outcome(verdict: Verdict) -> Outcome {
    let pass =
        |scopes: ScopeSet| Outcome::Pass(Identity::new(UserInfo::new("local", "").with_scopes(scopes)));
    match verdict {
        Verdict::No => Outcome::Missing,
        Verdict::Yes => pass(ScopeSet::EMPTY),
        Verdict::Scopes(scopes) => pass(scopes),
        Verdict::Unknown => Outcome::unavailable(RETRY_AFTER, "the function could not tell"),
    }
}

impl<F, V> Guard for Function<F>
where
    F: Fn(&GuardRequest<'_>) -> V + Send + Sync + 'static,
    V: Into<Verdict> + 'static,
{
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        outcome((self.0)(request).into()).into()
    }
}

impl<F, T, V> Guard for AsyncFunction<F>
where
    F: Fn(Parts) -> T + Send + Sync + 'static,
    T: Future<Output = V> + Send + 'static,
    V: Into<Verdict> + 'static,
{
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let verdict = (self.0)(request.parts().clone());
        Soon::later(async move { outcome(verdict.await.into()) })
    }
}

impl<F> std::fmt::Debug for Function<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Function")
    }
}

impl<F> std::fmt::Debug for AsyncFunction<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("AsyncFunction")
    }
}
