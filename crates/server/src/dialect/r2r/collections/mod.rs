//! Collections: documents that their owners share with members. The early second generation calls them groups.
//!
//! Who is in a collection is for its owners to say; nobody adds themselves.

mod change;
mod list;
mod members;
mod place;
mod shape;

pub(super) use change::{create, delete, update, update_named};
pub(super) use list::{list, of_document, of_user, read};
pub(super) use members::{
    add, add_by_body, add_to_collection, members, remove, remove_by_body, remove_from_collection,
};
pub(super) use place::{
    documents, place, place_by_body, remove as displace, remove_by_body as displace_by_body,
};
