//! Makes guards that log people in out of their descriptions; the provider of the case answers them.

use std::sync::Arc;

use doorward_guard::guards::{ClientAuth, OAuth2, Oidc, Registration, github, google};
use doorward_guard::{Guard, OnAuth, ScopeSet, UserPatch, Verdict};
use http::Response;
use serde_json::Value;

use crate::judge::texts;
use crate::world::World;

fn text<'c>(config: &'c Value, name: &str) -> &'c str {
    config[name].as_str().unwrap_or_default()
}

fn registration(config: &Value) -> Registration {
    let (id, redirect_url) = (text(config, "client_id"), text(config, "redirect_url"));
    let mut ours = match config["client_secret"].as_str() {
        Some(secret) => Registration::new(id, secret, redirect_url),
        None => Registration::public(id, redirect_url),
    };
    if ["token_endpoint_auth_method", "client_auth", "auth_method"]
        .iter()
        .any(|key| config[*key] == "client_secret_basic")
    {
        ours = ours.auth(ClientAuth::Basic);
    }
    match config["root"].as_str() {
        Some(root) => ours.under(root),
        None => ours,
    }
}

/// What happens after a login, as the cases write it.
pub(crate) fn on_auth(handler: &Value, has_body: bool) -> Result<OnAuth, String> {
    let name = handler.as_str().or_else(|| Some(handler.as_object()?.keys().next()?));
    let options = &handler[name.unwrap_or_default()];
    Ok(match name.ok_or("no handler")? {
        "replay_request" if has_body => OnAuth::ReplayWithBody(usize::MAX),
        "replay_request" => OnAuth::Replay,
        "redirect_back" => OnAuth::RedirectBack,
        "redirect_to" => OnAuth::RedirectTo(options.as_str().unwrap_or(text(options, "url")).to_owned()),
        "custom" => {
            let options = options.clone();
            OnAuth::own(move |_| {
                let mut answer = Response::new(text(&options, "body").to_owned().into());
                *answer.status_mut() = options["status"]
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .and_then(|status| status.try_into().ok())
                    .unwrap_or_default();
                if let Ok(kind) = text(&options, "content_type").parse() {
                    answer.headers_mut().insert("content-type", kind);
                }
                answer
            })
        }
        other => return Err(format!("there is no handler `{other}`")),
    })
}

/// What the validator of the case answers.
fn verdict(validate: &Value) -> Verdict {
    match validate {
        // Neither yes nor a list of scopes.
        Value::Null => Verdict::from(None),
        Value::Bool(is_right) => (*is_right).into(),
        scopes => Verdict::Scopes(ScopeSet::from(texts(scopes))),
    }
}

pub(crate) fn oauth2(config: &Value, world: &World) -> Result<OAuth2, String> {
    let guard = match text(config, "type") {
        "github" => github(registration(config)),
        // A mock in the style of GitHub is GitHub's guard with another name, answered in the process.
        "mock_github" => github(registration(config)).service_name("beeceptor"),
        _ if config["grant_type"] == "password" => {
            return Err("passwords of other services are not taken (RFC 9700 §2.4)".to_owned());
        }
        _ => OAuth2::new(text(config, "auth_url"), text(config, "token_url"), registration(config)),
    };
    let mut guard = guard.fetch(world.provider.clone());
    match &config["oauth_scopes"] {
        Value::Object(described) => {
            for (scope, meaning) in described {
                guard = guard.scope(scope, meaning.as_str().unwrap_or_default());
            }
        }
        scopes => guard = guard.scopes(texts(scopes)),
    }
    for (name, value) in config["service_params"].as_object().into_iter().flatten() {
        guard = guard.service_param(name, value.as_str().unwrap_or_default());
    }
    if let Some(delimiter) = config["scopes_delim"].as_str() {
        guard = guard.scopes_delimiter(delimiter);
    }
    if let Some(name) = config["service_name"].as_str() {
        guard = guard.service_name(name);
    }
    if let Some(issuer) = config["issuer"].as_str() {
        guard = guard.issuer(issuer);
    }
    if !config["on_auth"].is_null() {
        guard = guard.on_auth(on_auth(&config["on_auth"], world.replays_bodies)?);
    }
    if let Some(verdict) = world.validate.as_ref().map(verdict) {
        guard = guard.validate(move |_| verdict.clone());
    }
    if !config["user_info"].is_null() {
        let patch: UserPatch =
            serde_json::from_value(config["user_info"].clone()).map_err(|fault| fault.to_string())?;
        guard = guard.user_info(move |_| std::future::ready(Ok(patch.clone())));
    }
    Ok(guard)
}

pub(crate) fn oidc(config: &Value, world: &World) -> Result<Oidc, String> {
    let guard = match text(config, "type") {
        "google" => google(registration(config)),
        "mock_google" => google(registration(config)).service_name("beeceptor"),
        _ => Oidc::new(text(config, "service_url"), registration(config)),
    };
    let mut guard = guard.fetch(world.provider.clone());
    let scopes = texts(&config["oauth_scopes"]);
    if !scopes.is_empty() {
        guard = guard.scopes(scopes);
    }
    for (name, value) in config["service_params"].as_object().into_iter().flatten() {
        guard = guard.service_param(name, value.as_str().unwrap_or_default());
    }
    if let Some(name) = config["service_name"].as_str() {
        guard = guard.service_name(name);
    }
    if config["request_user_info"] == true {
        guard = guard.request_user_info();
    }
    if !config["on_auth"].is_null() {
        guard = guard.on_auth(on_auth(&config["on_auth"], world.replays_bodies)?);
    }
    if let Some(verdict) = world.validate.as_ref().map(verdict) {
        guard = guard.validate(move |_| verdict.clone());
    }
    if !config["user_info"].is_null() {
        let patch: UserPatch =
            serde_json::from_value(config["user_info"].clone()).map_err(|fault| fault.to_string())?;
        guard = guard.user_info(move |_| std::future::ready(Ok(patch.clone())));
    }
    Ok(guard)
}

/// The guard of this type, if it is one that logs people in.
pub(crate) fn of(config: &Value, world: &World) -> Option<Result<Arc<dyn Guard>, String>> {
    Some(match text(config, "type") {
        "oauth2" | "github" | "mock_github" => {
            oauth2(config, world).map(|guard| Arc::new(guard) as Arc<dyn Guard>)
        }
        "oidc" | "google" | "mock_google" => {
            oidc(config, world).map(|guard| Arc::new(guard) as Arc<dyn Guard>)
        }
        _ => return None,
    })
}
