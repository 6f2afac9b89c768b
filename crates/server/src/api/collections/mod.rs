//! Collections the caller is in.

pub mod add;
pub mod add_member;
pub mod create;
pub mod delete;
pub mod list;
pub mod members;
pub mod read;
pub mod remove;
pub mod remove_member;
pub mod update;

use doorward_documents::{Collection, Role};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(list::list))
        .routes(routes!(read::read))
        .routes(routes!(update::update))
        .routes(routes!(delete::delete))
        .routes(routes!(add::add))
        .routes(routes!(remove::remove))
        .routes(routes!(members::members))
        .routes(routes!(add_member::add_member))
        .routes(routes!(remove_member::remove_member))
}

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub struct CollectionBody {
    /// Names it.
    #[schema(format = Uuid)]
    id: String,
    /// Who made it.
    #[schema(format = Uuid)]
    owner_id: String,
    /// What people call it.
    name: String,
    /// What it is for.
    description: String,
    /// What you may do in it: `reader`, `editor` or `owner`; absent for one who sees all without being in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// How many documents are in it.
    documents: u64,
    /// How many members it has.
    members: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was changed last.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Collection> for CollectionBody {
    fn from(collection: Collection) -> Self {
        Self {
            id: collection.id.to_string(),
            owner_id: collection.owner.to_string(),
            name: collection.name,
            description: collection.description,
            role: collection.role.map(Role::as_str),
            documents: collection.documents,
            members: collection.members,
            created_at: collection.created_at.to_string(),
            updated_at: collection.updated_at.to_string(),
        }
    }
}
