//! What accounts of R2R keep: collections, who is in them, documents.
//!
//! All of it keeps its id. What is there already is left as it is, so an import that was interrupted is run again. A document is
//! brought with its file; where its file is not there or of no kind that is read here, with the pieces that R2R had cut.
//!
//! Invariant: nobody is let into a collection that everybody was given without asking: R2R let anybody in there who asked.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use doorward_core::account::AliasKind;
use doorward_core::port::SystemClock;
use doorward_core::{Code, Core, Error, Timestamp, UserId};
use doorward_documents::{
    Caller, CollectionId, Document, DocumentId, Library, NewCollection, NewDocument, Role, Source, State,
    Unique,
};
use doorward_store::Elsewhere;

use super::tell::{Belongings, Fate, Kind};
use crate::accounts::members::{Members, rows};
use crate::accounts::read::Form;
use crate::cli::exit::Failure;
use crate::cli::node::open_library;
use crate::config::Config;

/// How R2R calls the collection that every account is given.
const GIVEN: &str = "Default";
/// Where R2R keeps documents, files and pieces: in its third generation, and in the second.
const DOCUMENTS: [&str; 2] = ["documents", "document_info"];
const FILES: [&str; 2] = ["files", "file_storage"];
const PIECES: [&str; 2] = ["chunks", "vectors"];
/// How long to wait when too many documents wait to be read in.
const PAUSE: Duration = Duration::from_millis(200);

/// What is brought, and from where.
pub(super) struct Plan<'a> {
    pub(super) theirs: &'a Elsewhere,
    /// The table of the accounts; the others are beside it.
    pub(super) table: &'a str,
    /// The old ids of the accounts that come along.
    pub(super) coming: BTreeSet<String>,
    pub(super) is_rehearsal: bool,
}

/// Brings what the accounts keep, as far as documents are kept here.
///
/// # Errors
/// Either database fails, or documents are not kept here and there are some.
pub(super) async fn bring(core: &Arc<Core>, config: &Config, plan: &Plan<'_>) -> Result<Belongings, Failure> {
    let mut told = Belongings::default();
    let (collections, documents) = (plan.all(&["collections"]).await?, plan.all(&DOCUMENTS).await?);
    if collections.is_empty() && documents.is_empty() {
        return Ok(told);
    }
    let Some(library) = open_library(config, Arc::new(SystemClock), core).await? else {
        let why = "documents.enabled is false, so documents and collections stay where they are";
        told.documents.say("all".to_owned(), why.to_owned());
        told.documents.refused = documents.len();
        told.collections.refused = collections.len();
        return Ok(told);
    };
    let mover = Mover { core, library, plan };
    mover.collections(collections, &mut told.collections).await?;
    mover.members(&mut told.members).await?;
    mover.documents(documents, &mut told.documents).await?;
    Ok(told)
}

impl Plan<'_> {
    /// The name of a table beside that of the accounts.
    fn beside(&self, name: &str) -> String {
        self.table.split_once('.').map_or_else(|| name.to_owned(), |(schema, _)| format!("{schema}.{name}"))
    }

    /// The account that was called `old`; in a rehearsal one that is still to come has none yet.
    pub(super) async fn owner(&self, core: &Core, old: Option<String>) -> Result<Option<UserId>, Error> {
        let old = old.ok_or_else(|| refused("It has no owner."))?.to_ascii_lowercase();
        match core.account_known_as(AliasKind::R2r, &old).await {
            Ok(user) => Ok(Some(user.id)),
            Err(error) if error.code() != Code::NotFound => Err(error),
            Err(_) if self.is_rehearsal && self.coming.contains(&old) => Ok(None),
            Err(_) => Err(refused("Its owner has not come along.")),
        }
    }

    /// The rows of the first of these tables that there is.
    pub(super) async fn all(&self, names: &[&str]) -> Result<Vec<Members>, Failure> {
        for name in names {
            if let Some(found) = self.theirs.rows(&self.beside(name)).await? {
                let found = rows(found.join("\n").as_bytes(), Form::Json);
                return Ok(found.into_iter().collect::<Result<_, _>>()?);
            }
        }
        Ok(Vec::new())
    }

    /// The file of a document: its name and what is in it.
    async fn file(&self, document: &str) -> Result<Option<(String, Vec<u8>)>, Failure> {
        for name in FILES {
            let Some(found) = self.theirs.rows_of(&self.beside(name), document).await? else { continue };
            let Some(file) = rows(found.join("\n").as_bytes(), Form::Json).into_iter().next() else {
                continue;
            };
            let file = file?;
            let named = file.text("name").or_else(|| file.text("file_name"));
            let oid = file.text("oid").or_else(|| file.text("file_oid"));
            if let Some((named, oid)) = named.zip(oid.and_then(|oid| oid.parse().ok())) {
                return Ok(Some((named, self.theirs.large_object(oid).await?)));
            }
        }
        Ok(None)
    }

    /// The pieces that a document was cut into.
    async fn pieces(&self, document: &str) -> Result<Vec<String>, Failure> {
        for name in PIECES {
            if let Some(found) = self.theirs.pieces_of(&self.beside(name), document).await? {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }
}

/// Carries everything over.
struct Mover<'a> {
    core: &'a Core,
    library: Library,
    plan: &'a Plan<'a>,
}

