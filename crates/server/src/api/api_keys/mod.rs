//! The caller's API keys.

pub mod create;
pub mod list;
pub mod revoke;

use doorward_core::api_key::ApiKey;
use doorward_core::scope::Scopes;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(list::list))
        .routes(routes!(revoke::revoke))
}

/// An API key, without what proves it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyBody {
    /// Names the key.
    #[schema(format = Uuid)]
    id: String,
    /// What the owner calls it.
    name: String,
    /// What it may do at most, separated by blanks; absent: whatever the owner may.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it ends by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// When it was last used, exact to the minute; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&ApiKey> for ApiKeyBody {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scope: key.scopes.as_ref().map(Scopes::to_string),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|end| end.to_string()),
            last_used_at: key.last_used_at.map(|use_| use_.to_string()),
        }
    }
}

impl ApiKeyBody {
    /// A line of a table: id, name, scopes, age, last use, end.
    pub(crate) fn cells(&self) -> [String; 6] {
        let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
        [
            self.id.clone(),
            self.name.clone(),
            or(&self.scope, "all of the owner's"),
            self.created_at.clone(),
            or(&self.last_used_at, "never"),
            or(&self.expires_at, "no end"),
        ]
    }
}
