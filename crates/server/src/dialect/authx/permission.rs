//! Who may act as an administrator, and what a caller's permissions are called here.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use doorward_core::account::User;
use doorward_core::{Code, Principal};
use http::StatusCode;
use http::request::Parts;

use super::answer::Refused;
use crate::app::AppState;
use crate::http::permission::{Permission, Permitted, Superuser};

/// The permission of those who run the server.
pub(super) const ADMIN: &str = "admin";

/// The caller, who may do what `P` names; nobody else hears more than that they may not.
pub(super) struct Allowed<P>(pub(super) Arc<Principal>, pub(super) PhantomData<P>);

/// The caller, who runs the server.
pub(super) struct Admin(pub(super) Arc<Principal>);

impl<P: Permission> FromRequestParts<AppState> for Allowed<P> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refused> {
        let found = Permitted::<P>::from_request_parts(parts, state).await;
        found
            .map(|Permitted(who, _)| Self(who, PhantomData))
            .map_err(|problem| refused(problem.error().code()))
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refused> {
        let found = Superuser::from_request_parts(parts, state).await;
        found.map(|Superuser(who)| Self(who)).map_err(|problem| refused(problem.error().code()))
    }
}

fn refused(code: Code) -> Refused {
    match code {
        Code::AuthenticationRequired | Code::Forbidden => Refused::plain(StatusCode::FORBIDDEN),
        other => other.into(),
    }
}

/// What the caller's token is good for: the roles of the account, and `admin` for those who run the server.
pub(super) fn of(who: &Principal, user: &User) -> Vec<String> {
    if who.is_narrowed() {
        return Vec::new();
    }
    // A role of that name is not what clients take it for.
    let roles = user.roles.iter().map(|role| role.as_str()).filter(|role| *role != ADMIN);
    roles.chain(who.is_superuser().then_some(ADMIN)).map(str::to_owned).collect()
}
