//! The port to whatever keeps documents.
//!
//! Behind it are the statements of [`crate::table`] on one of two engines. Who may read or change what is part of each statement,
//! never something that is looked at afterwards.

use std::fmt;

use async_trait::async_trait;
use doorward_core::{Error, Timestamp, UserId};

use crate::collection::{Collection, Member, NewCollection, Role};
use crate::document::{
    Caller, Chunk, Content, Document, NewDocument, Overview, Page, Selection, Unique, Usage, Window,
};
use crate::filter::Filter;
use crate::id::{CollectionId, DocumentId};
use crate::ingest::Form;
use crate::query::Query;
use crate::search::Hit;
use crate::settings::Limits;

/// Content that has been looked at.
#[derive(Debug)]
pub(crate) struct Matter {
    pub(crate) bytes: Vec<u8>,
    pub(crate) form: Form,
    pub(crate) media_type: String,
    pub(crate) digest: String,
}

/// A document to be kept, judged and complete.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: DocumentId,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) metadata: String,
    pub(crate) collections: Vec<CollectionId>,
    pub(crate) unique: Unique,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) matter: Matter,
}

impl Entry {
    pub(crate) fn new(id: DocumentId, new: NewDocument, metadata: String, matter: Matter) -> Self {
        Self {
            id,
            title: new.title.unwrap_or_else(|| new.name.clone()),
            name: new.name,
            metadata,
            collections: new.collections,
            unique: new.unique,
            created_at: new.created_at,
            matter,
        }
    }
}

/// What is to be different about a document.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) matter: Option<Matter>,
}

/// What is to be different about a collection.
#[derive(Debug, Clone, Default)]
pub struct CollectionUpdate {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
}

/// An attempt to read a version of a document in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) no: i64,
    pub(crate) version: u32,
    pub(crate) attempt: u32,
}

/// A look for work.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) now: Timestamp,
    /// Until when the one who looks has what is found.
    pub(crate) until: Timestamp,
    /// Owners, by number, of whom enough is at work.
    pub(crate) avoided: Vec<i64>,
}

/// A document that waits to be read in.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) task: Task,
    pub(crate) id: DocumentId,
    /// Its owner, by number.
    pub(crate) owner: i64,
    pub(crate) form: Form,
    pub(crate) content: Vec<u8>,
}

/// Chunks without vectors, of one document.
#[derive(Debug)]
pub(crate) struct Unembedded {
    pub(crate) document: i64,
    pub(crate) chunks: Vec<(i64, String)>,
}

/// A search by words.
#[derive(Debug)]
pub(crate) struct ByWords {
    pub(crate) query: Query,
    pub(crate) filter: Option<Filter>,
    pub(crate) limit: u32,
}

/// A search by meaning.
#[derive(Debug)]
pub(crate) struct ByMeaning {
    pub(crate) vector: Vec<f32>,
    pub(crate) model: String,
    pub(crate) filter: Option<Filter>,
    pub(crate) limit: u32,
}

/// Keeps documents and finds them again.
#[async_trait]
pub(crate) trait Shelf: Send + Sync + fmt::Debug {
    async fn add(&self, caller: Caller, entry: Entry, terms: Terms) -> Result<Document, Error>;
    async fn document(&self, caller: Caller, id: DocumentId) -> Result<Document, Error>;
    async fn documents(
        &self,
        caller: Caller,
        which: Selection,
        window: Window,
    ) -> Result<Page<Document>, Error>;
    async fn content(&self, caller: Caller, id: DocumentId) -> Result<Content, Error>;
    async fn chunks(&self, caller: Caller, id: DocumentId, window: Window) -> Result<Page<Chunk>, Error>;
    async fn change(
        &self,
        caller: Caller,
        id: DocumentId,
        changed: Changed,
        terms: Terms,
    ) -> Result<Document, Error>;
    async fn delete(&self, caller: Caller, id: DocumentId) -> Result<(), Error>;
    async fn delete_matching(&self, caller: Caller, filter: Filter) -> Result<Vec<DocumentId>, Error>;

    async fn by_words(&self, caller: Caller, search: ByWords) -> Result<Vec<Hit>, Error>;
    async fn by_meaning(&self, caller: Caller, search: ByMeaning) -> Result<Vec<Hit>, Error>;

    async fn create_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        new: NewCollection,
        terms: Terms,
    ) -> Result<Collection, Error>;
    async fn collection(&self, caller: Caller, id: CollectionId) -> Result<Collection, Error>;
    async fn collections(
        &self,
        caller: Caller,
        ids: Vec<CollectionId>,
        window: Window,
    ) -> Result<Page<Collection>, Error>;
    async fn change_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        update: CollectionUpdate,
        now: Timestamp,
    ) -> Result<Collection, Error>;
    async fn delete_collection(&self, caller: Caller, id: CollectionId) -> Result<(), Error>;
    async fn place(&self, caller: Caller, id: CollectionId, document: DocumentId) -> Result<(), Error>;
    async fn displace(&self, caller: Caller, id: CollectionId, document: DocumentId) -> Result<(), Error>;
    async fn members(&self, caller: Caller, id: CollectionId, window: Window) -> Result<Page<Member>, Error>;
    async fn let_in(
        &self,
        caller: Caller,
        id: CollectionId,
        member: (UserId, Role),
        now: Timestamp,
    ) -> Result<(), Error>;
    async fn put_out(&self, caller: Caller, id: CollectionId, user: UserId) -> Result<(), Error>;

    async fn overview(&self, owners: Vec<UserId>, window: Window) -> Result<Page<Overview>, Error>;
    async fn usage(&self, owner: UserId) -> Result<Usage, Error>;
    async fn forget(&self, user: UserId) -> Result<(), Error>;
    async fn note(&self, name: &'static str) -> Result<Option<String>, Error>;
    async fn set_note(&self, name: &'static str, value: String) -> Result<(), Error>;

    /// The next document to read in, marked as being read; what an earlier attempt wrote is gone.
    async fn take_work(&self, search: Search) -> Result<Option<Work>, Error>;
    /// Writes chunks of a version, in order, from a place on; the document is the writer's `until` then. `false` when they are not
    /// wanted any more.
    async fn write(&self, task: Task, until: Timestamp, chunks: (u32, Vec<String>)) -> Result<bool, Error>;
    /// Makes a version that is whole the one that is searched.
    async fn finish(&self, task: Task, limits: Limits) -> Result<(), Error>;
    /// Notes why a version cannot be searched.
    async fn fail(&self, task: Task, reason: String) -> Result<(), Error>;
    /// Gives back what could not be done.
    async fn release(&self, task: Task) -> Result<(), Error>;
    /// Removes a part of what was deleted or replaced; `false` when nothing is left.
    async fn sweep(&self) -> Result<bool, Error>;
    /// Chunks that have no vector of this model yet; marks a document that has all.
    async fn unembedded(&self, model: String, most: u32) -> Result<Option<Unembedded>, Error>;
    async fn embed(&self, model: String, vectors: Vec<(i64, Vec<f32>)>) -> Result<(), Error>;
}

/// What new things are measured against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) limits: Limits,
    pub(crate) now: Timestamp,
}
