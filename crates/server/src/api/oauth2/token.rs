//! `POST /oauth2/token`: an application exchanges a code or a refresh token, or is given a token for itself (RFC 6749 §3.2).
//!
//! Not in the description of the API: client libraries find it by the metadata, and its form is OAuth's own.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_core::oauth::{ClientProof, Given, OAuthClient, OwnToken, Redemption};
use doorward_core::{Code, Core, Error, Secret, client::Client};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::Serialize;
use url::form_urlencoded;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What an application is given (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Serialize)]
struct GivenBody {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl From<&Given> for GivenBody {
    fn from(given: &Given) -> Self {
        Self {
            access_token: given.tokens.access_token.expose().clone(),
            token_type: "Bearer",
            expires_in: given.tokens.access_ttl.as_millis() / 1000,
            scope: given.tokens.scopes.to_string(),
            refresh_token: Some(given.tokens.refresh_token.expose().clone()),
            id_token: given.id_token.as_ref().map(|token| token.expose().clone()),
        }
    }
}

impl From<&OwnToken> for GivenBody {
    fn from(given: &OwnToken) -> Self {
        Self {
            access_token: given.access_token.expose().clone(),
            token_type: "Bearer",
            expires_in: given.ttl.as_millis() / 1000,
            scope: given.scopes.to_string(),
            refresh_token: None,
            id_token: None,
        }
    }
}

pub(super) async fn token(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let who = app.core.prove_client(&proof(&headers, &form)?, &client).await?;
    let given = exchange(&app.core, &who, &form, &client).await?;
    Ok(Json(given).into_response())
}

async fn exchange(core: &Core, who: &OAuthClient, form: &Form, client: &Client) -> Result<GivenBody, Error> {
    let given = match form.only("grant_type")?.expose().as_str() {
        "authorization_code" => {
            let brought = Redemption {
                code: form.only("code")?,
                redirect_uri: form.at_most("redirect_uri")?.map(|uri| uri.expose().clone()),
                verifier: form.only("code_verifier")?,
            };
            core.redeem(who, &brought, client).await?
        }
        "refresh_token" => {
            let (refresh, scope) = (form.only("refresh_token")?, form.at_most("scope")?);
            core.renew(who, (&refresh, scope.as_ref().map(|text| text.expose().as_str())), client).await?
        }
        "client_credentials" => {
            let scope = form.at_most("scope")?;
            let given = core.give_own_token(who, scope.as_ref().map(|text| text.expose().as_str()))?;
            return Ok(GivenBody::from(&given));
        }
        _ => return Err(Code::UnsupportedGrant.into()),
    };
    Ok(GivenBody::from(&given))
}

/// What the application says of itself: in `Authorization` or in the form, not in both (RFC 6749 §2.3).
fn proof(headers: &HeaderMap, form: &Form) -> Result<ClientProof, Error> {
    let (id, secret) = (form.at_most("client_id")?, form.at_most("client_secret")?);
    let Some((named, shown)) = basic(headers)? else {
        let id = id.ok_or_else(|| Error::new(Code::InvalidClient, "Say which application this is."))?;
        return Ok(ClientProof { id: id.expose().clone(), secret });
    };
    if secret.is_some() || id.is_some_and(|id| *id.expose() != named) {
        let why = "Send the application's id and secret in one place.";
        return Err(Error::new(Code::MalformedParameter, why));
    }
    Ok(ClientProof { id: named, secret: Some(shown) })
}

/// Name and password of `Authorization: Basic`, each written as in a form (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, Secret<String>)>, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.to_str().ok(),
        (Some(_), Some(_)) => None,
    };
    let encoded = value
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"));
    let decoded = encoded
        .and_then(|(_, text)| STANDARD.decode(text.trim()).ok())
        .and_then(|text| String::from_utf8(text).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    let (name, password) = pair.ok_or(Code::InvalidClient)?;
    Ok(Some((plain(name), Secret::new(plain(password)))))
}

/// What `text` says that is written as a form would write it. Neither an id nor a secret of this server has a letter that ends a field.
fn plain(text: &str) -> String {
    let mut fields = form_urlencoded::parse(text.as_bytes());
    fields.next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Option<(String, String)>, Code> {
        let headers = lines.iter().map(|line| (AUTHORIZATION, line.parse().unwrap())).collect();
        let found = basic(&headers).map_err(|error| error.code())?;
        Ok(found.map(|(name, secret)| (name, secret.expose().clone())))
    }

    #[test]
    fn name_and_secret_are_written_as_in_a_form() {
        let header = format!("basic {}", STANDARD.encode("a%2Db:dwo%5Fc-d_e"));

        assert_eq!(read(&[&header]), Ok(Some(("a-b".into(), "dwo_c-d_e".into()))));
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn whatever_else_is_shown_is_no_application() {
        for line in ["", "Basic", "Basic !", "Bearer abc", &format!("Basic {}", STANDARD.encode("no colon"))]
        {
            assert_eq!(read(&[line]), Err(Code::InvalidClient), "{line:?}");
        }
        assert_eq!(read(&["Basic YTpi", "Basic YTpi"]), Err(Code::InvalidClient));
    }
}
