//! Accounts.

pub mod register;

use doorward_core::account::{User, Username};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(register::register))
}

/// An account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserBody {
    /// Names the account for ever.
    #[schema(format = Uuid)]
    id: String,
    /// The address, as written.
    email: String,
    /// The user name, as written.
    username: Option<String>,
    /// The name to show.
    name: Option<String>,
    /// A few words.
    bio: Option<String>,
    /// Where a picture is.
    profile_picture: Option<String>,
    /// What the application keeps with the account.
    metadata: Map<String, Value>,
    /// The declared fields.
    fields: Map<String, Value>,
    /// Whether the account may be used.
    is_active: bool,
    /// Whether the address has been proved.
    is_verified: bool,
    /// Whether the account runs the server.
    is_superuser: bool,
    /// The roles it holds.
    roles: Vec<String>,
    /// When the account was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When anything of it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            username: user.username.as_ref().map(Username::as_str).map(str::to_owned),
            name: user.profile.name,
            bio: user.profile.bio,
            profile_picture: user.profile.picture,
            metadata: user.profile.metadata,
            fields: user.profile.fields,
            is_active: user.is_active,
            is_verified: user.is_verified,
            is_superuser: user.is_superuser,
            roles: user.roles.iter().map(ToString::to_string).collect(),
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at.to_string(),
        }
    }
}

impl UserBody {
    /// A line of a table: id, address, user name, state, roles, age.
    pub(crate) fn cells(&self) -> [String; 6] {
        let state = match (self.is_active, self.is_verified) {
            (false, _) => "disabled",
            (true, false) => "unverified",
            (true, true) => "active",
        };
        let mut roles = self.roles.clone();
        roles.extend(self.is_superuser.then(|| "superuser".to_owned()));
        [
            self.id.clone(),
            self.email.clone(),
            self.username.clone().unwrap_or_default(),
            state.to_owned(),
            roles.join(" "),
            self.created_at.clone(),
        ]
    }
}
