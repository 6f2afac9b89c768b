//! Accounts, as the people who run the server see them.

pub mod delete;
pub mod disable;
pub mod enable;
pub mod export;
pub mod give_role;
pub mod import;
pub mod invite;
pub mod list;
pub mod read;
pub mod remove_second_factor;
pub mod reset_password;
pub mod take_role;
pub mod update;
pub mod verify;

use doorward_core::role::RoleName;
use doorward_core::{Code, Error, Timestamp};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list, invite::invite))
        .routes(routes!(import::import))
        .routes(routes!(export::export))
        .routes(routes!(read::read, update::update, delete::delete))
        .routes(routes!(reset_password::reset_password))
        .routes(routes!(remove_second_factor::remove_second_factor))
        .routes(routes!(verify::verify))
        .routes(routes!(disable::disable))
        .routes(routes!(enable::enable))
        .routes(routes!(give_role::give_role))
        .routes(routes!(take_role::take_role))
}

/// A moment in a query.
fn moment(text: &str) -> Result<Timestamp, Error> {
    Timestamp::parse(text)
        .ok_or_else(|| Error::new(Code::MalformedParameter, "A time has the form 2026-01-31T08:00:00Z."))
}

/// A role in a query.
fn role(text: &str) -> Result<RoleName, Error> {
    text.parse().map_err(|_| Error::new(Code::MalformedParameter, "This is no name of a role."))
}
