//! The port, joined to the statements: reads on a reader, changes on the writer.

use async_trait::async_trait;
use doorward_core::{Error, Timestamp, UserId};

use super::{collection, document, member, owner, search, vector, work};
use crate::collection::{Collection, Member, NewCollection, Role};
use crate::db::Engine;
use crate::document::{Caller, Chunk, Content, Document, Overview, Page, Selection, Usage, Window};
use crate::filter::Filter;
use crate::id::{CollectionId, DocumentId};
use crate::search::Hit;
use crate::settings::Limits;
use crate::shelf::{
    ByMeaning, ByWords, Changed, CollectionUpdate, Entry, Search, Shelf, Task, Terms, Unembedded, Work,
};

/// The shelf that an engine keeps.
#[derive(Debug)]
pub(crate) struct Kept<E>(pub(crate) E);

#[async_trait]
impl<E: Engine> Shelf for Kept<E> {
    async fn add(&self, caller: Caller, entry: Entry, terms: Terms) -> Result<Document, Error> {
        self.0.write(move |db| document::add(db, caller, &entry, &terms)).await
    }

    async fn document(&self, caller: Caller, id: DocumentId) -> Result<Document, Error> {
        self.0.read(move |db| document::one(db, caller, id)).await
    }

    async fn documents(
        &self,
        caller: Caller,
        which: Selection,
        window: Window,
    ) -> Result<Page<Document>, Error> {
        self.0.read(move |db| document::list(db, caller, &which, window)).await
    }

    async fn content(&self, caller: Caller, id: DocumentId) -> Result<Content, Error> {
        self.0.read(move |db| document::content(db, caller, id)).await
    }

    async fn chunks(&self, caller: Caller, id: DocumentId, window: Window) -> Result<Page<Chunk>, Error> {
        self.0.read(move |db| document::chunks(db, caller, id, window)).await
    }

    async fn change(
        &self,
        caller: Caller,
        id: DocumentId,
        changed: Changed,
        terms: Terms,
    ) -> Result<Document, Error> {
        self.0.write(move |db| document::change(db, caller, id, &changed, &terms)).await
    }

    async fn delete(&self, caller: Caller, id: DocumentId) -> Result<(), Error> {
        self.0.write(move |db| document::delete(db, caller, id)).await
    }

    async fn delete_matching(&self, caller: Caller, filter: Filter) -> Result<Vec<DocumentId>, Error> {
        self.0.write(move |db| document::delete_matching(db, caller, &filter)).await
    }

    async fn by_words(&self, caller: Caller, search: ByWords) -> Result<Vec<Hit>, Error> {
        self.0.read(move |db| search::by_words(db, caller, &search)).await
    }

    async fn by_meaning(&self, caller: Caller, search: ByMeaning) -> Result<Vec<Hit>, Error> {
        self.0.read(move |db| vector::nearest(db, caller, &search)).await
    }

    async fn create_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        new: NewCollection,
        terms: Terms,
    ) -> Result<Collection, Error> {
        self.0.write(move |db| collection::create(db, caller, id, &new, &terms)).await
    }

    async fn collection(&self, caller: Caller, id: CollectionId) -> Result<Collection, Error> {
        self.0.read(move |db| collection::one(db, caller, id)).await
    }

    async fn collections(
        &self,
        caller: Caller,
        ids: Vec<CollectionId>,
        window: Window,
    ) -> Result<Page<Collection>, Error> {
        self.0.read(move |db| collection::list(db, caller, &ids, window)).await
    }

    async fn change_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        update: CollectionUpdate,
        now: Timestamp,
    ) -> Result<Collection, Error> {
        self.0.write(move |db| collection::change(db, caller, id, &update, now)).await
    }

    async fn delete_collection(&self, caller: Caller, id: CollectionId) -> Result<(), Error> {
        self.0.write(move |db| collection::delete(db, caller, id)).await
    }

    async fn place(&self, caller: Caller, id: CollectionId, document: DocumentId) -> Result<(), Error> {
        self.0.write(move |db| member::share(db, caller, id, document)).await
    }

    async fn displace(&self, caller: Caller, id: CollectionId, document: DocumentId) -> Result<(), Error> {
        self.0.write(move |db| member::withdraw(db, caller, id, document)).await
    }

    async fn members(&self, caller: Caller, id: CollectionId, window: Window) -> Result<Page<Member>, Error> {
        self.0.read(move |db| member::list(db, caller, id, window)).await
    }

    async fn let_in(
        &self,
        caller: Caller,
        id: CollectionId,
        member: (UserId, Role),
        now: Timestamp,
    ) -> Result<(), Error> {
        self.0.write(move |db| member::let_in(db, caller, id, member, now)).await
    }

    async fn put_out(&self, caller: Caller, id: CollectionId, user: UserId) -> Result<(), Error> {
        self.0.write(move |db| member::put_out(db, caller, id, user)).await
    }

    async fn overview(&self, owners: Vec<UserId>, window: Window) -> Result<Page<Overview>, Error> {
        self.0.read(move |db| owner::overview(db, &owners, window)).await
    }

    async fn usage(&self, owner: UserId) -> Result<Usage, Error> {
        self.0.read(move |db| owner::usage(db, owner)).await
    }

    async fn forget(&self, user: UserId) -> Result<(), Error> {
        self.0
            .write(move |db| {
                owner::forget(db, user)?;
                document::forget(db, user)?;
                collection::forget(db, user)
            })
            .await
    }

    async fn note(&self, name: &'static str) -> Result<Option<String>, Error> {
        self.0.read(move |db| owner::note(db, name)).await
    }

    async fn set_note(&self, name: &'static str, value: String) -> Result<(), Error> {
        self.0.step(move |db| owner::set_note(db, name, &value)).await
    }

    async fn take_work(&self, search: Search) -> Result<Option<Work>, Error> {
        self.0.step(move |db| work::take(db, &search)).await
    }

    async fn write(
        &self,
        task: Task,
        until: Timestamp,
        (place, texts): (u32, Vec<String>),
    ) -> Result<bool, Error> {
        self.0.step(move |db| work::write(db, task, until, (place, &texts))).await
    }

    async fn finish(&self, task: Task, limits: Limits) -> Result<(), Error> {
        self.0.step(move |db| work::finish(db, task, &limits)).await
    }

    async fn fail(&self, task: Task, reason: String) -> Result<(), Error> {
        self.0.step(move |db| work::fail(db, task, &reason)).await
    }

    async fn release(&self, task: Task) -> Result<(), Error> {
        self.0.step(move |db| work::release(db, task)).await
    }

    async fn sweep(&self) -> Result<bool, Error> {
        self.0.step(document::sweep).await
    }

    async fn unembedded(&self, model: String, most: u32) -> Result<Option<Unembedded>, Error> {
        self.0.step(move |db| vector::unembedded(db, &model, most)).await
    }

    async fn embed(&self, _model: String, vectors: Vec<(i64, Vec<f32>)>) -> Result<(), Error> {
        self.0.step(move |db| vector::embed(db, &vectors)).await
    }
}
