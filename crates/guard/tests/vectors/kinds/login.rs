//! Logins with a provider: the way there, the way back, and tokens that are renewed.

use doorward_guard::guards::Oidc;
use doorward_guard::{CallbackUrl, Clock, TokenSet};
use serde_json::{Value, json};

use crate::Verdict;
use crate::answer::Answer;
use crate::app::App;
use crate::browser::Jar;
use crate::judge::{each_member, ensure, equal, is_text, texts};
use crate::login_guards;
use crate::provider::Asked;
use crate::world::World;

/// A request as a browser sends it for a page.
pub(crate) fn navigation(path: &str) -> Value {
    json!({ "method": "GET", "path": path, "headers": { "accept": "text/html", "sec-fetch-mode": "navigate" } })
}

/// A login that has been begun.
pub(crate) struct Begun {
    pub(crate) app: App,
    pub(crate) start: Answer,
}

impl Begun {
    /// The application of `case`, and what came back for its first request.
    pub(crate) async fn of(case: &Value, start: &Value, world: &World) -> Result<Self, String> {
        let mut app = App::everywhere(case, world)?;
        let start = app.send(start).await?;
        Ok(Self { app, start })
    }

    pub(crate) fn parameter(&self, name: &str) -> Result<String, String> {
        let answer = format!("{} {}", self.start.status, self.start.body);
        self.start.location_parameter(name).ok_or_else(|| format!("no {name} in the redirect: {answer}"))
    }

    /// The browser comes back with this query.
    pub(crate) async fn come_back(&mut self, query: &Value, more: &Value) -> Result<Answer, String> {
        let callback = self.parameter("redirect_uri")?;
        let path = url::Url::parse(&callback).map_err(|fault| fault.to_string())?.path().to_owned();
        let mut request = json!({ "method": "GET", "path": path, "query": query });
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        self.app.send(&request).await
    }

    /// A further request, as it fares with what the browser holds now.
    pub(crate) async fn fresh(&mut self, start: &Value) -> Result<Answer, String> {
        let path = start["path"].as_str().unwrap_or("/p");
        self.app.send(&json!({ "method": "GET", "path": path })).await
    }
}

/// Whether a request that fares so comes from somebody who is logged in.
pub(crate) fn is_logged_in(fresh: &Answer) -> bool {
    fresh.reached.as_ref().is_some_and(|reached| !reached.users.is_empty())
}

/// The request that begins a case, and the rules it falls under.
fn posed(case: &Value) -> (Value, Value) {
    let (mut posed, mut start) = (case.clone(), case["start"].clone());
    if start.is_null() {
        start = navigation("/p");
    }
    if let Some(guard) = case["start_guard"].as_str() {
        start["path"] = json!("/started-with-another-guard");
        posed["routes"] = json!([
            { "method": "all", "path": "/*", "flow": case["flow"] },
            { "method": "all", "path": start["path"], "flow": guard },
        ]);
    }
    (posed, start)
}

pub(crate) async fn callback(case: &Value) -> Verdict {
    let world = World { validate: case.get("validate").cloned(), ..World::default() };
    world.provider.script.lock().unwrap().token = case["token_endpoint"].clone();
    super::oidc::script(case, &world)?;
    let (posed, start) = posed(case);
    let mut begun = Begun::of(&posed, &start, &world).await?;
    let state = begun.parameter("state")?;
    let callback = &case["callback"];
    begun.app.jar = cookies(callback["cookie"].as_str(), &begun, &start).await?;
    world.clock.advance(callback["after_seconds"].as_i64().unwrap_or(0));
    let query: Value = serde_json::from_str(&callback["query"].to_string().replace("$state", &state))
        .map_err(|fault| fault.to_string())?;
    if case["start_guard"].is_string() {
        // The state of one guard comes to the other one's address.
        let first = case["guards"].as_object().and_then(|guards| guards.values().next()).ok_or("no guard")?;
        begun.start.headers = swapped(&begun.start, first["redirect_url"].as_str().unwrap_or_default())?;
    }
    let named =
        ["method", "form", "headers"].into_iter().filter_map(|name| Some((name, callback.get(name)?)));
    let more = &named.map(|(name, value)| (name.to_owned(), value.clone())).collect::<Value>();
    let before = begun.app.jar.clone();
    let mut answer = begun.come_back(&query, more).await?;
    if case["repeat"] == true {
        begun.app.jar = before;
        answer = begun.come_back(&query, more).await?;
    }
    let fresh = begun.fresh(&case["start"]).await?;
    judge(&case["expect"], &answer, &fresh, &begun.app)
}

