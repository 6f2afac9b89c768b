//! Extractors for axum handlers.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::answer::problem;
use crate::flow::GuardName;
use crate::principal::User;
use crate::scope::ScopeSet;

/// A handler asks for a user, and no guard stands before its route: a mistake of the application, answered with 500. Handlers
/// of open routes ask for `Option<User>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoGuard;

impl IntoResponse for NoGuard {
    fn into_response(self) -> Response {
        tracing::error!(
            "A handler asks for a user on a route that no guard stands before, or whose rule is optional"
        );
        problem(StatusCode::INTERNAL_SERVER_ERROR, "The request cannot be served.").map(Body::from)
    }
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = NoGuard;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoGuard> {
        parts.extensions.get::<Self>().cloned().ok_or(NoGuard)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// The name of the guard that let the request in.
///
/// ```
/// use doorward_guard::ViaGuard;
///
/// async fn whence(ViaGuard(guard): ViaGuard) -> String {
///     format!("You came in by {guard}.")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViaGuard(pub GuardName);

impl<S: Sync> FromRequestParts<S> for ViaGuard {
    type Rejection = NoGuard;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoGuard> {
        parts.extensions.get::<User>().map(|user| Self(user.guard().into())).ok_or(NoGuard)
    }
}

/// Scopes with a name that the compiler knows.
pub trait NeededScopes {
    /// All of these are needed.
    const SCOPES: &'static [&'static str];
}

/// The user, who has been granted what `T` needs; others are answered with 403.
///
/// ```
/// use doorward_guard::{NeededScopes, Scoped};
///
/// struct WriteNotes;
/// impl NeededScopes for WriteNotes {
///     const SCOPES: &'static [&'static str] = &["notes:write"];
/// }
///
/// async fn remove(user: Scoped<WriteNotes>) -> String {
///     format!("removed by {}", user.id())
/// }
/// ```
pub struct Scoped<T> {
    /// The user.
    pub user: User,
    needed: PhantomData<fn() -> T>,
}

impl<T> std::fmt::Debug for Scoped<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Scoped").field(&self.user).finish()
    }
}

impl<T> Deref for Scoped<T> {
    type Target = User;

    fn deref(&self) -> &User {
        &self.user
    }
}

/// Why a [`Scoped`] user was not found.
#[derive(Debug, Clone)]
pub enum ScopedRejection {
    /// There is no guard before the route.
    NoGuard(NoGuard),
    /// The user lacks some of these scopes.
    Lacks(ScopeSet),
}

impl IntoResponse for ScopedRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NoGuard(fault) => fault.into_response(),
            Self::Lacks(needed) => {
                let detail = format!("The credentials lack a scope of: {needed}.");
                let mut answer = problem(StatusCode::FORBIDDEN, detail).map(Body::from);
                let challenge = insufficient(&needed);
                answer.headers_mut().extend(challenge.map(|line| (http::header::WWW_AUTHENTICATE, line)));
                answer
            }
        }
    }
}

fn insufficient(needed: &ScopeSet) -> Option<http::HeaderValue> {
    crate::challenge::Challenge::new("Bearer")
        .with("scope", needed.to_string())
        .with("error", "insufficient_scope")
        .header()
}

impl<S: Sync, T: NeededScopes> FromRequestParts<S> for Scoped<T> {
    type Rejection = ScopedRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ScopedRejection> {
        let user = parts.extensions.get::<User>().cloned().ok_or(ScopedRejection::NoGuard(NoGuard))?;
        let needed: ScopeSet = T::SCOPES.iter().copied().collect();
        if user.scopes().contains_all(&needed) {
            Ok(Self { user, needed: PhantomData })
        } else {
            Err(ScopedRejection::Lacks(needed))
        }
    }
}