/// Whoever looks on behalf of all.
const fn overseer(user: UserId) -> Caller {
    Caller { user, sees_all: true }
}

/// Something that cannot be brought.
pub(super) fn refused(why: &str) -> Error {
    Error::new(Code::InvalidField, why)
}

fn id_of(members: &Members, other: &str) -> String {
    members.text("id").or_else(|| members.text(other)).unwrap_or_default()
}

impl Mover<'_> {
    async fn owner(&self, old: Option<String>) -> Result<Option<UserId>, Error> {
        self.plan.owner(self.core, old).await
    }

    async fn collections(&self, all: Vec<Members>, told: &mut Kind) -> Result<(), Failure> {
        for collection in all {
            let id = id_of(&collection, "collection_id");
            let fate = self.collection(&id, &collection).await;
            told.note(id, passing(fate)?);
        }
        Ok(())
    }

    async fn collection(&self, id: &str, members: &Members) -> Result<Fate, Error> {
        let id: CollectionId = id.parse().map_err(|_| refused("This is no id."))?;
        let Some(owner) = self.owner(members.text("owner_id")).await? else { return Ok(Fate::Added) };
        match self.library.collection(overseer(owner), id).await {
            Ok(found) if found.owner == owner => return Ok(Fate::Existing),
            Ok(_) => return Err(refused("There is a collection of this id, and it is another's.")),
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error),
        }
        if !self.plan.is_rehearsal {
            let name = members.text("name").unwrap_or_else(|| GIVEN.to_owned());
            let description = members.text("description").unwrap_or_default();
            let new = NewCollection { id: Some(id), name, description };
            self.library.create_collection(Caller { user: owner, sees_all: false }, new).await?;
        }
        Ok(Fate::Added)
    }

    /// Lets accounts into the collections they were in.
    async fn members(&self, told: &mut Kind) -> Result<(), Failure> {
        if self.plan.is_rehearsal {
            return Ok(());
        }
        for account in self.plan.all(&[self.plan.table.rsplit('.').next().unwrap_or_default()]).await? {
            let old = id_of(&account, "user_id");
            let Ok(Some(user)) = self.owner(Some(old.clone())).await else { continue };
            for id in account.words("collection_ids") {
                let fate = passing(self.member(&id, user).await)?;
                if !matches!(fate, Ok(None)) {
                    told.note(format!("{old} in {id}"), fate.map(|fate| fate.unwrap_or(Fate::Existing)));
                }
            }
        }
        Ok(())
    }

    /// Lets `user` in; `None` where it is their own collection.
    async fn member(&self, id: &str, user: UserId) -> Result<Option<Fate>, Error> {
        let id: CollectionId = id.parse().map_err(|_| refused("This is no id."))?;
        let found = self.library.collection(overseer(user), id).await;
        let found = found.map_err(|error| match error.code() {
            Code::NotFound => refused("The collection has not come along."),
            _ => error,
        })?;
        if found.owner == user {
            return Ok(None);
        }
        if found.role.is_some() {
            return Ok(Some(Fate::Existing));
        }
        if found.name == GIVEN {
            return Err(refused(
                "It is the collection that its owner was given, which anybody could enter: the owner says who is let in again.",
            ));
        }
        self.library.add_member(overseer(found.owner), id, user, Role::Reader).await?;
        Ok(Some(Fate::Added))
    }

    async fn documents(&self, all: Vec<Members>, told: &mut Kind) -> Result<(), Failure> {
        let mut brought = Vec::new();
        for document in all {
            let id = id_of(&document, "document_id");
            match self.document(&id, &document).await {
                Ok(Some((added, fate))) => {
                    brought.push((added.owner, added.id));
                    told.note(id.clone(), Ok(fate));
                    self.place(&added, &document, told).await?;
                }
                Ok(None) => told.note(id, Ok(Fate::Added)),
                Err(Trouble::Refused(error)) => told.note(id, passing(Err(error))?),
                Err(Trouble::Failed(failure)) => return Err(failure),
            }
        }
        for (owner, id) in brought {
            if let State::Failed(why) = self.library.settled(overseer(owner), id).await?.state {
                told.say(id.to_string(), format!("It has come along and cannot be searched: {why}"));
            }
        }
        Ok(())
    }

    /// Brings a document; `None` in a rehearsal.
    async fn document(&self, id: &str, members: &Members) -> Result<Option<(Document, Fate)>, Trouble> {
        let key: DocumentId = id.parse().map_err(|_| refused("This is no id."))?;
        let owner = members.text("owner_id").or_else(|| members.text("user_id"));
        let Some(owner) = self.owner(owner).await? else { return Ok(None) };
        match self.library.document(overseer(owner), key).await {
            Ok(found) if found.owner == owner => return Ok(Some((found, Fate::Existing))),
            Ok(_) => return Err(refused("There is a document of this id, and it is another's.").into()),
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        if self.plan.is_rehearsal {
            return Ok(None);
        }
        let caller = Caller { user: owner, sees_all: false };
        let title = members.text("title");
        let dress = |new: NewDocument| -> Result<NewDocument, Error> {
            let (title, metadata) = (title.clone(), members.object("metadata")?);
            let created_at = members.moment("created_at").as_deref().and_then(Timestamp::parse);
            Ok(NewDocument { id: Some(key), title, metadata, created_at, unique: Unique::Nothing, ..new })
        };
        if let Some((name, bytes)) = self.plan.file(id).await? {
            match self.add(caller, dress(NewDocument::new(name, Source::Bytes(bytes)))?).await {
                Err(error) if error.code() == Code::DocumentTypeUnknown => {}
                added => return Ok(Some((added?, Fate::Added))),
            }
        }
        let pieces = self.plan.pieces(id).await?;
        if pieces.is_empty() {
            return Err(refused("Neither its file nor its text is there in a form that is read here.").into());
        }
        let name = title.clone().unwrap_or_else(|| format!("{id}.txt"));
        let new = NewDocument::new(name, Source::Chunks(pieces));
        Ok(Some((self.add(caller, dress(new)?).await?, Fate::Added)))
    }

    /// Keeps a document, as soon as there is room among those that wait to be read in.
    async fn add(&self, caller: Caller, new: NewDocument) -> Result<Document, Error> {
        loop {
            match self.library.add(caller, new.clone()).await {
                Err(error) if error.code() == Code::Overloaded => tokio::time::sleep(PAUSE).await,
                added => return added,
            }
        }
    }

    /// Puts a document into the collections it was in.
    async fn place(&self, document: &Document, members: &Members, told: &mut Kind) -> Result<(), Failure> {
        for id in members.words("collection_ids") {
            let placed = match id.parse::<CollectionId>() {
                Ok(id) => self.library.add_to_collection(overseer(document.owner), id, document.id).await,
                Err(_) => Err(refused("This is no id.")),
            };
            if let Err(error) = passing(placed)? {
                told.say(
                    document.id.to_string(),
                    format!("It is not in the collection {id}: {}", error.detail()),
                );
            }
        }
        Ok(())
    }
}

/// Why a document was not brought.
enum Trouble {
    /// For a reason of its own.
    Refused(Error),
    /// Nothing more can be brought.
    Failed(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What is wrong with one thing; what is wrong with the database ends the import.
pub(super) fn passing<T>(outcome: Result<T, Error>) -> Result<Result<T, Error>, Failure> {
    match outcome {
        Err(error) if matches!(error.code(), Code::StoreUnavailable | Code::Internal) => Err(error.into()),
        outcome => Ok(outcome),
    }
}
