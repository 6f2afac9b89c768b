//! The dialect of R2R: what its published clients of three generations send to `/v1`, `/v2` and `/v3`, over the same accounts,
//! sessions and keys as `/api/v1`.
//!
//! A handler serves every generation that asks for the same thing: bodies are read in each form that a client sends
//! ([`wire`]), answers are the union of what they read ([`shape`]), and refusals are put so that all of them find the
//! sentence ([`refusal`]).
//!
//! Invariant: a path that is not in the table of [`routes`] is refused, and one that is not in its open part needs a
//! credential. Cookies are not read here.

mod account;
pub(crate) mod bounds;
mod collections;
mod documents;
mod keys;
mod names;
mod refusal;
mod retrieval;
mod session;
mod shape;
mod system;
mod table;
mod users;
mod wire;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use doorward_guard::BuildError;
use http::Method;

use crate::app::AppState;
use table::Table;

/// The routes of the dialect, behind its guards.
///
/// # Errors
/// [`BuildError`] when its rules contradict each other.
pub(super) fn routes(state: &AppState) -> Result<Router<AppState>, BuildError> {
    let table = shared(kept(guarded(open(Table::new(state)))));
    let (router, guards) = table.build(state)?;
    // As one, the first the outermost: each that is laid by itself is a box more that every request goes through.
    let layers =
        (middleware::from_fn(refusal::speak), DefaultBodyLimit::max(documents::LARGEST), guards.layer());
    Ok(router.layer(layers))
}

/// For everybody: what comes with these requests in the way of credentials is not looked at, good or bad.
fn open(table: Table) -> Table {
    let (get, post) = (Method::GET, Method::POST);
    table
        .open(&get, &["/v1/health", "/v2/health", "/v3/health"], system::health)
        .open(&post, &["/v1/register", "/v2/register", "/v3/users"], account::register)
        .open(&post, &["/v1/verify_email/{code}"], account::verify_by_path)
        .open(&post, &["/v2/verify_email", "/v3/users/verify-email"], account::verify)
        .open(&post, &["/v3/users/send-verification-email"], account::send_verification)
        .open(&post, &["/v1/login", "/v2/login", "/v3/users/login"], session::login)
        .open(&post, &["/v1/refresh_access_token", "/v2/refresh_access_token"], session::refresh)
        .open(&post, &["/v3/users/refresh-token"], session::refresh)
        .open(&post, &["/v1/request_password_reset", "/v2/request_password_reset"], account::ask_reset)
        .open(&post, &["/v2/send_reset_email", "/v3/users/request-password-reset"], account::ask_reset)
        .open(&post, &["/v1/reset_password/{token}"], account::reset_by_path)
        .open(&post, &["/v2/reset_password", "/v3/users/reset-password"], account::reset)
        .open(&get, &["/v3/users/oauth/{provider}/authorize"], session::authorize)
        .open(&get, &["/v3/users/oauth/{provider}/callback"], session::callback)
}

/// For whoever brings a credential.
fn guarded(table: Table) -> Table {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    table
        .guarded(&post, &["/v1/logout", "/v2/logout", "/v3/users/logout"], session::logout)
        .guarded(&get, &["/v1/user", "/v2/user", "/v3/users/me"], account::me)
        .guarded(&put, &["/v1/user", "/v2/user"], account::update)
        .guarded(&post, &["/v3/users/{id}"], account::update_named)
        .guarded(&post, &["/v1/change_password", "/v2/change_password"], account::change_password)
        .guarded(&post, &["/v3/users/change-password"], account::change_password)
        .guarded(&delete, &["/v1/user"], account::delete)
        .guarded(&delete, &["/v2/user/{id}", "/v3/users/{id}"], account::delete_named)
        .guarded(&get, &["/v3/users/{id}"], account::read)
        .guarded(&post, &["/v3/users/{id}/api-keys"], keys::create)
        .guarded(&get, &["/v3/users/{id}/api-keys"], keys::list)
        .guarded(&delete, &["/v3/users/{id}/api-keys/{key_id}"], keys::revoke)
        .guarded(&get, &["/v3/users/{id}/limits"], account::limits)
        .guarded(&get, &["/v2/user/{id}/verification_data"], users::verification)
        .guarded(&get, &["/v1/users_overview", "/v2/users_overview"], users::overview)
        .guarded(&post, &["/v1/users_overview", "/v2/users_overview"], users::overview)
        .guarded(&get, &["/v3/users"], users::list)
        .guarded(&post, &["/v3/users/export"], users::export)
        .guarded(&get, &["/v1/server_stats", "/v2/server_stats", "/v3/system/status"], system::status)
        .guarded(&get, &["/v1/app_settings", "/v2/app_settings", "/v3/system/settings"], system::settings)
        .guarded(&get, &["/v1/logs", "/v2/logs"], system::logs)
        .guarded(&post, &["/v1/logs"], system::logs)
        .guarded(&get, &["/v1/analytics", "/v2/analytics"], system::analytics)
        .guarded(&post, &["/v1/analytics"], system::analytics)
}

