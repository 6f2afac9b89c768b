//! Requests through the layer: one, or several by one browser.

use serde_json::{Value, json};

use crate::Verdict;
use crate::answer::Answer;
use crate::app::App;
use crate::browser::Jar;
use crate::judge::{each_member, ensure, texts};
use crate::world::World;

pub(crate) async fn one(case: &Value) -> Verdict {
    ensure(case["prior_status"].is_null(), || {
        "no layer of tower sees a status before the answer".to_owned()
    })?;
    let world = World::default();
    world.provider.script.lock().unwrap().token = case["token_endpoint"].clone();
    let mut app = App::for_request(case, &world)?;
    let answer = app.send(&case["request"]).await?;
    if let Some(other) = case["expect"].get("same_as") {
        // The other request, or its name in the case.
        let other = other.as_str().map_or(other, |name| &case[name]);
        let other = other.get("request").unwrap_or(other);
        ensure(other["path"].is_string(), || "the other request is not described".to_owned())?;
        let mut second = App::for_request(case, &World::default())?;
        same(&answer, &second.send(other).await?)?;
    }
    judge(&case["expect"], &answer, &app)
}

fn judge(expect: &Value, answer: &Answer, app: &App) -> Verdict {
    each_member(expect, |name, wanted| match name {
        "same_as" => Some(Ok(())),
        _ => answer.judge_member(name, wanted, app),
    })
    .map_err(|why| format!("{why} (answer {} {:?})", answer.status, answer.headers))
}

fn same(one: &Answer, other: &Answer) -> Verdict {
    let headers = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        headers
    };
    ensure(one.status == other.status && one.body == other.body && headers(one) == headers(other), || {
        format!(
            "{} {:?} {} is not {} {:?} {}",
            one.status, one.headers, one.body, other.status, other.headers, other.body
        )
    })
}

pub(crate) async fn sequence(case: &Value) -> Verdict {
    let world = World::default();
    let mut app = App::everywhere(case, &world)?;
    let (mut answers, mut jars): (Vec<Answer>, Vec<Jar>) = (Vec::new(), Vec::new());
    let first = app.jar.clone();
    let mut steps_ok = Ok(());
    for (index, step) in case["steps"].as_array().ok_or("no steps")?.iter().enumerate() {
        prepare(step, &mut app, &first, &jars)?;
        let answer = app.send(&step["request"]).await?;
        let expect = &case["expect"]["steps"][index];
        if !expect.is_null() && steps_ok.is_ok() {
            steps_ok = judge(expect, &answer, &app).map_err(|why| format!("step {}: {why}", index + 1));
        }
        answers.push(answer);
        jars.push(app.jar.clone());
    }
    each_member(&case["expect"], |name, wanted| match name {
        "steps" => Some(steps_ok.clone()),
        "distinct_across_steps" => Some(distinct(wanted, &answers, &jars)),
        _ => answers.last().and_then(|answer| answer.judge_member(name, wanted, &app)),
    })
}

/// What happens before a step's request.
fn prepare(step: &Value, app: &mut App, first: &Jar, jars: &[Jar]) -> Verdict {
    app.world.clock.advance(step["after_seconds"].as_i64().unwrap_or(0));
    // A step keeps what the one before it has set only where it says so.
    if step["keep_cookies"] != true && !jars.is_empty() {
        app.jar = first.clone();
    }
    if let Some(number) = step["cookies_from_step"].as_u64() {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        app.jar = number.checked_sub(1).and_then(|at| jars.get(at)).ok_or("no such step")?.clone();
    }
    for cleared in [&step["logout"], &step["drop_session_of"]] {
        app.world.sessions.clear(app.session(), &texts(cleared));
    }
    if let Some(number) = step["drop_session_of"].as_u64() {
        let jar = usize::try_from(number).ok().and_then(|number| jars.get(number.checked_sub(1)?));
        app.world.sessions.drop_of(app.session_in(jar.ok_or("no such step")?));
    }
    for (change, what) in step["change"].as_object().into_iter().flatten() {
        match &**change {
            "revoke_token" | "revoke_key" | "remove_user" => {
                app.world.revoked.lock().unwrap().extend(texts(what).into_iter().map(str::to_owned));
            }
            other => return Err(format!("there is no way to change `{other}`")),
        }
    }
    Ok(())
}

fn distinct(wanted: &Value, answers: &[Answer], jars: &[Jar]) -> Verdict {
    for place in texts(wanted) {
        let mut seen: Vec<Value> = Vec::new();
        for (answer, jar) in answers.iter().zip(jars) {
            let value = found(place, answer, jar).ok_or_else(|| format!("{place} is not there"))?;
            ensure(!seen.contains(&value), || format!("{place} is {value} more than once"))?;
            seen.push(value);
        }
    }
    Ok(())
}

/// What stands at a place such as `location.params.state`, `headers.etag`, `cookies.name`.
fn found(place: &str, answer: &Answer, jar: &Jar) -> Option<Value> {
    let (what, name) = place.rsplit_once('.').unwrap_or((place, ""));
    match what {
        "location.params" => answer.location_parameter(name).map(|value| json!(value)),
        "headers" | "header" => answer.header(name).map(|value| json!(value)),
        "cookies" | "cookie" => {
            let name = if name == "$session_cookie" {
                doorward_guard::Sessions::in_memory().cookie_name().to_owned()
            } else {
                name.to_owned()
            };
            jar.0.get(&name).map(|value| json!(value))
        }
        "session_cookie" | "$session_cookie" => {
            jar.0.get(doorward_guard::Sessions::in_memory().cookie_name()).map(|value| json!(value))
        }
        "location" => answer.header("location").map(|value| json!(value)),
        "status" => Some(json!(answer.status)),
        "body" => Some(json!(answer.body)),
        _ => None,
    }
}
