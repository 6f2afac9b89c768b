//! Collections: made, shared, given up. Nobody lets themselves in.

use doorward_core::{Code, Error, UserId};

use super::{Library, judge};
use crate::collection::{Collection, Member, NewCollection, Role};
use crate::document::{Caller, Page, Window};
use crate::id::{CollectionId, DocumentId};
use crate::shelf::CollectionUpdate;

impl Library {
    /// Makes a collection, whose owner the caller is.
    ///
    /// # Errors
    /// - [`Code::InvalidField`]: the name or description cannot be.
    /// - [`Code::QuotaReached`]: the caller has as many as they may have.
    /// - [`Code::Conflict`]: there is this id.
    pub async fn create_collection(&self, caller: Caller, new: NewCollection) -> Result<Collection, Error> {
        judge::name(&new.name)?;
        judge::description(&new.description)?;
        let terms = self.terms_of(caller.user).await?;
        let id = new.id.unwrap_or_else(|| CollectionId::new(terms.now, &*self.ports.entropy));
        self.shelf.create_collection(caller, id, new, terms).await
    }

    /// A collection the caller is in.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub async fn collection(&self, caller: Caller, id: CollectionId) -> Result<Collection, Error> {
        self.shelf.collection(caller, id).await
    }

    /// A collection whose members the caller may choose: whoever may not, learns nothing of accounts by naming them.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::Forbidden`].
    pub async fn collection_to_share(&self, caller: Caller, id: CollectionId) -> Result<Collection, Error> {
        let collection = self.shelf.collection(caller, id).await?;
        let may_share = caller.sees_all || collection.role == Some(Role::Owner);
        if may_share { Ok(collection) } else { Err(Code::Forbidden.into()) }
    }

    /// Collections the caller is in, youngest first: those of `ids`, or all.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn collections(
        &self,
        caller: Caller,
        ids: Vec<CollectionId>,
        window: Window,
    ) -> Result<Page<Collection>, Error> {
        self.shelf.collections(caller, ids, window).await
    }

    /// Renames or describes a collection; for its owners.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::Forbidden`],
    /// [`Code::InvalidField`].
    pub async fn update_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        update: CollectionUpdate,
    ) -> Result<Collection, Error> {
        update.name.as_deref().map(judge::name).transpose()?;
        update.description.as_deref().map(judge::description).transpose()?;
        self.shelf.change_collection(caller, id, update, self.terms().now).await
    }

    /// Deletes a collection; for its owners. The documents stay with theirs.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::Forbidden`].
    pub async fn delete_collection(&self, caller: Caller, id: CollectionId) -> Result<(), Error> {
        self.shelf.delete_collection(caller, id).await
    }

    /// Puts a document into a collection: its owner does, who is an editor or owner there.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::Forbidden`].
    pub async fn add_to_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        document: DocumentId,
    ) -> Result<(), Error> {
        self.shelf.place(caller, id, document).await
    }

    /// Takes a document out of a collection: its owner does, or an editor or owner of the collection.
    ///
    /// # Errors
    /// [`Code::NotFound`], [`Code::Forbidden`].
    pub async fn remove_from_collection(
        &self,
        caller: Caller,
        id: CollectionId,
        document: DocumentId,
    ) -> Result<(), Error> {
        self.shelf.displace(caller, id, document).await
    }

    /// Who is in a collection, for those who are in it.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub async fn members(
        &self,
        caller: Caller,
        id: CollectionId,
        window: Window,
    ) -> Result<Page<Member>, Error> {
        self.shelf.members(caller, id, window).await
    }

    /// Lets somebody into a collection, or gives them another role; for its owners. Whether there is such an account is for the
    /// caller to know.
    ///
    /// # Errors
    /// - [`Code::NotFound`], [`Code::Forbidden`].
    /// - [`Code::Conflict`]: nobody would own it any more.
    pub async fn add_member(
        &self,
        caller: Caller,
        id: CollectionId,
        user: UserId,
        role: Role,
    ) -> Result<(), Error> {
        self.shelf.let_in(caller, id, (user, role), self.terms().now).await
    }

    /// Puts somebody out of a collection, with their documents; for its owners, and for everybody about themselves.
    ///
    /// # Errors
    /// As [`Library::add_member`].
    pub async fn remove_member(&self, caller: Caller, id: CollectionId, user: UserId) -> Result<(), Error> {
        self.shelf.put_out(caller, id, user).await
    }
}