/// What the browser holds when it comes back.
async fn cookies(which: Option<&str>, begun: &Begun, start: &Value) -> Result<Jar, String> {
    let mut jar = begun.app.jar.clone();
    match which {
        None | Some("$state_cookie") => {}
        Some("none") => jar.0.clear(),
        Some("unknown") => jar.0.values_mut().for_each(|value| *value = "A".repeat(value.len())),
        Some("other_browser") => {
            let request = crate::browser::request(start, &Jar::default())?;
            jar = Jar::default();
            jar.take(&begun.app.call(request).await.headers);
        }
        Some(other) => return Err(format!("there are no cookies of the kind `{other}`")),
    }
    Ok(jar)
}

/// The headers of an answer that sends to another callback.
fn swapped(answer: &Answer, redirect_url: &str) -> Result<http::HeaderMap, String> {
    let mut location = answer.location().ok_or("no redirect")?;
    location.query_pairs_mut().clear().append_pair("redirect_uri", redirect_url);
    let mut headers = answer.headers.clone();
    headers.insert("location", location.as_str().parse().map_err(|_| "no address")?);
    Ok(headers)
}

/// Judges the answer to a callback, and how the browser fares from then on.
pub(crate) fn judge(expect: &Value, answer: &Answer, fresh: &Answer, app: &App) -> Verdict {
    let provider = &app.world.provider;
    each_member(expect, |name, wanted| {
        Some(match name {
            "logged_in" | "accept" => equal("whether the login worked", &json!(is_logged_in(fresh)), wanted),
            "token_endpoint_called" => equal(
                "whether the token endpoint was called",
                &json!(!provider.token_requests().is_empty()),
                wanted,
            ),
            "token_request" => token_request(provider.token_requests().last(), wanted),
            "scopes" | "user_info" | "user_absent" | "absent" => fresh.judge_member(name, wanted, app)?,
            "raw_has" => raw_has(fresh, wanted),
            "jwks_fetches" => {
                let uri = provider.script.lock().unwrap().discovery["jwks_uri"].clone();
                equal(
                    "the fetches of keys",
                    &json!(provider.requests_to(uri.as_str().unwrap_or("?")).len()),
                    wanted,
                )
            }
            _ => answer.judge_member(name, wanted, app)?,
        })
    })
    .map_err(|why| format!("{why} (callback {} {}, then {})", answer.status, answer.body, fresh.status))
}

fn raw_has(fresh: &Answer, wanted: &Value) -> Verdict {
    let users: Vec<&Value> = fresh.reached.iter().flat_map(|reached| reached.users.values()).collect();
    let lacks = |name: &&str| !users.iter().any(|user| user["raw"].get(*name).is_some());
    let missing = texts(wanted).into_iter().find(lacks);
    ensure(missing.is_none(), || format!("the provider's record has no {missing:?}"))
}

fn token_request(asked: Option<&Asked>, wanted: &Value) -> Verdict {
    let asked = asked.ok_or("the token endpoint was not asked")?;
    each_member(wanted, |name, wanted| {
        Some(match name {
            "method" => equal("the method", &json!(asked.method), wanted),
            "url" => equal("the address", &json!(asked.url), wanted),
            "content_type" => equal("the content type", &json!(asked.header("content-type")), wanted),
            "form" => wanted.as_object()?.iter().try_for_each(|(field, wanted)| {
                let seen = asked.field(field);
                ensure(is_text(seen.as_deref(), wanted), || format!("{field} is {seen:?}, not {wanted}"))
            }),
            "form_absent" | "form_lacks" => texts(wanted).into_iter().try_for_each(|field| {
                ensure(asked.field(field).is_none(), || format!("{field} is in the form"))
            }),
            "headers" => wanted.as_object()?.iter().try_for_each(|(header, wanted)| {
                let seen = asked.header(header);
                ensure(is_text(seen, wanted), || format!("{header} is {seen:?}, not {wanted}"))
            }),
            "authorization" => {
                ensure(is_text(asked.header("authorization"), wanted), || "authorization".to_owned())
            }
            _ => return None,
        })
    })
}

