//! How each provider is asked for its users, by the guards of `doorward-guard`.
//!
//! Invariant: whether an address is its owner's is what the provider says of it, and `false` where it says nothing.

use std::sync::Arc;

use doorward_core::port::ProvenIdentity;
use doorward_guard::guards::{OAuth2, Oidc, Registration, github, github_enterprise, google};
use doorward_guard::{Email, Guard, Reason, UserInfo, UserPatch};
use serde_json::{Map, Value};

use crate::config::{ProviderConfig, ProviderKind};

/// What the provider answers for, in the words of OpenID Connect.
const VERIFIED: &str = "email_verified";

/// The guard that logs people in with `provider`, which sends them back to `callback`.
pub(crate) fn guard(provider: &ProviderConfig, callback: &str) -> Arc<dyn Guard> {
    let ours =
        Registration::new(provider.client_id.as_str(), provider.client_secret.expose().as_str(), callback);
    match &provider.kind {
        ProviderKind::Google => Arc::new(open_id(google(ours), &provider.name)),
        ProviderKind::OpenId(issuer) => Arc::new(open_id(Oidc::new(issuer, ours), &provider.name)),
        ProviderKind::GitHub(None) => Arc::new(with_addresses(github(ours))),
        ProviderKind::GitHub(Some(address)) => Arc::new(with_addresses(github_enterprise(address, ours))),
        ProviderKind::Facebook => Arc::new(facebook(ours)),
    }
}

/// Whom a provider has told of, for the rules. Without an address nobody new can come in.
pub(crate) fn identity(user: &UserInfo) -> ProvenIdentity {
    ProvenIdentity::Outside {
        subject: user.id.clone(),
        email: user.emails.first().map(Email::address).unwrap_or_default().to_owned(),
        is_email_verified: user.extra.get(VERIFIED) == Some(&Value::Bool(true)),
        name: user.name.display.clone(),
    }
}

fn open_id(provider: Oidc, name: &str) -> Oidc {
    provider.service_name(name).scopes(["email", "profile"]).request_user_info().user_info(told)
}

fn with_addresses(github: OAuth2) -> OAuth2 {
    github.scopes(["read:user", "user:email"])
}

fn facebook(ours: Registration) -> OAuth2 {
    let (dialog, token) =
        ("https://www.facebook.com/dialog/oauth", "https://graph.facebook.com/oauth/access_token");
    OAuth2::new(dialog, token, ours)
        .service_name("facebook")
        .scopes(["email"])
        .user_at("https://graph.facebook.com/me?fields=id,name,email", |record| facebook_user(&record))
}

/// The record of a user as Facebook writes it.
fn facebook_user(record: &Map<String, Value>) -> Option<UserInfo> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let user = UserInfo::new("facebook", text("id")?).with_name(|name| name.display = text("name"));
    Some(text("email").into_iter().fold(user, UserInfo::with_email))
}

/// Keeps whether the provider answers for the address.
async fn told(user: Arc<UserInfo>) -> Result<UserPatch, Reason> {
    let is_verified = user.raw.get(VERIFIED).cloned().unwrap_or(Value::Bool(false));
    Ok(UserPatch { extra: Map::from_iter([(VERIFIED.to_owned(), is_verified)]), ..UserPatch::default() })
}
