//! Logins with an OpenID provider: what it publishes, what it signs, and what becomes of the user.

use doorward_guard::Clock;
use serde_json::{Map, Value, json};

use super::login::{Begun, is_logged_in, judge, navigation};
use crate::Verdict;
use crate::judge::{each_member, equal, subset, texts};
use crate::signer;
use crate::world::World;

const CODE: &str = "c1";

/// The document of the provider that the guards of a case name.
fn document(config: &Value) -> Value {
    let issuer = match config["type"].as_str() {
        Some("google" | "mock_google") => "https://accounts.google.com",
        _ => config["service_url"].as_str().unwrap_or("https://idp.example"),
    };
    let base = issuer.trim_end_matches('/');
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/a"),
        "token_endpoint": format!("{base}/t"),
        "jwks_uri": format!("{base}/k"),
        "userinfo_endpoint": format!("{base}/u"),
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

fn first_guard(case: &Value) -> Value {
    case["guards"].as_object().and_then(|guards| guards.values().next()).cloned().unwrap_or_default()
}

/// Sets up the provider: its document, its keys, its userinfo.
pub(crate) fn script(case: &Value, world: &World) -> Verdict {
    let mut script = world.provider.script.lock().unwrap();
    script.discovery =
        if case["discovery"].is_null() { document(&first_guard(case)) } else { case["discovery"].clone() };
    let published = |names: &Value| signer::published(&texts(names));
    script.keys = match &case["jwks"] {
        Value::Null => vec![signer::published(&["k1", "k2", "e1"])],
        Value::Array(fetches) if fetches.iter().all(Value::is_array) => {
            fetches.iter().map(published).collect()
        }
        names => vec![published(names)],
    };
    for later in ["jwks_after", "jwks_later", "jwks_second", "jwks_after_refetch", "jwks_rotated"] {
        if !case[later].is_null() {
            let rotated = published(&case[later]);
            script.keys.push(rotated);
        }
    }
    script.user = case["userinfo"].clone();
    script.user_status = case["userinfo_status"].as_u64().and_then(|status| u16::try_from(status).ok());
    Ok(())
}

/// `now`, `now+N` and `now-N` as seconds; everything else as it is.
fn timed(value: &Value, now: i64) -> Value {
    let offset = |text: &str| match text.strip_prefix("now")? {
        "" => Some(0),
        offset => offset.parse::<i64>().ok(),
    };
    value.as_str().and_then(offset).map_or_else(|| value.clone(), |offset| json!(now + offset))
}

/// Right claims for this login, with the changes of the case.
fn claims(case: &Value, now: i64, nonce: &str) -> Map<String, Value> {
    let config = first_guard(case);
    let mut claims = Map::new();
    let right = json!({
        "iss": document(&config)["issuer"], "aud": config["client_id"], "sub": "sub-1",
        "exp": now + 600, "iat": now, "nonce": nonce,
    });
    for changes in [&right, &case["claims"], &case["claims_override"]] {
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims.insert(name.clone(), timed(value, now));
        }
    }
    for name in texts(&case["claims_remove"]) {
        claims.remove(name);
    }
    claims
}

/// A whole login: the provider answers with an `id_token` as the case describes it.
pub(crate) async fn login(case: &Value, world: &World) -> Result<(Begun, crate::answer::Answer), String> {
    script(case, world)?;
    let mut posed = case.clone();
    if posed["flow"].is_null() {
        let name = case["guards"].as_object().and_then(|guards| guards.keys().next()).ok_or("no guard")?;
        posed["flow"] = json!(name);
    }
    let mut begun = Begun::of(&posed, &navigation("/p"), world).await?;
    let nonce = begun.start.location_parameter("nonce").unwrap_or_default();
    let header = match &case["jwt_header"] {
        Value::Null => json!({ "alg": "RS256", "kid": "k1" }),
        header => header.clone(),
    };
    let with = case["sign_with"].as_str().unwrap_or("k1");
    let id_token = signer::token(&header, &claims(case, world.clock.now(), &nonce), with)?;
    let mut body = json!({ "access_token": "at-1", "token_type": "bearer", "expires_in": 3600 });
    if let Some(id_token) = id_token {
        body["id_token"] = json!(id_token);
    }
    world.provider.script.lock().unwrap().token =
        json!({ "status": 200, "content_type": "application/json", "body": body });
    let query = json!({ "code": CODE, "state": begun.parameter("state")? });
    let answer = begun.come_back(&query, &Value::Null).await?;
    Ok((begun, answer))
}

pub(crate) async fn id_token(case: &Value) -> Verdict {
    let world = World { validate: case.get("validate").cloned(), ..World::default() };
    let (mut begun, answer) = login(case, &world).await?;
    let fresh = begun.fresh(&Value::Null).await?;
    crate::judge::ensure(answer.status != 500, || "the callback ends in 500".to_owned())?;
    judge(&case["expect"], &answer, &fresh, &begun.app)
}

