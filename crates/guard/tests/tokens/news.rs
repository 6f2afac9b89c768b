//! News of revocations: heard, lost, replayed, forged and held back.

use std::time::Duration;

use doorward_guard::guards::Jwt;
use doorward_guard::testkit::{NewsScript, Provider, ProviderKey, TestClock};
use doorward_guard::{Clock, Guards, Outcome, RevocationNews, WhenStale, any};
use doorward_jose::Algorithm;
use http::Request;
use serde_json::{Value, json};

const ISSUER: &str = "https://auth.example";
const KEYS: &str = "https://auth.example/keys";
const AUDIENCE: &str = "reports";

/// An issuer, its news, and a service that hears them.
struct World {
    clock: TestClock,
    key: ProviderKey,
    provider: Provider,
    script: NewsScript,
    news: RevocationNews,
    people: Jwt,
}

impl World {
    async fn new() -> Self {
        Self::with_room_for(1_000).await
    }

    /// A service that keeps so many ends one by one, and has heard everything.
    async fn with_room_for(ends: usize) -> Self {
        let world = Self::silent(ends);
        world.script.start(&[]).await.unwrap();
        world.script.heartbeat().await.unwrap();
        world
    }

    /// As above, and it has heard nothing yet.
    fn silent(ends: usize) -> Self {
        let (clock, key) = (TestClock::default(), key("k1"));
        let provider = Provider::new(ISSUER).clock(clock.clone()).keys([key.clone()]);
        let script = NewsScript::new(key.clone(), (ISSUER, AUDIENCE), clock.clone());
        let people = Jwt::keys_at(KEYS, ISSUER, AUDIENCE).fetch(provider.clone());
        let news = people.revocation_news("https://auth.example/api/v1/revocations");
        let (news, hearing) = news.source(script.clone()).clock(clock.clone()).capacity(ends).start();
        tokio::spawn(hearing);
        Self { clock, key, provider, script, news, people }
    }

    fn token(&self, changes: &Value) -> String {
        let now = self.clock.now();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 3_600, "sid": "s-1", "jti": "t-1",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key.kid() });
        self.key.sign_as(&header, &claims).unwrap()
    }

    /// The service's answer to a request with this token: 200, 401 or 503.
    async fn answer(&self, token: &str) -> u16 {
        self.answer_when(WhenStale::FailClosed, token).await
    }

    async fn answer_when(&self, when_stale: WhenStale, token: &str) -> u16 {
        let guards = Guards::builder()
            .guard("people", self.people.clone().revocations(self.news.when_stale(when_stale)))
            .rule(any(), "/*", "people")
            .clock(self.clock.clone())
            .build()
            .unwrap();
        status(&guards, token).await
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(Duration::from_secs(seconds));
    }

    /// Until the service, which was cut off, listens again.
    async fn come_back(&self) {
        tokio::time::pause();
        self.script.listened().await;
        tokio::time::resume();
    }
}

fn key(name: &str) -> ProviderKey {
    ProviderKey::generate(name, Algorithm::Es256).unwrap()
}

async fn status(guards: &Guards, token: &str) -> u16 {
    let request =
        Request::get("/reports").header("authorization", format!("Bearer {token}")).body(()).unwrap();
    let checked = guards.check(&request.into_parts().0, None).await;
    let outcome = checked.outcomes().next().map(|(_, outcome)| outcome.clone()).unwrap();
    match outcome {
        Outcome::Pass(_) => 200,
        Outcome::Invalid(_) => 401,
        Outcome::Unavailable { .. } => 503,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_end_acts_on_the_next_request_also_of_a_token_that_was_seen() {
    let world = World::new().await;
    let (ada, eve) = (world.token(&json!({})), world.token(&json!({ "sid": "s-2" })));
    let guards = Guards::builder()
        .guard("people", world.people.clone().revocations(world.news.when_stale(WhenStale::FailClosed)))
        .rule(any(), "/*", "people")
        .clock(world.clock.clone())
        .build()
        .unwrap();
    for _ in 0..2 {
        assert_eq!((status(&guards, &ada).await, status(&guards, &eve).await), (200, 200));
    }

    world.script.end(&["s-1"]).await.unwrap();

    assert_eq!((status(&guards, &ada).await, status(&guards, &eve).await), (401, 200));
}

#[tokio::test]
async fn what_ended_before_the_service_started_is_told_at_the_start() {
    let world = World::new().await;
    world.script.restart();
    world.script.start(&["s-1"]).await.unwrap();
    world.script.heartbeat().await.unwrap();

    assert_eq!(world.answer(&world.token(&json!({}))).await, 401);
}

#[tokio::test]
async fn silence_beyond_the_bound_is_refused_or_borne_as_each_guard_says() {
    let world = World::new().await;
    let (token, ended) = (world.token(&json!({})), world.token(&json!({ "sid": "s-2" })));
    world.script.end(&["s-2"]).await.unwrap();

    world.pass(3);
    assert_eq!(world.answer(&token).await, 200, "within the bound");
    world.pass(1);
    assert_eq!(world.answer(&token).await, 503);
    assert_eq!(world.answer_when(WhenStale::FailOpen, &token).await, 200);
    assert_eq!(world.answer_when(WhenStale::FailOpen, &ended).await, 401, "what was heard is not unheard");

    world.script.heartbeat().await.unwrap();
    assert_eq!(world.answer(&token).await, 200);
}

#[tokio::test]
async fn a_guard_may_bear_more_or_less_silence_than_the_issuer_says() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    let within = |seconds| {
        let watch = world.news.when_stale(WhenStale::FailClosed).within(Duration::from_secs(seconds));
        let guard = world.people.clone().revocations(watch);
        Guards::builder().guard("p", guard).rule(any(), "/*", "p").clock(world.clock.clone()).build().unwrap()
    };

    world.pass(2);
    assert_eq!((status(&within(1), &token).await, status(&within(2), &token).await), (503, 200));
    world.pass(58);
    assert_eq!((status(&within(59), &token).await, status(&within(60), &token).await), (503, 200));
}

#[tokio::test]
async fn an_issuer_that_cannot_ask_its_database_is_as_good_as_silent() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    world.pass(4);

    let at = world.clock.now() * 1000;
    world
        .script
        .tell(json!({ "event": "heartbeat", "at": at, "as_of": at - 4_000, "bound": 3_000 }))
        .await
        .unwrap();
    assert_eq!(world.answer(&token).await, 503);
    world
        .script
        .tell(json!({ "event": "heartbeat", "at": at + 1, "as_of": at - 999, "bound": 3_000 }))
        .await
        .unwrap();

    assert_eq!(world.answer(&token).await, 200);
}

