//! `POST /v3/users/{id}/api-keys`: makes a key; its text is shown this once.

use axum::extract::State;
use doorward_core::api_key::NewApiKey;
use doorward_core::{Code, Error};
use serde::{Deserialize, Serialize};

use crate::app::AppState;
use crate::dialect::r2r::wire::{NamedAccount, Refused, Results, Sent, Spoken};
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;

/// What a key is called whose owner neither gave it a name nor said anything of it.
const UNNAMED: &str = "API key";

/// What the key is to be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct CreateBody {
    name: Option<String>,
    /// Is the name too, where there is none.
    description: Option<String>,
}

impl Spoken for CreateBody {}

/// A new key.
#[derive(Serialize)]
pub(in super::super) struct NewKeyBody {
    public_key: String,
    api_key: String,
    key_id: String,
    name: String,
}

pub(in super::super) async fn create(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    NamedAccount(user): NamedAccount,
    Sent(body): Sent<CreateBody>,
) -> Result<Results<NewKeyBody>, Refused> {
    if who.user_id != user {
        return Err(Error::new(Code::Forbidden, "A key is made by the owner of the account.").into());
    }
    let description = body.description.unwrap_or_default();
    let mut names = body.name.into_iter().chain([description.clone()]);
    let name = names.find(|name| !name.trim().is_empty()).unwrap_or_else(|| UNNAMED.to_owned());
    let new = NewApiKey { name, description, scopes: None, life: None };
    let (key, text) = app.core.create_api_key(&who, new, &client).await?;
    Ok(Results::of(NewKeyBody {
        public_key: key.id.to_string(),
        api_key: format!("{}.{}", key.id, text.expose()),
        key_id: key.id.to_string(),
        name: key.name,
    }))
}
