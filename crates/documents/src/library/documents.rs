//! Documents: kept, read, changed, deleted.

use std::time::Duration;

use doorward_core::{Code, Error};

use super::{Library, judge};
use crate::document::{
    Caller, Chunk, Content, Document, NewDocument, Page, Selection, State, Update, Window,
};
use crate::filter::Filter;
use crate::id::DocumentId;
use crate::shelf::{Changed, Entry};

/// How long the crew here is waited for before a look at what another one has done.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

impl Library {
    /// Keeps a document, which belongs to the caller. It can be downloaded at once, and searched when it was read in.
    ///
    /// # Errors
    /// - [`Code::DocumentExists`]: what [`NewDocument::unique`] asks for is not so, or there is this id.
    /// - [`Code::DocumentTypeUnknown`]: no kind of file that is read.
    /// - [`Code::BodyTooLarge`], [`Code::QuotaReached`], [`Code::Overloaded`]: more than is taken, of this one, of this caller, or of all.
    /// - [`Code::InvalidField`]: name, title, metadata or chunks are not as they may be.
    /// - [`Code::NotFound`], [`Code::Forbidden`]: one of the collections is not the caller's to put something into.
    pub async fn add(&self, caller: Caller, mut new: NewDocument) -> Result<Document, Error> {
        judge::name(&new.name)?;
        new.title.as_deref().map(judge::title).transpose()?;
        let metadata = judge::metadata(&new.metadata)?;
        let source = std::mem::replace(&mut new.source, crate::document::Source::Text(String::new()));
        let limits = self.settings.limits;
        let matter = judge::matter(&new.name, new.media_type.as_deref(), source, &limits)?;
        let terms = self.terms_of(caller.user).await?;
        if self.allowances.is_some() && self.usage(caller.user).await?.chunks >= terms.limits.chunks {
            return Err(Error::new(Code::QuotaReached, "Your documents cannot have more chunks."));
        }
        let id = new.id.unwrap_or_else(|| DocumentId::new(terms.now, &*self.ports.entropy));
        let document = self.shelf.add(caller, Entry::new(id, new, metadata, matter), terms).await?;
        self.crew.call();
        Ok(document)
    }

    /// Documents the caller may read, youngest first.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a collection that is not theirs to see.
    pub async fn list(
        &self,
        caller: Caller,
        which: Selection,
        window: Window,
    ) -> Result<Page<Document>, Error> {
        self.shelf.documents(caller, which, window).await
    }

    /// A document.
    ///
    /// # Errors
    /// [`Code::NotFound`]: there is none, or it is not theirs to read.
    pub async fn document(&self, caller: Caller, id: DocumentId) -> Result<Document, Error> {
        self.shelf.document(caller, id).await
    }

    /// Its newest content, as it came in.
    ///
    /// # Errors
    /// As [`Library::document`].
    pub async fn content(&self, caller: Caller, id: DocumentId) -> Result<Content, Error> {
        self.shelf.content(caller, id).await
    }

    /// Its chunks, in their order: those that are searched at this moment.
    ///
    /// # Errors
    /// As [`Library::document`].
    pub async fn chunks(&self, caller: Caller, id: DocumentId, window: Window) -> Result<Page<Chunk>, Error> {
        self.shelf.chunks(caller, id, window).await
    }

    /// Changes a document. New content is read in like that of a new document; until then the old one is searched.
    ///
    /// # Errors
    /// - [`Code::NotFound`]: as for [`Library::document`].
    /// - [`Code::Forbidden`]: the caller may read it and not change it.
    /// - Those of [`Library::add`] about what is taken.
    pub async fn update(&self, caller: Caller, id: DocumentId, update: Update) -> Result<Document, Error> {
        update.name.as_deref().map(judge::name).transpose()?;
        update.title.as_deref().map(judge::title).transpose()?;
        let matter = match update.source {
            Some(source) => {
                let held = self.shelf.document(caller, id).await?;
                let name = update.name.as_deref().unwrap_or(&held.name);
                let media_type = update.media_type.as_deref().or(Some(&held.media_type));
                Some(judge::matter(name, media_type, source, &self.settings.limits)?)
            }
            None => None,
        };
        let has_content = matter.is_some();
        let changed = Changed {
            name: update.name,
            title: update.title,
            metadata: update.metadata.as_ref().map(judge::metadata).transpose()?,
            matter,
        };
        let document = self.shelf.change(caller, id, changed, self.terms()).await?;
        if has_content {
            self.crew.call();
        }
        Ok(document)
    }

    /// Deletes a document, with all that was made from it.
    ///
    /// # Errors
    /// - [`Code::NotFound`]: as for [`Library::document`].
    /// - [`Code::Forbidden`]: it is another's, who shares it with the caller.
    pub async fn delete(&self, caller: Caller, id: DocumentId) -> Result<(), Error> {
        self.shelf.delete(caller, id).await?;
        self.crew.call_sweeper();
        Ok(())
    }

    /// Deletes those of the caller's own documents that the filter names, a thousand at most; gives their ids.
    ///
    /// # Errors
    /// [`Code::NotFound`]: there is none.
    pub async fn delete_matching(&self, caller: Caller, filter: Filter) -> Result<Vec<DocumentId>, Error> {
        let deleted = self.shelf.delete_matching(caller, filter).await?;
        self.crew.call_sweeper();
        Ok(deleted)
    }

    /// Waits until a document is ready or has failed, and gives it then.
    ///
    /// # Errors
    /// As [`Library::document`].
    pub async fn settled(&self, caller: Caller, id: DocumentId) -> Result<Document, Error> {
        let mut finished = self.crew.finished();
        loop {
            let document = self.shelf.document(caller, id).await?;
            if matches!(document.state, State::Ready | State::Failed(_)) {
                return Ok(document);
            }
            // Another node may read it in, and tells nobody here.
            let _ = tokio::time::timeout(LOOK_AGAIN, finished.changed()).await;
        }
    }
}
