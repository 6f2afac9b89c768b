//! Passkeys: those of the caller, and logins with them.

pub mod add;
pub mod begin;
pub mod begin_login;
pub mod list;
pub mod login;
pub mod remove;
pub mod rename;

use doorward_core::passkey::{Asked, Passkey};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(begin::begin_passkey))
        .routes(routes!(add::add_passkey, list::list_passkeys))
        .routes(routes!(rename::rename_passkey, remove::remove_passkey))
        .routes(routes!(begin_login::begin_passkey_login))
        .routes(routes!(login::login_with_passkey))
}

/// What a browser is asked for.
#[derive(Serialize, ToSchema)]
#[expect(missing_debug_implementations, reason = "tokens are not printed")]
#[schema(as = PasskeyChallenge)]
pub struct ChallengeBody {
    /// Names the challenge: send it with the answer. It works once.
    #[schema(example = "dwc_AaINUV0Ice…")]
    challenge: String,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` (WebAuthn Level 3).
    #[schema(value_type = Object)]
    options: Value,
    /// When the challenge ends.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<Asked> for ChallengeBody {
    fn from(asked: Asked) -> Self {
        Self {
            challenge: asked.challenge.expose().clone(),
            options: asked.options,
            expires_at: asked.expires_at.to_string(),
        }
    }
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct PasskeyBody {
    /// Names it.
    #[schema(format = Uuid)]
    id: String,
    /// What its owner calls it.
    name: String,
    /// Whether there is a copy of it beside the device, as at the device's maker: one that was lost is not the end of it.
    is_backed_up: bool,
    /// When it was added.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its owner last signed in with it; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&Passkey> for PasskeyBody {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name.clone(),
            is_backed_up: passkey.credential.is_backed_up,
            created_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|use_| use_.to_string()),
        }
    }
}

impl PasskeyBody {
    /// A line of a table: id, name, age, last use, copies.
    pub(crate) fn cells(&self) -> [String; 5] {
        [
            self.id.clone(),
            self.name.clone(),
            self.created_at.clone(),
            self.last_used_at.clone().unwrap_or_else(|| "never".to_owned()),
            if self.is_backed_up { "backed up" } else { "on one device" }.to_owned(),
        ]
    }
}
