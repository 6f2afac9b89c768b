//! What a collection is: documents that their owners share with those whom the collection's owners let in.

use doorward_core::{Timestamp, UserId};

use crate::id::CollectionId;

/// A collection, as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Names it.
    pub id: CollectionId,
    /// Who made it.
    pub owner: UserId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What the caller may do in it; `None` for one who sees all without being a member.
    pub role: Option<Role>,
    /// How many documents are in it.
    pub documents: u64,
    /// How many members it has.
    pub members: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name or description was changed last.
    pub updated_at: Timestamp,
}

/// A collection to be made.
#[derive(Debug, Clone)]
pub struct NewCollection {
    /// Its name, when the caller has one already; otherwise a random one is made.
    pub id: Option<CollectionId>,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// What a member may do. Each may do what those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads and searches the documents.
    Reader,
    /// Puts documents of their own in, takes documents out, and changes those that are in.
    Editor,
    /// Changes the collection itself, and says who is in it.
    Owner,
}

impl Role {
    /// The stable text of the role.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role with this text.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Reader, Self::Editor, Self::Owner].into_iter().find(|role| role.as_str() == text)
    }
}

/// Somebody in a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
}
