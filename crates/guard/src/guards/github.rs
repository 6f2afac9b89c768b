//! GitHub, which is OAuth 2 with a comma between scopes and a record of the user at an address of its own.

use serde_json::{Map, Value};

use super::oauth2::OAuth2;
use crate::provider::Registration;
use crate::user::UserInfo;

/// Logs people in with GitHub. The user's id is GitHub's number: names change hands there.
///
/// ```
/// use doorward_guard::guards::{Registration, github};
///
/// let ours = Registration::new("app-1", "s3cret", "https://app.example/auth/github");
/// let guard = github(ours).scopes(["read:user", "user:email"]);
/// ```
pub fn github(registration: Registration) -> OAuth2 {
    OAuth2::new(
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        registration,
    )
    .service_name("github")
    .scopes_delimiter(",")
    .user_at("https://api.github.com/user", user_of)
}

/// The record of a user as GitHub writes it.
pub(crate) fn user_of(record: Map<String, Value>) -> Option<UserInfo> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = match record.get("id")? {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let mut user = UserInfo::new("github", id).with_name(|name| {
        name.display = text("name");
        name.user = text("login");
    });
    if let Some(email) = text("email") {
        user = user.with_email(email);
    }
    user.photos.extend(text("avatar_url"));
    user.raw = record;
    Some(user)
}
