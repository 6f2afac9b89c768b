//! What R2R's clients are shown of an account: the union of what each generation reads.
//!
//! Invariant: no password hash, code or token of somebody else is ever in an answer.

use doorward_core::account::User;
use doorward_core::session::SignedIn;
use doorward_core::{Core, Error, UserId};
use doorward_documents::{Caller, Window};
use serde::Serialize;
use serde_json::{Map, Value};

use super::bounds;
use super::names::Names;
use crate::app::AppState;

/// An account.
#[derive(Debug, Serialize)]
pub(super) struct UserBody {
    /// The account itself, whatever its clients call it.
    #[serde(skip)]
    account: UserId,
    pub(super) id: String,
    /// `id` once more, as lists of the first two generations call it.
    pub(super) user_id: String,
    pub(super) email: String,
    pub(super) is_active: bool,
    pub(super) is_superuser: bool,
    pub(super) is_verified: bool,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    /// When a pending verification ends: told to nobody here, see the owner's own `email-verification`.
    pub(super) verification_code_expiry: Option<String>,
    pub(super) name: Option<String>,
    pub(super) bio: Option<String>,
    pub(super) profile_picture: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) limits_overrides: Map<String, Value>,
    pub(super) account_type: &'static str,
    /// What providers call the owner.
    pub(super) google_id: Option<String>,
    pub(super) github_id: Option<String>,
    pub(super) collection_ids: Vec<String>,
    /// What `collection_ids` was called first.
    pub(super) group_ids: Vec<String>,
    pub(super) graph_ids: Vec<String>,
    pub(super) document_ids: Vec<String>,
    pub(super) num_files: u64,
    pub(super) total_size_in_bytes: u64,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            account: user.id,
            account_type: if user.password.is_usable() { "password" } else { "oauth" },
            google_id: None,
            github_id: None,
            id: user.id.to_string(),
            user_id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            is_active: user.is_active,
            is_superuser: user.is_superuser,
            is_verified: user.is_verified,
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at.to_string(),
            verification_code_expiry: None,
            name: user.profile.name,
            bio: user.profile.bio,
            profile_picture: user.profile.picture,
            metadata: user.profile.metadata,
            limits_overrides: Map::new(),
            collection_ids: Vec::new(),
            group_ids: Vec::new(),
            graph_ids: Vec::new(),
            document_ids: Vec::new(),
            num_files: 0,
            total_size_in_bytes: 0,
        }
    }
}

impl UserBody {
    /// These accounts, each by the id that clients know it by.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn all(core: &Core, users: Vec<User>) -> Result<Vec<Self>, Error> {
        let names = Names::of(core, users.iter().map(|user| user.id)).await?;
        let mut shown = Vec::with_capacity(users.len());
        for user in users {
            let (id, limits) = (names.name(user.id), core.limits_of(user.id).await?);
            let limits_overrides = bounds::written(&limits);
            let identity = core.identity_of(user.id).await?;
            let called_by =
                |name| identity.clone().filter(|(provider, _)| provider == name).map(|(_, id)| id);
            let (google_id, github_id) = (called_by("google"), called_by("github"));
            let body = Self::from(user);
            shown.push(Self { user_id: id.clone(), id, limits_overrides, google_id, github_id, ..body });
        }
        Ok(shown)
    }

    /// An account, by the id that clients know it by.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn one(core: &Core, user: User) -> Result<Self, Error> {
        Ok(Self::all(core, vec![user]).await?.remove(0))
    }

    /// With what the account keeps here, where documents are kept.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn with_documents(self, app: &AppState) -> Result<Self, Error> {
        Ok(Self::all_with_documents(app, vec![self]).await?.remove(0))
    }

    /// Each with what it keeps here, where documents are kept.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn all_with_documents(app: &AppState, mut users: Vec<Self>) -> Result<Vec<Self>, Error> {
        let Some(library) = &app.documents else { return Ok(users) };
        let owners: Vec<UserId> = users.iter().map(|user| user.account).collect();
        if owners.is_empty() {
            return Ok(users);
        }
        let window = Window { offset: 0, limit: u32::try_from(owners.len()).unwrap_or(u32::MAX) };
        let kept = library.overview(owners, window).await?.items;
        for overview in kept {
            if let Some(user) = users.iter_mut().find(|user| user.account == overview.owner) {
                user.num_files = overview.documents;
                user.total_size_in_bytes = overview.bytes;
                user.document_ids = overview.ids.iter().map(ToString::to_string).collect();
            }
        }
        Ok(users)
    }

    /// With the collections that the account is in.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn with_collections(mut self, app: &AppState) -> Result<Self, Error> {
        let Some(library) = &app.documents else { return Ok(self) };
        let caller = Caller { user: self.account, sees_all: false };
        let page = library.collections(caller, Vec::new(), Window { offset: 0, limit: 1_000 }).await?;
        self.collection_ids = page.items.iter().map(|collection| collection.id.to_string()).collect();
        self.group_ids.clone_from(&self.collection_ids);
        Ok(self)
    }

    /// What other members of a collection see of it.
    pub(super) fn into_others(self) -> Self {
        Self {
            metadata: Map::new(),
            limits_overrides: Map::new(),
            is_superuser: false,
            bio: None,
            google_id: None,
            github_id: None,
            ..self
        }
    }
}

/// What a login or a refresh gives.
#[derive(Serialize)]
pub(super) struct TokensBody {
    access_token: TokenBody,
    refresh_token: TokenBody,
}

#[derive(Serialize)]
struct TokenBody {
    token: String,
    token_type: &'static str,
}

impl From<&SignedIn> for TokensBody {
    fn from(signed_in: &SignedIn) -> Self {
        let token = |token: &str, token_type| TokenBody { token: token.to_owned(), token_type };
        Self {
            access_token: token(signed_in.access_token.expose(), "access"),
            refresh_token: token(signed_in.refresh_token.expose(), "refresh"),
        }
    }
}
