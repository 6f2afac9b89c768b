//! Names of documents and collections.
//!
//! They are random, sort by age, and prove nothing: who may read a document is asked at each request.

use doorward_core::{Digest, ids};

ids! {
    /// Names one document, through all its versions.
    DocumentId;
    /// Names one collection.
    CollectionId;
    /// Names one chunk of one version of a document.
    ChunkId;
}

impl ChunkId {
    /// The id of the chunk at `place` of this version: the same each time, and in no table (`UUIDv8`).
    pub fn of(document: DocumentId, version: u32, place: u32) -> Self {
        let mut named = [0; 24];
        named[..16].copy_from_slice(document.as_bytes());
        named[16..20].copy_from_slice(&version.to_be_bytes());
        named[20..].copy_from_slice(&place.to_be_bytes());
        let digest = Digest::of(&named);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
