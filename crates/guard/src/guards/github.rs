//! GitHub, which is OAuth 2 with a comma between scopes, a record of the user at an address of its own, and the user's addresses
//! at another.

use serde_json::{Map, Value};

use super::oauth2::OAuth2;
use crate::provider::Registration;
use crate::user::{Email, UserInfo};

/// The scope that opens the list of addresses.
const ADDRESSES: &str = "user:email";
/// What a user's record says of the first address, in the words of OpenID Connect.
const VERIFIED: &str = "email_verified";

/// Logs people in with GitHub. The user's id is GitHub's number: names change hands there.
///
/// With the scope `user:email` the user's addresses are those that GitHub has verified, the main one first, and `extra` says
/// `email_verified`; without it there is at most the one that the user shows to all.
///
/// ```
/// use doorward_guard::guards::{Registration, github};
///
/// let ours = Registration::new("app-1", "s3cret", "https://app.example/auth/github");
/// let guard = github(ours).scopes(["read:user", "user:email"]);
/// ```
pub fn github(registration: Registration) -> OAuth2 {
    at("https://github.com", "https://api.github.com", registration)
}

/// Logs people in with a GitHub Enterprise Server, by its address: `https://github.example.com`.
pub fn github_enterprise(address: &str, registration: Registration) -> OAuth2 {
    let address = address.trim_end_matches('/');
    at(address, &format!("{address}/api/v3"), registration)
}

fn at(pages: &str, api: &str, registration: Registration) -> OAuth2 {
    let (authorize, token) =
        (format!("{pages}/login/oauth/authorize"), format!("{pages}/login/oauth/access_token"));
    OAuth2::new(authorize, token, registration)
        .service_name("github")
        .scopes_delimiter(",")
        .user_at(format!("{api}/user"), user_of)
        .more_at(ADDRESSES, format!("{api}/user/emails"), with_addresses)
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

/// The user with the addresses that GitHub has verified, if there are any.
fn with_addresses(mut user: UserInfo, list: &Value) -> UserInfo {
    let is = |entry: &Value, what: &str| entry.get(what).and_then(Value::as_bool).unwrap_or_default();
    let mut verified: Vec<_> =
        list.as_array().into_iter().flatten().filter(|entry| is(entry, "verified")).collect();
    verified.sort_by_key(|entry| !is(entry, "primary"));
    let addresses = verified.into_iter().filter_map(|entry| entry.get("email")?.as_str());
    let addresses: Vec<_> = addresses.map(|address| Email::Plain(address.to_owned())).collect();
    if !addresses.is_empty() {
        user.emails = addresses;
        user.extra.insert(VERIFIED.to_owned(), true.into());
    }
    user
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_verified_addresses_count_and_the_main_one_is_the_first() {
        let shown = UserInfo::new("github", "1").with_email("shown@example.com");
        let list = json!([
            { "email": "old@example.com", "primary": false, "verified": true },
            { "email": "somebody.else@example.com", "primary": false, "verified": false },
            { "email": "main@example.com", "primary": true, "verified": true },
        ]);

        let user = with_addresses(shown.clone(), &list);
        let addresses: Vec<_> = user.emails.iter().map(Email::address).collect();

        assert_eq!(addresses, ["main@example.com", "old@example.com"]);
        assert_eq!(user.extra[VERIFIED], true);
        for nothing in
            [json!([]), json!({ "message": "Not Found" }), json!([{ "email": 5, "verified": true }])]
        {
            assert_eq!(with_addresses(shown.clone(), &nothing), shown, "{nothing}");
        }
    }
}
