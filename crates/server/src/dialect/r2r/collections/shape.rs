//! What R2R's clients are shown of a collection.

use doorward_documents::Collection;
use serde::Serialize;

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

impl From<Collection> for CollectionBody {
    fn from(collection: Collection) -> Self {
        Self {
            id: collection.id.to_string(),
            collection_id: collection.id.to_string(),
            group_id: collection.id.to_string(),
            owner_id: collection.owner.to_string(),
            user_id: collection.owner.to_string(),
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
