//! What a browser gets when it comes back logged in.

use serde_json::{Value, json};

use super::login::Begun;
use crate::Verdict;
use crate::app::Reached;
use crate::judge::{each_member, ensure, equal, holds_all};
use crate::world::World;

/// More bytes than any browser keeps in cookies of one answer.
const COOKIES_MAX: usize = 8 * 1024;

/// The request that the stored state tells of.
fn first_request(state: &Value) -> Result<Value, String> {
    let url =
        url::Url::parse(state["url"].as_str().unwrap_or_default()).map_err(|fault| fault.to_string())?;
    let mut headers = state["headers"].clone();
    headers["sec-fetch-mode"] = json!("navigate");
    headers["sec-fetch-site"] = json!("same-origin");
    if let Some(from) = state["from"].as_str().filter(|from| !from.is_empty()) {
        headers["referer"] = json!(from);
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = match state["body_bytes"].as_u64() {
        Some(bytes) => "x".repeat(usize::try_from(bytes).unwrap_or(0)),
        None => state["body"].as_str().unwrap_or_default().to_owned(),
    };
    Ok(json!({
        "method": state["method"], "path": format!("{}{query}", url.path()), "headers": headers, "body": body,
    }))
}

pub(crate) async fn run(case: &Value) -> Verdict {
    let state = &case["session_state"];
    let has_body = state["method"] != "GET";
    let mut world = World::default();
    world.provider.script.lock().unwrap().token = json!({
        "status": 200, "content_type": "application/json",
        "body": { "access_token": "at-1", "token_type": "bearer", "expires_in": 3600 },
    });
    world.replays_bodies = has_body;
    let inner = ["inner_response", "inner_answer", "inner"].into_iter().find_map(|name| case.get(name));
    world.inner = inner.cloned().unwrap_or_default();
    let guard = json!({
        "type": "oauth2", "auth_url": "https://idp.example/a", "token_url": "https://idp.example/t",
        "redirect_url": "https://app.example/auth/callback", "client_id": "cid", "client_secret": "csecret",
        "on_auth": case["handler"],
    });
    let posed = json!({ "guards": { "o": guard }, "flow": "o" });
    let mut begun = Begun::of(&posed, &first_request(state)?, &world).await?;
    let kept: usize = begun.start.headers.get_all("set-cookie").iter().map(|line| line.len()).sum();
    let query = json!({ "code": "c1", "state": begun.parameter("state")? });
    let answer = begun.come_back(&query, &json!({ "headers": state["headers"] })).await?;
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "inner_request" => match &answer.reached {
                Some(reached) => inner_request(reached, wanted),
                None => Err("no request was replayed".to_owned()),
            },
            "body_from_inner" => {
                let inner =
                    answer.reached.as_ref().map(|reached| json!({ "handler": reached.url }).to_string());
                equal(
                    "whether the body is the handler's",
                    &json!(inner.as_deref() == Some(&answer.body)),
                    wanted,
                )
            }
            // Nobody but the handler of a replayed request answers.
            "continues" => {
                let continues =
                    answer.reached.as_ref().is_some_and(|reached| reached.url.starts_with("/auth/callback"));
                equal("whether the callback itself goes on", &json!(continues), wanted)
            }
            "memory_bounded" => equal("whether what is kept is bounded", &json!(kept <= COOKIES_MAX), wanted),
            "any_of" => ensure(
                wanted.as_array().is_some_and(|choices| {
                    choices.iter().any(|choice| answer.judge(choice, &begun.app).is_ok())
                }),
                || format!("none of {wanted}: {} {:?}", answer.status, answer.headers),
            ),
            _ => answer.judge_member(name, wanted, &begun.app)?,
        })
    })
    .map_err(|why| format!("{why} (callback {} {:?})", answer.status, answer.headers))
}

fn inner_request(reached: &Reached, wanted: &Value) -> Verdict {
    let base = url::Url::parse("https://app.example").expect("an address");
    let url = base.join(&reached.url).map_err(|fault| fault.to_string())?;
    let headers: serde_json::Map<String, Value> = reached
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    each_member(wanted, |name, wanted| {
        Some(match name {
            "method" => equal("the method", &json!(reached.method), wanted),
            "url" => equal("the address", &json!(url.as_str()), wanted),
            "path" => equal("the path", &json!(url.path()), wanted),
            "query" => {
                let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
                equal("the query", &json!(pairs), wanted)
            }
            "headers" => ensure(holds_all(&json!(headers), wanted), || format!("headers are {headers:?}")),
            "body" => equal("the body", &json!(String::from_utf8_lossy(&reached.body)), wanted),
            _ => return None,
        })
    })
}