/// Documents, search and answers.
fn kept(table: Table) -> Table {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    table
        .guarded(&post, &["/v1/ingest_files", "/v2/ingest_files"], documents::ingest)
        .guarded(&post, &["/v3/documents"], documents::create)
        .guarded(&post, &["/v1/update_files", "/v2/update_files"], documents::update)
        .guarded(&get, &["/v1/documents_overview", "/v2/documents_overview"], documents::overview)
        .guarded(&post, &["/v1/documents_overview"], documents::overview)
        .guarded(&get, &["/v3/documents"], documents::list)
        .guarded(&get, &["/v3/documents/{id}"], documents::read)
        .guarded(&get, &["/v1/document_chunks"], documents::chunks_by_body)
        .guarded(&post, &["/v1/document_chunks"], documents::chunks_by_body)
        .guarded(&get, &["/v2/document_chunks/{id}", "/v3/documents/{id}/chunks"], documents::chunks)
        .guarded(&get, &["/v2/download_file/{id}", "/v3/documents/{id}/download"], documents::download)
        .guarded(&post, &["/v2/update_document_metadata/{id}"], documents::append_metadata)
        .guarded(&Method::PATCH, &["/v3/documents/{id}/metadata"], documents::append_metadata)
        .guarded(&put, &["/v3/documents/{id}/metadata"], documents::replace_metadata)
        .guarded(&delete, &["/v1/delete", "/v3/documents/by-filter"], documents::delete_by_body)
        .guarded(&delete, &["/v2/delete"], documents::delete_by_query)
        .guarded(&delete, &["/v3/documents/{id}"], documents::delete)
        .guarded(&post, &["/v1/search", "/v2/search", "/v3/retrieval/search"], retrieval::search)
        .guarded(&post, &["/v1/rag", "/v2/rag", "/v3/retrieval/rag"], retrieval::answer)
}

/// Collections, and groups as they were called first.
fn shared(table: Table) -> Table {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    table
        .guarded(
            &post,
            &["/v3/collections", "/v2/create_collection", "/v2/create_group"],
            collections::create,
        )
        .guarded(&get, &["/v3/collections", "/v2/list_collections", "/v2/list_groups"], collections::list)
        .guarded(&get, &["/v2/collections_overview", "/v2/groups_overview"], collections::list)
        .guarded(
            &get,
            &["/v3/collections/{id}", "/v2/get_collection/{id}", "/v2/get_group/{id}"],
            collections::read,
        )
        .guarded(&post, &["/v3/collections/{id}"], collections::update)
        .guarded(&put, &["/v2/update_collection", "/v2/update_group"], collections::update_named)
        .guarded(&delete, &["/v3/collections/{id}"], collections::delete)
        .guarded(&delete, &["/v2/delete_collection/{id}", "/v2/delete_group/{id}"], collections::delete)
        .guarded(
            &get,
            &["/v3/collections/{id}/documents", "/v2/collection/{id}/documents"],
            collections::documents,
        )
        .guarded(&get, &["/v2/group/{id}/documents"], collections::documents)
        .guarded(&post, &["/v3/collections/{id}/documents/{document_id}"], collections::place)
        .guarded(&delete, &["/v3/collections/{id}/documents/{document_id}"], collections::displace)
        .guarded(&post, &["/v2/assign_document_to_collection"], collections::place_by_body)
        .guarded(&post, &["/v2/assign_document_to_group"], collections::place_by_body)
        .guarded(&post, &["/v2/remove_document_from_collection"], collections::displace_by_body)
        .guarded(&post, &["/v2/remove_document_from_group"], collections::displace_by_body)
        .guarded(
            &get,
            &["/v2/document_collections/{id}", "/v2/document_groups/{id}"],
            collections::of_document,
        )
        .guarded(&get, &["/v3/collections/{id}/users"], collections::members)
        .guarded(
            &get,
            &["/v2/get_users_in_collection/{id}", "/v2/get_users_in_group/{id}"],
            collections::members,
        )
        .guarded(&post, &["/v3/collections/{id}/users/{user_id}"], collections::add)
        .guarded(&delete, &["/v3/collections/{id}/users/{user_id}"], collections::remove)
        .guarded(&post, &["/v2/add_user_to_collection", "/v2/add_user_to_group"], collections::add_by_body)
        .guarded(&post, &["/v2/remove_user_from_collection"], collections::remove_by_body)
        .guarded(&post, &["/v2/remove_user_from_group"], collections::remove_by_body)
        .guarded(&get, &["/v3/users/{id}/collections"], collections::of_user)
        .guarded(&get, &["/v2/user_collections/{id}", "/v2/user_groups/{id}"], collections::of_user)
        .guarded(&post, &["/v3/users/{id}/collections/{collection_id}"], collections::add_to_collection)
        .guarded(
            &delete,
            &["/v3/users/{id}/collections/{collection_id}"],
            collections::remove_from_collection,
        )
}