pub(crate) async fn refresh(case: &Value) -> Verdict {
    let world = World::default();
    world.provider.script.lock().unwrap().token = case["token_endpoint"].clone();
    let guard = login_guards::oauth2(&case["guard"], &world)?;
    let token = token_of(&case["token"], &world)?;
    let is_forced = case["force"] == true;
    let renewed = match &token {
        Some(token) => guard.refresh(token, is_forced, world.clock.now()).await,
        None => None,
    };
    let after = renewed.as_ref().or(token.as_ref()).map_or(Value::Null, |token| json!(token));
    let requests = world.provider.token_requests();
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "result" => equal("whether there is a token to go on with", &json!(renewed.is_some()), wanted),
            "requests" => equal("the requests", &json!(requests.len()), wanted),
            "token_after" => crate::judge::subset("the token", &after, wanted),
            "token_request" => token_request(requests.last(), wanted),
            _ => return None,
        })
    })
}

/// A token whose `age` tells when it was given.
fn token_of(described: &Value, world: &World) -> Result<Option<TokenSet>, String> {
    if described.is_null() {
        return Ok(None);
    }
    let mut token = json!({ "token_type": "bearer" });
    for (name, value) in described.as_object().into_iter().flatten() {
        match &**name {
            "age" => token["issued_at"] = json!(world.clock.now() - value.as_i64().unwrap_or(0)),
            "scope" => token["scope"] = json!(texts(value).join(" ").split_whitespace().collect::<Vec<_>>()),
            _ => token[name] = value.clone(),
        }
    }
    serde_json::from_value(token).map(Some).map_err(|fault| fault.to_string())
}

pub(crate) fn redirect_path(case: &Value) -> Verdict {
    let url = CallbackUrl::parse(case["url"].as_str().unwrap_or_default());
    let path = match case["root"].as_str() {
        Some(root) => url.and_then(|url| url.under(root)),
        None => url,
    };
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "path" => equal("the path", &json!(path.as_ref().map(CallbackUrl::path).ok()), wanted),
            "error" => equal("whether it is an error", &json!(path.is_err()), wanted),
            _ => return None,
        })
    })
}

pub(crate) fn discovery_url(case: &Value) -> Verdict {
    let config = json!({ "type": "oidc", "service_url": case["service_url"] });
    let guard: Oidc = login_guards::oidc(&config, &World::default())?;
    each_member(&case["expect"], |name, wanted| match name {
        "url" => Some(equal("the address", &json!(guard.discovery_url()), wanted)),
        _ => None,
    })
}

pub(crate) fn scopes_requested(case: &Value) -> Verdict {
    let guard = login_guards::oidc(case, &World::default())?;
    let scopes: Vec<&str> = guard.requested_scopes().collect();
    each_member(&case["expect"], |name, wanted| match name {
        "scopes" => Some(equal("the scopes", &json!(scopes), wanted)),
        _ => None,
    })
}

/// Routes that come with the guards: the desk answers them, and the handler behind it is not reached.
pub(crate) async fn registered_routes(case: &Value) -> Verdict {
    let mut posed = case.clone();
    if case["guards"].is_null() {
        posed["guards"] = json!({ "o": case["guard"] });
    }
    let mut app = App::everywhere(&posed, &World::default())?;
    let routes = case["expect"]["routes"].as_array().or(case["expect"].as_array()).ok_or("no routes")?;
    for route in routes {
        let (method, path) = match route.as_array() {
            Some(pair) => (pair[0].clone(), pair[1].clone()),
            None => (route["method"].clone(), route["path"].clone()),
        };
        let method = method.as_str().unwrap_or("get").to_ascii_uppercase();
        let answer = app.send(&json!({ "method": method, "path": path })).await?;
        ensure(answer.reached.is_none() && answer.status == 400, || {
            format!("{method} {path} gives {}", answer.status)
        })?;
    }
    Ok(())
}