#[tokio::test]
async fn a_lost_piece_is_noticed_by_the_next_and_the_service_starts_over() {
    for next_is_a_heartbeat in [true, false] {
        let world = World::new().await;
        world.script.miss();

        match next_is_a_heartbeat {
            true => world.script.heartbeat().await.unwrap(),
            false => world.script.end(&["s-2"]).await.unwrap(),
        }
        world.come_back().await;

        assert_eq!(world.script.places(), [None, None], "from the start");
        world.script.start(&["s-1", "s-2"]).await.unwrap();
        assert_eq!(world.answer(&world.token(&json!({}))).await, 401);
    }
}

#[tokio::test]
async fn a_broken_connection_is_taken_up_where_it_was() {
    let world = World::new().await;
    world.script.end(&["s-2"]).await.unwrap();
    world.script.cut(true);
    world.come_back().await;

    assert_eq!(world.script.places().last(), Some(&Some("stream-1:1".to_owned())));
    world.script.end(&["s-1"]).await.unwrap();
    world.script.heartbeat().await.unwrap();

    assert_eq!(world.answer(&world.token(&json!({}))).await, 401);
}

#[tokio::test]
async fn half_a_start_is_none() {
    let world = World::new().await;
    world.script.restart();
    world.script.tell(json!({ "event": "start", "left": 1, "sessions": ["s-1"] })).await.unwrap();
    world.script.cut(true);
    world.come_back().await;

    assert_eq!(world.script.places().last(), Some(&None));
    assert_eq!(world.answer(&world.token(&json!({}))).await, 401, "what was heard counts");
    world.pass(4);
    world.script.tell(json!({ "event": "start", "left": 1 })).await.unwrap();
    world.script.tell(json!({ "event": "start", "left": 0 })).await.unwrap();
    assert_eq!(world.answer(&world.token(&json!({ "sid": "s-9" }))).await, 503);
    world.script.heartbeat().await.unwrap();
    assert_eq!(world.answer(&world.token(&json!({ "sid": "s-9" }))).await, 200);
}

#[tokio::test]
async fn a_part_of_a_start_that_is_lost_is_noticed() {
    let world = World::new().await;
    world.script.restart();
    world.script.tell(json!({ "event": "start", "left": 2 })).await.unwrap();
    world.script.tell(json!({ "event": "start", "left": 0 })).await.unwrap();
    world.come_back().await;

    assert_eq!(world.script.places(), [None, None]);
}

#[tokio::test]
async fn old_news_do_not_make_silence_good() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    world.pass(4);

    // Both were told at the beginning: the start, and a sign of life.
    world.script.replay(1).await;
    assert_eq!(world.answer(&token).await, 503);
    world.script.end(&["s-2"]).await.unwrap();
    world.script.replay(1).await;
    world.script.replay(2).await;
    assert_eq!(world.answer(&token).await, 503);

    world.script.heartbeat().await.unwrap();
    assert_eq!(world.answer(&token).await, 200);
}

#[tokio::test]
async fn news_that_are_held_back_longer_than_clocks_differ_are_no_news() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    let (at, iat) = (world.clock.now() * 1000 + 1, world.clock.now());
    let held =
        json!({ "event": "heartbeat", "at": at, "as_of": at, "bound": 3_000, "iat": iat, "exp": iat + 60 });
    world.pass(121);

    world.script.tell(held).await.unwrap();

    assert_eq!(world.answer(&token).await, 503);
}

