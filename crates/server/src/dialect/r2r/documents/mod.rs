//! Documents of the caller, and those that others share with them.
//!
//! Does not know who may read what: the library does, in every question it asks its tables.

mod chunks;
mod content;
mod delete;
mod form;
mod ingest;
mod list;
mod metadata;
mod shape;
mod update;

pub(super) use chunks::{chunks, chunks_by_body};
pub(super) use content::download;
pub(super) use delete::{delete, delete_by_body, delete_by_query};
pub(super) use form::LARGEST;
pub(super) use ingest::{create, ingest};
pub(super) use list::{list, overview, read};
pub(super) use metadata::{append_metadata, replace_metadata};
pub(super) use shape::DocumentBody;
pub(super) use update::update;
