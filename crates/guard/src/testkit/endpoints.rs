//! What each endpoint of a provider answers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use doorward_jose::{JwkSet, KeyError};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::fault::{Endpoint, Fault};
use super::id_token::id_token;
use super::provider::{Asked, Grant, Provider, State};

type Answer = Response<Bytes>;

/// The answer to what was asked; an error if there is to be none.
pub(super) fn answer(provider: &Provider, asked: &Asked) -> Result<Answer, String> {
    let mut state = provider.state.lock();
    state.asked.push(asked.clone());
    for fault in &state.faults {
        match fault {
            Fault::Unreachable(endpoint) if *endpoint == asked.endpoint => {
                return Err("the provider cannot be reached".to_owned());
            }
            Fault::Answer(endpoint, status, kind, body) if *endpoint == asked.endpoint => {
                return Ok(plain(*status, kind, body.clone()));
            }
            _ => {}
        }
    }
    let issuer = &*provider.issuer;
    match asked.endpoint {
        Endpoint::Discovery => Ok(discovery(issuer, &state)),
        Endpoint::Keys => keys(&mut state),
        Endpoint::Authorize => Ok(authorize(issuer, &mut state, asked)),
        Endpoint::Token => token(issuer, &mut state, asked),
        Endpoint::UserInfo => Ok(user_info(&state, asked)),
        Endpoint::Introspect => Ok(introspect(issuer, &state, asked)),
    }
}

/// The path below which a provider has its endpoints.
pub(super) fn base_path(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

pub(super) fn json(status: u16, body: &Value) -> Answer {
    plain(status, "application/json", body.to_string())
}

fn plain(status: u16, kind: &str, body: String) -> Answer {
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(kind) = HeaderValue::try_from(kind) {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    answer
}

fn discovery(issuer: &str, state: &State) -> Answer {
    let named = state.faults.iter().find_map(|fault| match fault {
        Fault::OtherIssuer(other) => Some(&**other),
        _ => None,
    });
    let names_itself = !state.faults.iter().any(|fault| matches!(fault, Fault::AnswerIssuer(None)));
    let document = json!({
        "issuer": named.unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": names_itself,
    });
    json(200, &document)
}

fn keys(state: &mut State) -> Result<Answer, String> {
    state.key().map_err(text)?;
    let set = JwkSet::new(state.keys.iter().filter_map(super::keys::ProviderKey::public));
    Ok(json(200, &serde_json::to_value(set).map_err(|fault| fault.to_string())?))
}

fn authorize(issuer: &str, state: &mut State, asked: &Asked) -> Answer {
    let field = |name: &str| asked.field(name).map(str::to_owned);
    let is_proper = field("response_type").as_deref() == Some("code")
        && field("code_challenge_method").as_deref() == Some("S256")
        && field("client_id").is_some();
    let redirect =
        field("redirect_uri").and_then(|address| Some((address.clone(), Url::parse(&address).ok()?)));
    let (Some((redirect_uri, mut back)), Some(challenge), true) =
        (redirect, field("code_challenge"), is_proper)
    else {
        return json(400, &json!({ "error": "invalid_request" }));
    };
    let grant = Grant {
        client: field("client_id").unwrap_or_default(),
        redirect_uri,
        challenge,
        nonce: field("nonce"),
        scope: field("scope").unwrap_or_default(),
        user: state.user.clone(),
        until: state.clock.now().saturating_add(60),
    };
    let code = state.name("code");
    state.grants.insert(code.clone(), grant);
    let named = state.faults.iter().find_map(|fault| match fault {
        Fault::AnswerIssuer(named) => Some(named.clone()),
        _ => None,
    });
    let mut query = back.query_pairs_mut();
    query.append_pair("code", &code);
    if let Some(given) = field("state") {
        query.append_pair("state", &given);
    }
    if let Some(named) = named.unwrap_or_else(|| Some(issuer.to_owned())) {
        query.append_pair("iss", &named);
    }
    drop(query);
    let mut answer = plain(303, "text/plain", String::new());
    if let Ok(back) = HeaderValue::try_from(String::from(back)) {
        answer.headers_mut().insert(LOCATION, back);
    }
    answer
}

fn token(issuer: &str, state: &mut State, asked: &Asked) -> Result<Answer, String> {
    let field = |name: &str| asked.field(name).unwrap_or_default();
    let refused = |error: &str| Ok(json(400, &json!({ "error": error })));
    let Some(client) = client_of(asked) else { return refused("invalid_client") };
    let now = state.clock.now();
    let (name, is_refresh) = match field("grant_type") {
        "authorization_code" => (field("code"), false),
        "refresh_token" => (field("refresh_token"), true),
        _ => return refused("unsupported_grant_type"),
    };
    // Taken out: codes and refresh tokens are good once.
    let Some(grant) = state.grants.remove(name).filter(|grant| now < grant.until && grant.client == client)
    else {
        return refused("invalid_grant");
    };
    if is_refresh {
        if state.faults.contains(&Fault::RefreshRefused) {
            return refused("invalid_grant");
        }
    } else {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
        if challenge != grant.challenge || field("redirect_uri") != grant.redirect_uri {
            return refused("invalid_grant");
        }
    }
    tokens(issuer, state, grant, is_refresh).map(|body| json(200, &body)).map_err(text)
}

fn tokens(issuer: &str, state: &mut State, grant: Grant, is_refresh: bool) -> Result<Value, KeyError> {
    let (now, life) = (state.clock.now(), state.token_life);
    let key = state.key()?;
    let foreign = state.foreign(key.algorithm())?;
    let mut claims = Value::Object(grant.user.claims.clone());
    claims["iss"] = issuer.into();
    claims["aud"] = grant.client.as_str().into();
    claims["iat"] = now.into();
    claims["exp"] = now.saturating_add(600).into();
    if let Some(nonce) = grant.nonce.as_deref().filter(|_| !is_refresh) {
        claims["nonce"] = nonce.into();
    }
    let id_token = id_token(&key, &foreign, claims, &state.faults)?;
    let (access, refresh) = (state.name("at"), state.name("rt"));
    let mut body = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": life,
        "refresh_token": refresh,
        "scope": grant.scope,
    });
    if let Some(id_token) = id_token.filter(|_| grant.scope.split(' ').any(|scope| scope == "openid")) {
        body["id_token"] = id_token.into();
    }
    state.grants.insert(access, Grant { until: now.saturating_add(life), ..grant.clone() });
    state.grants.insert(refresh, Grant { until: i64::MAX, ..grant });
    Ok(body)
}