pub(crate) async fn discovery(case: &Value) -> Verdict {
    let world = World::default();
    script(case, &world)?;
    let mut posed = case.clone();
    posed["flow"] =
        json!(case["guards"].as_object().and_then(|guards| guards.keys().next()).ok_or("no guard")?);
    let mut begun = Begun::of(&posed, &navigation("/p"), &world).await?;
    let fresh = begun.fresh(&Value::Null).await?;
    let is_sent = begun.start.header("location").is_some();
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "error" => {
                equal("whether nobody can log in", &json!(!is_sent && begun.start.status >= 400), wanted)
            }
            "logged_in" => equal("whether somebody is logged in", &json!(is_logged_in(&fresh)), wanted),
            "requests" | "discovery_fetches" => {
                let fetches = world.provider.requests_to("/.well-known/openid-configuration").len();
                equal("the fetches of the document", &json!(fetches), wanted)
            }
            _ => begun.start.judge_member(name, wanted, &begun.app)?,
        })
    })
}

/// What the guard of a preset makes of the provider's own record.
pub(crate) async fn user_mapping(case: &Value) -> Verdict {
    let world = World::default();
    let preset = case["preset"].as_str().unwrap_or_default();
    let guard = json!({
        "type": preset, "client_id": "cid", "client_secret": "csecret",
        "redirect_url": "https://app.example/auth/callback",
    });
    let mut posed = json!({ "guards": { "o": guard }, "flow": "o" });
    if preset.ends_with("google") {
        posed["claims"] = case["raw"].clone();
    } else {
        posed["userinfo"] = case["raw"].clone();
        posed["userinfo_status"] = case["raw_status"].clone();
    }
    let (mut begun, answer) = login(&posed, &world).await?;
    let fresh = begun.fresh(&Value::Null).await?;
    let record =
        fresh.reached.as_ref().and_then(|reached| reached.users.get("o")).cloned().unwrap_or_default();
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "user_info" => subset("the record", &record, wanted),
            "request_headers" => {
                let asked = world.provider.all_requests();
                let call = asked.iter().rev().find(|asked| asked.method == "GET");
                let missing = texts(wanted)
                    .into_iter()
                    .find(|name| call.is_none_or(|call| call.header(name).is_none()));
                crate::judge::ensure(missing.is_none(), || format!("{missing:?} is not sent"))
            }
            "on_401" => equal(
                "whether the login worked",
                &json!(is_logged_in(&fresh)),
                &json!(wanted != "login fails"),
            ),
            _ => return Some(judge(&json!({ name: wanted }), &answer, &fresh, &begun.app)),
        })
    })
}

/// What a preset sets up by itself.
pub(crate) async fn preset(case: &Value) -> Verdict {
    let world = World::default();
    let mut guard =
        if case["guard"].is_null() { json!({ "type": case["preset"] }) } else { case["guard"].clone() };
    for (name, value) in [
        ("client_id", "cid"),
        ("client_secret", "csecret"),
        ("redirect_url", "https://app.example/auth/callback"),
    ] {
        if guard[name].is_null() {
            guard[name] = json!(value);
        }
    }
    let mut posed = json!({ "guards": { "o": guard }, "flow": "o", "claims": { "sub": "1" } });
    posed["userinfo"] = json!({ "id": 1, "sub": "1" });
    let (mut begun, _) = login(&posed, &world).await?;
    let fresh = begun.fresh(&Value::Null).await?;
    let record =
        fresh.reached.as_ref().and_then(|reached| reached.users.get("o")).cloned().unwrap_or_default();
    let start = &begun.start;
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "auth_url" => start.judge_member("location", &json!({ "base": wanted }), &begun.app)?,
            "token_url" => {
                equal("the token endpoint", &json!(world.provider.token_requests().last()?.url), wanted)
            }
            "service_params" => start.judge_member("location", &json!({ "params": wanted }), &begun.app)?,
            "service_name" | "provider" => equal("the provider", &record["provider"], wanted),
            "scopes" | "oauth_scopes" => {
                let scopes = start.location_parameter("scope").unwrap_or_default();
                equal("the scopes", &json!(scopes.split_whitespace().collect::<Vec<_>>()), wanted)
            }
            "user_url" => {
                equal("the user's address", &json!(world.provider.all_requests().last()?.url), wanted)
            }
            "service_url" | "issuer" => {
                equal("the issuer", &world.provider.script.lock().unwrap().discovery["issuer"], wanted)
            }
            _ => start.judge_member(name, wanted, &begun.app)?,
        })
    })
}
