//! From the claims of OpenID Connect (Core §5.1) to the record of a user.

use serde_json::{Map, Value};

use crate::user::UserInfo;

/// The record of `subject` at `provider`.
pub(crate) fn user_of(provider: &str, subject: &str, claims: Map<String, Value>) -> UserInfo {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let owned = |name: &str| text(name).map(str::to_owned);
    let mut user = UserInfo::new(provider, subject).with_name(|name| {
        name.given = owned("given_name");
        name.middle = owned("middle_name");
        name.family = owned("family_name");
        name.display = owned("name");
        name.user = owned("preferred_username");
    });
    if let Some(email) = text("email") {
        user = user.with_email(email);
    }
    user.photos.extend(owned("picture"));
    user.raw = claims;
    user
}
