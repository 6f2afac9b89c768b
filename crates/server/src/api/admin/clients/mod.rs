//! Applications that people sign in to.

pub mod add;
pub mod list;
pub mod remove;
pub mod renew_secret;

use doorward_core::oauth::OAuthClient;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(add::add))
        .routes(routes!(remove::remove))
        .routes(routes!(renew_secret::renew_secret))
}

/// An application.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub struct ClientBody {
    /// Names it.
    #[schema(format = Uuid)]
    client_id: String,
    /// What people know it by.
    name: String,
    /// Whether it can keep no secret.
    is_public: bool,
    /// Whether it is the operator's own: nobody is asked whether it may have what it asks for.
    is_trusted: bool,
    /// What it may ask for at most, separated by blanks.
    scope: String,
    /// What it may do by itself, separated by blanks.
    #[serde(skip_serializing_if = "String::is_empty")]
    own_scope: String,
    /// Where browsers may be sent with an answer.
    redirect_uris: Vec<String>,
    /// Where browsers may be sent after they have signed out.
    post_logout_uris: Vec<String>,
    /// Where it is told that what it was given has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    backchannel_logout_uri: Option<String>,
    /// When it was added.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&OAuthClient> for ClientBody {
    fn from(client: &OAuthClient) -> Self {
        Self {
            client_id: client.id.to_string(),
            name: client.name.clone(),
            is_public: client.secret.is_none(),
            is_trusted: client.is_trusted,
            scope: client.scopes.to_string(),
            own_scope: client.own_scopes.to_string(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_uris: client.post_logout_uris.clone(),
            backchannel_logout_uri: client.logout_uri.clone(),
            created_at: client.created_at.to_string(),
        }
    }
}

impl ClientBody {
    /// A line of a table: id, name, kind, scopes, addresses.
    pub(crate) fn cells(&self) -> [String; 5] {
        let kind = match (self.is_public, self.is_trusted) {
            (true, true) => "public, trusted",
            (true, false) => "public",
            (false, true) => "trusted",
            (false, false) => "",
        };
        let (id, name, scope) = (self.client_id.clone(), self.name.clone(), self.scope.clone());
        [id, name, kind.to_owned(), scope, self.redirect_uris.join(" ")]
    }
}
