//! What R2R's clients are shown of a collection.

use doorward_core::Error;
use doorward_documents::Collection;
use serde::Serialize;

use crate::app::AppState;
use crate::dialect::r2r::names::Names;

/// A collection.
#[derive(Debug, Serialize)]
pub(in super::super) struct CollectionBody {
    id: String,
    collection_id: String,
    group_id: String,
    owner_id: String,
    user_id: String,
    name: String,
    description: String,
    graph_cluster_status: &'static str,
    graph_sync_status: &'static str,
    user_count: u64,
    document_count: u64,
    created_at: String,
    updated_at: String,
}

impl CollectionBody {
    /// These collections.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn all(app: &AppState, collections: Vec<Collection>) -> Result<Vec<Self>, Error> {
        let names = Names::of(&app.core, collections.iter().map(|collection| collection.owner)).await?;
        Ok(collections.into_iter().map(|collection| Self::of(collection, &names)).collect())
    }

    /// A collection.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn one(app: &AppState, collection: Collection) -> Result<Self, Error> {
        let names = Names::of(&app.core, [collection.owner]).await?;
        Ok(Self::of(collection, &names))
    }

    fn of(collection: Collection, names: &Names) -> Self {
        Self {
            id: collection.id.to_string(),
            collection_id: collection.id.to_string(),
            group_id: collection.id.to_string(),
            owner_id: names.name(collection.owner),
            user_id: names.name(collection.owner),
            name: collection.name,
            description: collection.description,
            graph_cluster_status: "pending",
            graph_sync_status: "pending",
            user_count: collection.members,
            document_count: collection.documents,
            created_at: collection.created_at.to_string(),
            updated_at: collection.updated_at.to_string(),
        }
    }
}
