//! `GET /v3/collections/{id}/users`, `POST` and `DELETE /v3/collections/{id}/users/{user_id}`, the same from the account's side, and
//! by the names of the second generation. Whoever is added reads.

use axum::extract::State;
use doorward_core::{Code, Core, Error, UserId};
use doorward_documents::{Caller, CollectionId, Role, Window};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::names;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{Listed, Message, Named, Params, Refused, Results, Sent, Spoken, done};
use crate::http::extract::TwoIds;
use crate::http::reader::{Reader, Writer};

/// Who, and which collection.
#[derive(Debug, Deserialize)]
pub(in super::super) struct MemberBody {
    user_id: String,
    #[serde(alias = "group_id")]
    collection_id: CollectionId,
}

impl Spoken for MemberBody {}

impl MemberBody {
    async fn user(&self, core: &Core) -> Result<UserId, Error> {
        names::meant(core, self.user_id.parse().map_err(|_| Code::NotFound)?).await
    }
}

pub(in super::super) async fn members(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(id): Named<CollectionId>,
    params: Params,
) -> Result<Listed<UserBody>, Refused> {
    let (offset, limit) = params.page()?;
    let page = app.library()?.members(caller, id, Window { offset: offset.into(), limit }).await?;
    let mut users = Vec::with_capacity(page.items.len());
    for member in page.items {
        match app.core.account(member.user).await {
            Ok(user) => users.push(user),
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let users = UserBody::all(&app.core, users).await?.into_iter().map(UserBody::into_others).collect();
    Ok(Listed::of(users, page.total))
}

pub(in super::super) async fn add(
    State(app): State<AppState>,
    Writer(caller): Writer,
    TwoIds(id, user): TwoIds<CollectionId, UserId>,
) -> Result<Results<Message>, Refused> {
    let_in(&app, caller, id, names::meant(&app.core, user).await?).await
}

pub(in super::super) async fn add_to_collection(
    State(app): State<AppState>,
    Writer(caller): Writer,
    TwoIds(user, id): TwoIds<UserId, CollectionId>,
) -> Result<Results<Message>, Refused> {
    let_in(&app, caller, id, names::meant(&app.core, user).await?).await
}

pub(in super::super) async fn add_by_body(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<MemberBody>,
) -> Result<Results<Message>, Refused> {
    let_in(&app, caller, body.collection_id, body.user(&app.core).await?).await
}

async fn let_in(
    app: &AppState,
    caller: Caller,
    id: CollectionId,
    user: UserId,
) -> Result<Results<Message>, Refused> {
    let library = app.library()?;
    library.collection_to_share(caller, id).await?;
    app.core.account(user).await?;
    library.add_member(caller, id, user, Role::Reader).await?;
    Ok(done("User added to collection successfully"))
}

pub(in super::super) async fn remove(
    State(app): State<AppState>,
    Writer(caller): Writer,
    TwoIds(id, user): TwoIds<CollectionId, UserId>,
) -> Result<Results<Message>, Refused> {
    put_out(&app, caller, id, names::meant(&app.core, user).await?).await
}

pub(in super::super) async fn remove_from_collection(
    State(app): State<AppState>,
    Writer(caller): Writer,
    TwoIds(user, id): TwoIds<UserId, CollectionId>,
) -> Result<Results<Message>, Refused> {
    put_out(&app, caller, id, names::meant(&app.core, user).await?).await
}

pub(in super::super) async fn remove_by_body(
    State(app): State<AppState>,
    Writer(caller): Writer,
    Sent(body): Sent<MemberBody>,
) -> Result<Results<Message>, Refused> {
    put_out(&app, caller, body.collection_id, body.user(&app.core).await?).await
}

async fn put_out(
    app: &AppState,
    caller: Caller,
    id: CollectionId,
    user: UserId,
) -> Result<Results<Message>, Refused> {
    app.library()?.remove_member(caller, id, user).await?;
    Ok(done("User removed from collection successfully"))
}
