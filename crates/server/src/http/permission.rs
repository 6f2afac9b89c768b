//! What the caller of a guarded route has to be allowed: said in the handler's parameters, refused before its body is read.
//!
//! ```text
//! pub async fn list(State(app): State<AppState>, Permitted(who, _): Permitted<Users>) -> …
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use doorward_core::{Error, Principal, scope};
use http::request::Parts;

use super::client_ip;
use super::credential::found;
use super::problem::Problem;
use crate::app::AppState;

/// The caller, who may do what `P` names.
#[derive(Debug, Clone)]
pub struct Permitted<P>(pub Arc<Principal>, pub PhantomData<P>);

/// The caller, who runs the server.
#[derive(Debug, Clone)]
pub struct Superuser(pub Arc<Principal>);

/// A scope as a type.
pub trait Permission: Send + Sync + fmt::Debug {
    /// The scope that is needed.
    const SCOPE: &'static str;
}

macro_rules! permissions {
    ($($name:ident = $scope:expr;)*) => {$(
        #[doc = concat!("Needs [`", stringify!($scope), "`].")]
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Permission for $name {
            const SCOPE: &'static str = $scope;
        }
    )*};
}

permissions! {
    Users = scope::ADMIN_USERS;
    Sessions = scope::ADMIN_SESSIONS;
    Roles = scope::ADMIN_ROLES;
    Settings = scope::ADMIN_SETTINGS;
    Audit = scope::ADMIN_AUDIT;
    Analytics = scope::ADMIN_ANALYTICS;
    Mail = scope::ADMIN_MAIL;
    Status = scope::ADMIN_STATUS;
    Clients = scope::ADMIN_CLIENTS;
    Webhooks = scope::ADMIN_WEBHOOKS;
    Revocations = scope::ADMIN_REVOCATIONS;
    Introspection = scope::ADMIN_INTROSPECTION;
}

/// Writes the refusal into the audit log.
async fn tell(parts: &Parts, state: &AppState, who: &Principal, refused: Error) -> Problem {
    match client_ip::client(parts, &state.http.trusted_proxies) {
        Ok(client) => state.core.tell_of_refusal(who.user_id, &client).await,
        Err(malformed) => return malformed.into(),
    }
    refused.into()
}

impl<P: Permission> FromRequestParts<AppState> for Permitted<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let who = found(parts)?;
        match state.core.require(&who, P::SCOPE) {
            Ok(()) => Ok(Self(who, PhantomData)),
            Err(refused) => Err(tell(parts, state, &who, refused).await),
        }
    }
}

impl FromRequestParts<AppState> for Superuser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let who = found(parts)?;
        match who.require_superuser() {
            Ok(()) => Ok(Self(who)),
            Err(refused) => Err(tell(parts, state, &who, refused).await),
        }
    }
}
