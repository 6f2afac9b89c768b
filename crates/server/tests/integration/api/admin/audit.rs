//! `GET /api/v1/admin/audit`.

use doorward_core::Ttl;
use doorward_testkit::{SignedIn, TestApp, assert_problem};
use serde_json::Value;

struct Watched {
    app: TestApp,
    root: SignedIn,
}

impl Watched {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let root = app.superuser().await;
        Self { app, root }
    }

    async fn ask(&self, query: &str) -> Value {
        let target = format!("/api/v1/admin/audit?{query}");
        self.app.get(&target).bearer(&self.root.access).await.expect(200).json()
    }

    async fn deeds(&self, query: &str) -> Vec<String> {
        deeds(&self.ask(query).await)
    }
}

fn deeds(page: &Value) -> Vec<String> {
    let lines = page["items"].as_array().unwrap().iter();
    lines.map(|line| line["deed"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_line_tells_who_did_what_to_whom_from_where_and_how_it_ended() {
    let watched = Watched::start().await;
    let ada = watched.app.user("ada").registered().await;
    let id = ada["id"].as_str().unwrap();
    let refused = watched.app.login("ada", "wrong password").from("198.51.100.7").await;
    assert_problem!(refused, 401, "invalid_credentials");
    watched.app.user("ada").logged_in().await;

    let page = watched.ask(&format!("subject={id}")).await;

    assert_eq!(deeds(&page), ["login_succeeded", "login_failed", "account_registered"]);
    let [succeeded, failed, _] = &page["items"].as_array().unwrap()[..] else { unreachable!() };
    assert_eq!((&failed["outcome"], &failed["actor"]), (&"invalid_credentials".into(), &Value::Null));
    assert_eq!(
        (&failed["address"], &failed["request_id"]),
        (&"198.51.100.7".into(), &refused.headers["x-request-id"].to_str().unwrap().into())
    );
    assert_eq!((&succeeded["outcome"], &succeeded["actor"]), (&"done".into(), &id.into()));
}

#[tokio::test]
async fn lines_are_chosen_by_subject_actor_deed_outcome_and_time() {
    let watched = Watched::start().await;
    watched.app.user("ada").registered().await;
    watched.app.login("ada", "wrong password").await;
    watched.app.clock.advance(Ttl::from_minutes(7));
    let later = watched.app.core.now().to_string();
    watched.app.user("eve").signed_in().await;

    assert_eq!(watched.deeds("deed=login_failed").await, ["login_failed"]);
    assert_eq!(watched.deeds("outcome=refused").await, ["login_failed"]);
    assert_eq!(watched.deeds("outcome=invalid_credentials").await, ["login_failed"]);
    assert_eq!(watched.deeds("outcome=token_reused").await, [""; 0]);
    assert_eq!(watched.deeds(&format!("from={later}")).await, ["login_succeeded", "account_registered"]);
    assert_eq!(watched.deeds(&format!("until={later}")).await.len(), 4);
    let eve = watched.app.get("/api/v1/me").bearer(&watched.app.user("eve").logged_in().await.access).await;
    let actor = eve.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(watched.deeds(&format!("actor={actor}")).await.len(), 3);
}

#[tokio::test]
async fn pages_follow_one_another_without_a_gap() {
    let watched = Watched::start().await;
    for name in ["ada", "eve", "joe"] {
        watched.app.user(name).registered().await;
    }
    let (mut seen, mut before) = (Vec::new(), String::new());

    for _ in 0..4 {
        let page = watched.ask(&format!("limit=2{before}")).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|line| line["seq"].as_i64().unwrap()));
        let Some(next) = page["next"].as_i64() else { break };
        before = format!("&before={next}");
    }

    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn whoever_waits_for_news_is_told_at_once() {
    let watched = Watched::start().await;
    assert_eq!(watched.deeds("after=0").await, ["admin_created", "login_succeeded"]);
    let ask = watched.app.get("/api/v1/admin/audit?after=2&wait=20&deed=login_failed");
    let waiting = tokio::spawn(std::future::IntoFuture::into_future(ask.bearer(&watched.root.access)));

    watched.app.user("ada").registered().await;
    watched.app.login("ada", "wrong password").await;

    let page = waiting.await.unwrap().expect(200).json();
    assert_eq!(deeds(&page), ["login_failed"]);
    assert_eq!(page["next"], 4);
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused_by_its_field() {
    let watched = Watched::start().await;
    let root = &watched.root.access;

    for query in
        ["deed=x", "outcome=x", "from=yesterday", "until=1", "subject=ada", "before=1&after=1", "x=1"]
    {
        let answer = watched.app.get(&format!("/api/v1/admin/audit?{query}")).bearer(root).await;

        assert_problem!(answer, 400, "malformed_parameter");
    }
}
