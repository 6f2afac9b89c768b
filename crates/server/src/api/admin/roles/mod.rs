//! Roles and scopes.

pub mod create;
pub mod delete;
pub mod list;
pub mod scopes;
pub mod update;

use doorward_core::role::Role;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(create::create))
        .routes(routes!(update::update))
        .routes(routes!(delete::delete))
        .routes(routes!(scopes::scopes))
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleBody {
    /// Its name, for ever.
    name: String,
    /// What it is for.
    description: String,
    /// What whoever holds it may do, separated by blanks.
    scope: String,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<&Role> for RoleBody {
    fn from(role: &Role) -> Self {
        Self {
            name: role.name.to_string(),
            description: role.description.clone(),
            scope: role.scopes.to_string(),
            created_at: role.created_at.to_string(),
            updated_at: role.updated_at.to_string(),
        }
    }
}

impl RoleBody {
    /// A line of a table: name, scopes, description.
    pub(crate) fn cells(&self) -> [String; 3] {
        [self.name.clone(), self.scope.clone(), self.description.clone()]
    }
}