#[tokio::test]
async fn forged_news_change_nothing_and_end_the_connection() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    let forger = key("k1");
    let ends = json!({ "event": "ends", "after": 0, "seq": 1, "sessions": ["s-1"] });
    for claims in [ends, json!({ "event": "start", "left": 0, "sessions": ["s-1"] })] {
        world.script.tell_signed(&forger, claims).await.unwrap();
        world.come_back().await;
        assert_eq!(world.answer(&token).await, 200);
    }
    for (name, value) in [("iss", "https://evil.example"), ("aud", "other")] {
        let mut claims = json!({ "event": "ends", "after": 0, "seq": 1, "sessions": ["s-1"] });
        claims[name] = value.into();
        world.script.tell(claims).await.unwrap();
        world.come_back().await;
        assert_eq!(world.answer(&token).await, 200, "{name}");
    }
    world.pass(4);
    let at = world.clock.now() * 1000;
    let life = json!({ "event": "heartbeat", "at": at, "as_of": at, "bound": 3_000 });
    world.script.tell_signed(&forger, life).await.unwrap();
    assert_eq!(world.answer(&token).await, 503);
}

#[tokio::test]
async fn a_new_key_of_the_issuer_is_believed_and_a_withdrawn_one_is_not() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    assert_eq!(world.answer(&token).await, 200);
    let new = key("k2");
    world.provider.replace_keys(new.clone());
    world.script.sign_with(new);

    world.script.heartbeat().await.unwrap();
    world.pass(1);
    world.script.heartbeat().await.unwrap();

    assert!(world.news.is_fresh());
    assert_eq!(world.answer(&token).await, 401, "of a key that is no longer published");
}

#[tokio::test]
async fn a_change_of_rights_ends_the_tokens_before_it() {
    let world = World::new().await;
    let old = world.token(&json!({ "jti": "019c1310-e400-7972-80f5-d4017cdd7b4f" }));
    let new = world.token(&json!({ "jti": "019c1310-e402-7972-80f5-d4017cdd7b4f" }));

    world.script.ends(json!({ "subjects": [["ada", 1_769_846_400_001_i64]] })).await.unwrap();

    assert_eq!((world.answer(&old).await, world.answer(&new).await), (401, 200));
}

#[tokio::test]
async fn what_a_newer_issuer_tells_besides_is_passed_over() {
    let world = World::new().await;

    world.script.tell(json!({ "event": "weather", "sun": true })).await.unwrap();
    world.script.end(&["s-1"]).await.unwrap();

    assert_eq!(world.answer(&world.token(&json!({}))).await, 401);
    assert_eq!(world.script.places().len(), 1);
}

#[tokio::test]
async fn memory_is_bounded_and_nothing_is_opened_by_it() {
    let world = World::with_room_for(10).await;
    for number in 0..100 {
        world.script.end(&[&format!("s-{number}")]).await.unwrap();
        world.pass(1);
    }

    assert_eq!(world.news.len(), 10);
    for number in 0..100 {
        let token = world.token(&json!({ "sid": format!("s-{number}"), "iat": world.clock.now() - 100 }));
        assert_eq!(world.answer_when(WhenStale::FailOpen, &token).await, 401, "{number}");
    }
    assert_eq!(world.answer_when(WhenStale::FailOpen, &world.token(&json!({ "sid": "fresh" }))).await, 200);
}

#[tokio::test]
async fn nobody_is_let_in_before_the_news_have_come() {
    let world = World::silent(10);
    let token = world.token(&json!({}));
    assert_eq!(world.answer(&token).await, 503);
    assert_eq!(world.answer_when(WhenStale::FailOpen, &token).await, 200);

    world.script.start(&["s-2"]).await.unwrap();
    assert_eq!(world.answer(&token).await, 503, "a sign of life is missing");
    world.script.heartbeat().await.unwrap();

    assert_eq!(world.answer(&token).await, 200);
}

#[tokio::test]
async fn hearing_ends_when_nobody_wants_to_know() {
    let world = World::new().await;
    let (news, hearing) =
        world.people.revocation_news(KEYS).source(world.script.clone()).clock(world.clock.clone()).start();

    drop(news);

    tokio::time::timeout(Duration::from_secs(20), hearing).await.expect("it ends by itself");
}

#[test]
fn news_that_anybody_could_read_are_refused_when_guards_are_built() {
    let people = Jwt::keys_at(KEYS, ISSUER, AUDIENCE);
    let (news, _hearing) = people.revocation_news("http://auth.example/api/v1/revocations").start();

    let guard = people.revocations(news.when_stale(WhenStale::FailOpen));
    let built = Guards::builder().guard("people", guard).rule(any(), "/*", "people").build();

    assert!(built.unwrap_err().to_string().contains("is not https"));
}
