//! `PUT /v1/user`, `PUT /v2/user`, `POST /v3/users/{id}`: changes what an account tells.
//!
//! Another address counts only once its mail was answered; until then the account is shown with the one it has.

use axum::extract::State;
use doorward_core::account::{ProfilePatch, User};
use doorward_core::client::Client;
use doorward_core::role::SUPERUSER;
use doorward_core::{Code, Error, Principal, Secret, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::own_or_superuser;
use crate::app::AppState;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{NamedAccount, Refused, Results, Sent, Spoken};
use crate::dialect::r2r::{bounds, names};
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;

/// What is to change; what is left out or null stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct UpdateBody {
    /// Whose account, in the second generation; one's own where it is left out.
    user_id: Option<String>,
    email: Option<String>,
    /// Asked for with another address when the login was a while ago.
    password: Option<Secret<String>>,
    is_superuser: Option<bool>,
    name: Option<String>,
    bio: Option<String>,
    profile_picture: Option<String>,
    /// Members to set; an empty text takes one away, an empty object all of them.
    metadata: Option<Map<String, Value>>,
    limits_overrides: Option<Map<String, Value>>,
}

impl Spoken for UpdateBody {}

pub(in super::super) async fn update(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Sent(body): Sent<UpdateBody>,
) -> Result<Results<UserBody>, Refused> {
    let named = names::accounts(&app.core, ("body", "user_id"), body.user_id.iter()).await?;
    let user = named.first().copied().unwrap_or(who.user_id);
    change(&app, (&who, user), body, &client).await
}

pub(in super::super) async fn update_named(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    NamedAccount(user): NamedAccount,
    Sent(body): Sent<UpdateBody>,
) -> Result<Results<UserBody>, Refused> {
    change(&app, (&who, user), body, &client).await
}

async fn change(
    app: &AppState,
    (who, id): (&Principal, UserId),
    body: UpdateBody,
    client: &Client,
) -> Result<Results<UserBody>, Refused> {
    own_or_superuser(who, id)?;
    if body.is_superuser.is_some() || body.limits_overrides.is_some() {
        who.require_superuser()?;
    }
    let limits = body.limits_overrides.as_ref().map(bounds::read).transpose()?;
    let user = app.core.account(id).await?;
    let new_email = body.email.as_deref().filter(|email| *email != user.email.as_str());
    if new_email.is_some() && who.user_id != id {
        let why = "An address is changed by the owner of the account.";
        return Err(Error::new(Code::Forbidden, why).about("email").into());
    }
    if let Some(email) = new_email {
        app.core.change_email(who, email, body.password.as_ref(), client).await?;
    }
    if let Some(limits) = limits {
        app.core.set_limits_of(who, id, limits, client).await?;
    }
    let user = set_superuser(app, (who, user), body.is_superuser, client).await?;
    let patch = patch(&user, body);
    let changed = match who.user_id == id {
        true => app.core.change_profile(who, patch, client).await?,
        false => app.core.change_profile_of(who, id, patch, client).await?,
    };
    Ok(Results::of(UserBody::one(&app.core, changed).await?))
}

async fn set_superuser(
    app: &AppState,
    (who, user): (&Principal, User),
    wanted: Option<bool>,
    client: &Client,
) -> Result<User, Error> {
    let Some(wanted) = wanted.filter(|wanted| *wanted != user.is_superuser) else { return Ok(user) };
    let role = SUPERUSER.parse().map_err(|_| Code::Internal)?;
    match wanted {
        true => app.core.give_role(who, user.id, &role, client).await,
        false => app.core.take_role(who, user.id, &role, client).await,
    }
}

fn patch(user: &User, body: UpdateBody) -> ProfilePatch {
    let metadata = match body.metadata {
        None => Map::new(),
        Some(members) if members.is_empty() => {
            user.profile.metadata.keys().map(|name| (name.clone(), Value::Null)).collect()
        }
        Some(members) => {
            let set = |value: Value| if value == "" { Value::Null } else { value };
            members.into_iter().map(|(name, value)| (name, set(value))).collect()
        }
    };
    ProfilePatch {
        name: body.name.map(Some),
        bio: body.bio.map(Some),
        picture: body.profile_picture.map(Some),
        metadata,
        ..ProfilePatch::default()
    }
}
