//! Makes guards out of their descriptions.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_guard::guards::{ApiKey, Basic, Bearer, from_fn};
use doorward_guard::{
    Guard, GuardRequest, Identity, KeyDigest, Outcome, ScopeSet, Soon, UserInfo, UserPatch, Verdict,
};
use serde_json::{Value, json};

use crate::judge::texts;
use crate::world::World;

/// The guard that `config` describes.
pub(crate) fn of(
    name: &str,
    config: &Value,
    world: &World,
    is_remembered: bool,
) -> Result<Arc<dyn Guard>, String> {
    if let Some(guard) = crate::login_guards::of(config, world) {
        return guard;
    }
    match config["type"].as_str().unwrap_or_default() {
        "basic" => basic(config, world, is_remembered),
        "bearer" => bearer(config, world),
        "key" => key(config, world),
        "fn" => function(config),
        "const" => Ok(Arc::new(constant(name, config, world))),
        "custom" => Ok(Arc::new(constant(name, &json!({ "pass": false }), world))),
        other => Err(format!("there is no guard of the type `{other}`")),
    }
}

/// A user's record as the cases write it.
pub(crate) fn record(user: &UserInfo) -> Value {
    let mut record = json!(user);
    if let Some(token) = &user.token {
        record["token"] = json!(token);
    }
    record["raw"] = json!(user.raw);
    record
}

/// Credentials with what they grant; without scopes the validator just says yes.
fn grants(list: &Value, name: &str) -> HashMap<String, Verdict> {
    let grant = |entry: &Value| {
        let verdict = match &entry["scopes"] {
            Value::Null => Verdict::Yes,
            scopes => Verdict::Scopes(ScopeSet::from(texts(scopes))),
        };
        (entry[name].as_str().unwrap_or_default().to_owned(), verdict)
    };
    list.as_array().into_iter().flatten().map(grant).collect()
}

/// What the user function of a guard gives, whoever it is asked of.
fn patch(config: &Value) -> Result<Option<UserPatch>, String> {
    let given = &config["user_info"];
    if given.is_null() {
        return Ok(None);
    }
    serde_json::from_value(given.clone()).map(Some).map_err(|fault| fault.to_string())
}

fn basic(config: &Value, world: &World, is_remembered: bool) -> Result<Arc<dyn Guard>, String> {
    let users = grants(&config["users"], "username");
    let passwords: HashMap<String, String> = config["users"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|user| {
            let text = |key: &str| user[key].as_str().unwrap_or_default().to_owned();
            (text("username"), text("password"))
        })
        .collect();
    let revoked = world.revoked.clone();
    let mut guard = Basic::new(move |login| {
        if revoked.lock().unwrap().contains(&login.username) {
            return Verdict::No;
        }
        let is_right = passwords.get(&login.username).is_some_and(|known| known == login.password.reveal());
        if is_right { users.get(&login.username).cloned().unwrap_or(Verdict::No) } else { Verdict::No }
    });
    if let Some(realm) = config["realm"].as_str() {
        guard = guard.realm(realm);
    }
    if let Some(patch) = patch(config)? {
        guard = guard.user_info(move |_| patch.clone());
    }
    Ok(Arc::new(if is_remembered { guard.remembered() } else { guard }))
}

fn bearer(config: &Value, world: &World) -> Result<Arc<dyn Guard>, String> {
    let tokens = grants(&config["tokens"], "token");
    let revoked = world.revoked.clone();
    let mut guard = Bearer::new(move |token| {
        if revoked.lock().unwrap().contains(token.reveal()) {
            return Verdict::No;
        }
        tokens.get(token.reveal()).cloned().unwrap_or(Verdict::No)
    });
    if let Some(realm) = config["realm"].as_str() {
        guard = guard.realm(realm);
    }
    if config["allow_body_token"].as_bool().unwrap_or(true) {
        guard = guard.in_form();
    }
    if config["allow_query_token"].as_bool().unwrap_or(false) {
        guard = guard.in_query();
    }
    if let Some(patch) = patch(config)? {
        guard = guard.user_info(move |_| patch.clone());
    }
    Ok(Arc::new(guard))
}

fn key(config: &Value, world: &World) -> Result<Arc<dyn Guard>, String> {
    let name = config["name"].as_str().unwrap_or_default();
    let guard = if config["in"] == "header" { ApiKey::header(name) } else { ApiKey::cookie(name) };
    // An empty secret is for the guard itself to refuse.
    if config["secret"] == "" {
        return Ok(Arc::new(guard.secret("")));
    }
    let mut keys = grants(&config["keys"], "key");
    if let Some(secret) = config["secret"].as_str() {
        keys.insert(secret.to_owned(), Verdict::Yes);
    }
    let keys: HashMap<KeyDigest, Verdict> =
        keys.into_iter().map(|(key, verdict)| (KeyDigest::of(key), verdict)).collect();
    let revoked = world.revoked.clone();
    let mut guard = guard.validate(move |key| {
        if revoked.lock().unwrap().contains(key.reveal()) {
            return Verdict::No;
        }
        keys.get(&KeyDigest::of(key.reveal())).cloned().unwrap_or(Verdict::No)
    });
    if let Some(patch) = patch(config)? {
        guard = guard.user_info(move |_| patch.clone());
    }
    Ok(Arc::new(guard))
}

fn function(config: &Value) -> Result<Arc<dyn Guard>, String> {
    let text = |index: usize| config["pass_if_header"][index].as_str().map(str::to_owned);
    let (Some(name), Some(value)) = (text(0), text(1)) else {
        return Err("a function that is not described".to_owned());
    };
    Ok(Arc::new(from_fn(move |request| request.header(&name).found() == Some(&*value))))
}

/// Passes or not without looking at the request, and notes that it was asked.
struct Constant {
    name: String,
    verdict: Verdict,
    world: World,
}

pub(crate) fn is_constant_pass(config: &Value) -> bool {
    config["pass"].as_bool().unwrap_or(false)
}

fn constant(name: &str, config: &Value, world: &World) -> Constant {
    let scopes = ScopeSet::from(texts(&config["scopes"]));
    // Neither yes nor a list of scopes is what a validator says that finds nobody.
    let verdict = if is_constant_pass(config) { Verdict::Scopes(scopes) } else { Verdict::from(None) };
    Constant { name: name.to_owned(), verdict, world: world.clone() }
}

impl Guard for Constant {
    fn check(&self, _request: &GuardRequest<'_>) -> Soon<Outcome> {
        self.world.asked.lock().unwrap().push(self.name.clone());
        let outcome = match self.verdict.clone().scopes_or(ScopeSet::EMPTY) {
            Some(scopes) => {
                Outcome::Pass(Identity::new(UserInfo::new("local", &*self.name).with_scopes(scopes)))
            }
            None => Outcome::Missing,
        };
        outcome.into()
    }
}
