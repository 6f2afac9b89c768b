//! The dialect in the description of the API: its routes, and the password form that docs pages log in with.

use serde_json::{Value, json};
use utoipa::openapi::security::{Flow, OAuth2, Password, Scopes, SecurityScheme};
use utoipa::openapi::{OpenApi, Paths};

use super::{HEALTH, LOGOUT};
use crate::config::TpSurface;

/// The name of the password form among the ways to prove who one is.
const SCHEME: &str = "tp_password";

/// Adds the dialect to `api`.
pub(in crate::dialect) fn describe(api: &mut OpenApi, surface: &TpSurface) {
    let token = answer(
        "A token.",
        &json!({
            "type": "object",
            "required": ["access_token", "token_type", "expires_in", "scope", "user_id"],
            "properties": {
                "access_token": { "type": "string", "description": "A JWT: send it as `Authorization: Bearer`." },
                "token_type": { "type": "string", "enum": ["bearer"] },
                "expires_in": { "type": "integer", "description": "How many seconds the token lives." },
                "scope": { "type": "string", "description": "What it is good for, separated by blanks." },
                "user_id": { "type": "string", "format": "uuid" },
                "token": { "type": "string", "description": "The token again, where cookies are switched on." },
            },
        }),
    );
    let status =
        answer("Done.", &json!({ "type": "object", "properties": { "status": { "type": "integer" } } }));
    let described = json!({
        &surface.token_url: {
            "post": operation("tp_token", "Log in by a form", &form(), &with(&token, &["400", "422", "429"]))
        },
        &surface.refresh_url: {
            "post": guarded("tp_refresh", "Exchange a token for a fresh one", &with(&token, &["401", "429"]))
        },
        LOGOUT: { "post": guarded("tp_logout", "Log out", &with(&status, &["401"])) },
        HEALTH: { "get": operation("tp_healthcheck", "Health", &Value::Null, &with(&status, &["503"])) },
    });
    match serde_json::from_value::<Paths>(described) {
        Ok(paths) => api.paths.merge(paths),
        Err(fault) => debug_assert!(false, "this describes nothing: {fault}"),
    }
    let scopes = surface.scopes.iter().map(|(name, about)| (name.clone(), about.clone()));
    let password = Password::new(&surface.token_url, Scopes::from_iter(scopes));
    let scheme = SecurityScheme::OAuth2(OAuth2::new([Flow::Password(password)]));
    api.components.get_or_insert_default().add_security_scheme(SCHEME, scheme);
}

fn operation(id: &str, summary: &str, body: &Value, responses: &Value) -> Value {
    let mut operation =
        json!({ "tags": ["tp"], "operationId": id, "summary": summary, "responses": responses });
    if !body.is_null() {
        operation["requestBody"] = body.clone();
    }
    operation
}

fn guarded(id: &str, summary: &str, responses: &Value) -> Value {
    let mut operation = operation(id, summary, &Value::Null, responses);
    operation["security"] = json!([{ SCHEME: [] }]);
    operation
}

fn form() -> Value {
    let text = json!({ "type": "string" });
    let schema = json!({ "schema": {
        "type": "object",
        "required": ["username", "password"],
        "properties": {
            "grant_type": { "type": "string", "pattern": "^password$" },
            "username": text,
            "password": { "type": "string", "format": "password" },
            "scope": text,
            "client_id": text,
            "client_secret": text,
        },
    } });
    json!({ "required": true, "content": {
        "application/x-www-form-urlencoded": schema,
        "multipart/form-data": schema,
    } })
}

fn answer(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

/// `good`, and refusals with these statuses.
fn with(good: &Value, refusals: &[&str]) -> Value {
    let schema = json!({
        "type": "object",
        "properties": { "error": { "type": "string" }, "error_description": { "type": "string" }, "detail": { "type": "string" } },
    });
    let mut responses = json!({ "200": good });
    for status in refusals {
        responses[*status] = answer("Refused: `error` says why.", &schema);
    }
    responses
}