/// The client that asks: by name and secret in the form, or in the header.
fn client_of(asked: &Asked) -> Option<String> {
    if let Some(id) = asked.field("client_id") {
        return Some(id.to_owned());
    }
    let proof = asked.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = base64::engine::general_purpose::STANDARD.decode(proof).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, _) = pair.split_once(':')?;
    form_urlencoded::parse(id.as_bytes()).next().map(|(id, _)| id.into_owned())
}

fn user_info(state: &State, asked: &Asked) -> Answer {
    let token = asked.headers.get(AUTHORIZATION).and_then(|line| line.to_str().ok()?.strip_prefix("Bearer "));
    let grant = token.and_then(|token| state.grants.get(token));
    let Some(grant) = grant.filter(|grant| state.clock.now() < grant.until) else {
        return json(401, &json!({ "error": "invalid_token" }));
    };
    let mut claims = state.user_info.clone().unwrap_or_else(|| grant.user.claims.clone());
    for fault in &state.faults {
        if let Fault::UserInfoSubject(subject) = fault {
            claims.insert("sub".to_owned(), subject.as_str().into());
        }
    }
    json(200, &claims.into())
}

fn introspect(issuer: &str, state: &State, asked: &Asked) -> Answer {
    let grant = asked.field("token").and_then(|token| state.grants.get(token));
    match grant.filter(|grant| state.clock.now() < grant.until) {
        None => json(200, &json!({ "active": false })),
        Some(grant) => json(
            200,
            &json!({
                "active": true,
                "iss": issuer,
                "sub": grant.user.subject(),
                "client_id": grant.client,
                "scope": grant.scope,
                "exp": grant.until,
            }),
        ),
    }
}

fn text(fault: KeyError) -> String {
    fault.to_string()
}
