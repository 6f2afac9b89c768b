use std::collections::BTreeMap;

use doorward_core::revocation::{News, NewsKind, NewsReader};
use doorward_core::settings::Settings;
use doorward_core::{Core, Principal, SessionId, Ttl, UserId};
use doorward_jose::{Expect, KeySet};
use serde::Deserialize;

use crate::world::{World, client, secret};

/// What is told, as a service reads it.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Told {
    event: String,
    stream: String,
    seq: u64,
    left: usize,
    after: u64,
    at: i64,
    as_of: i64,
    bound: i64,
    sessions: Vec<SessionId>,
    subjects: Vec<(UserId, i64)>,
    scopes: Vec<(String, i64)>,
    everybody: Option<BTreeMap<String, serde_json::Value>>,
}

/// The claims of a piece of news, if it is one of `core`.
fn read(core: &Core, news: &News) -> Told {
    let Settings { issuer, audience, .. } = (*core.settings()).clone();
    let expect = Expect::new("revocation+jwt", &issuer, &audience).with_max_bytes(64 * 1024);
    let keys = KeySet::published(&core.jwks());
    let told: Told = keys.verify(&news.signed, &expect, core.now().as_seconds()).unwrap().claims;
    assert_eq!(told.event, news.kind.as_str());
    told
}

/// All that is to be told now.
fn all(core: &Core, reader: &mut NewsReader) -> Vec<Told> {
    std::iter::from_fn(|| core.next_news(reader).unwrap()).map(|news| read(core, &news)).collect()
}

/// Somebody who has heard everything so far.
fn listener(core: &Core) -> NewsReader {
    let mut reader = core.listen_for_news(None);
    while core.next_news(&mut reader).unwrap().is_some() {}
    reader
}

#[tokio::test]
async fn a_logout_is_told_at_once_and_once() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let mut reader = listener(&world.core);
    let written = world.core.news_written();

    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();

    written.await;
    let told = all(&world.core, &mut reader);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&*told[0].event, &*told[0].sessions, told[0].seq),
        ("ends", &[login.session_id][..], told[0].after + 1)
    );
    world.core.follow(world.core.now()).await.unwrap();
    assert_eq!(all(&world.core, &mut reader), []);
}

#[tokio::test]
async fn a_listener_goes_on_where_it_was_and_starts_over_where_that_cannot_be() {
    let world = World::new().await;
    let (first, second) = (world.signed_in("ada").await, world.signed_in("eve").await);
    let mut reader = world.core.listen_for_news(None);
    let place = world.core.next_news(&mut reader).unwrap().unwrap().place;
    for login in [&first, &second] {
        world.core.logout(&*world.who(login).await, &client()).await.unwrap();
    }

    let mut resumed = world.core.listen_for_news(place.as_deref());
    let told = all(&world.core, &mut resumed);
    assert_eq!(told[0].event, "ends");
    assert_eq!(told[0].sessions, [first.session_id, second.session_id]);

    for place in
        [None, Some("elsewhere:2"), Some("2"), Some(""), place.map(|place| place + "9999").as_deref()]
    {
        let mut reader = world.core.listen_for_news(place);
        let told = all(&world.core, &mut reader);
        assert_eq!((&*told[0].event, told[0].left, told[0].sessions.len()), ("start", 0, 2), "{place:?}");
    }
}

#[tokio::test]
async fn a_restart_loses_nothing_that_still_matters() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();

    let young = world.another_node().await;
    world.clock.advance(Ttl::from_minutes(61));
    let old = world.another_node().await;

    assert_eq!(all(&young, &mut young.listen_for_news(None))[0].sessions, [login.session_id]);
    assert_eq!(all(&old, &mut old.listen_for_news(None))[0].sessions, []);
}

#[tokio::test]
async fn what_another_node_ends_is_told_after_the_next_look() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let other = world.another_node().await;
    let mut reader = listener(&other);
    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();
    assert_eq!(all(&other, &mut reader), []);

    other.look_for_ends(other.now()).await.unwrap();

    assert_eq!(all(&other, &mut reader)[0].sessions, [login.session_id]);
}

#[tokio::test]
async fn the_end_of_many_sessions_asks_for_a_look_that_tells_each() {
    let world = World::new().await;
    let (first, second) = (world.signed_in("ada").await, world.login("ada").await);
    let mut reader = listener(&world.core);
    let since = world.core.now();

    world.core.logout_everywhere(&*world.who(&first).await, &client()).await.unwrap();
    world.core.look_wanted().await;
    world.core.look_for_ends(since).await.unwrap();

    let mut told = all(&world.core, &mut reader).remove(0).sessions;
    told.sort();
    let mut ended = [first.session_id, second.session_id];
    ended.sort();
    assert_eq!(told, ended);
}

#[tokio::test]
async fn everybody_is_told_of_in_one_word() {
    let world = World::new().await;
    let kept = world.signed_in("ada").await;
    let mut reader = listener(&world.core);

    world.core.sign_everybody_out(None, Some(kept.session_id), &client()).await.unwrap();

    let everybody = all(&world.core, &mut reader).remove(0).everybody.unwrap();
    assert_eq!(everybody["until"], world.core.now().as_millis());
    assert_eq!(everybody["but"], kept.session_id.to_string());
}

#[tokio::test]
async fn tokens_of_an_account_that_is_disabled_or_deleted_are_told_to_be_old() {
    let world = World::new().await;
    let (ada, eve) = (world.user("ada").await, world.user("eve").await);
    let eve_login = world.login("eve").await;
    let mut reader = listener(&world.core);

    world.core.set_active("ada", false).await.unwrap();
    let who = world.who(&eve_login).await;
    world.core.delete_own_account(&who, Some(&secret(crate::world::PASSWORD)), &client()).await.unwrap();

    let told: Vec<_> = all(&world.core, &mut reader).into_iter().flat_map(|told| told.subjects).collect();
    let now = world.core.now().as_millis();
    assert_eq!(told, [(ada.id, now), (eve.id, now)]);
}

#[tokio::test]
async fn a_sign_of_life_is_given_to_those_who_have_heard_everything() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let mut reader = world.core.listen_for_news(None);
    assert!(world.core.heartbeat(&reader).unwrap().is_none(), "before the start");
    all(&world.core, &mut reader);
    let first = read(&world.core, &world.core.heartbeat(&reader).unwrap().unwrap());

    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();
    assert!(world.core.heartbeat(&reader).unwrap().is_none(), "before the logout was heard of");
    all(&world.core, &mut reader);
    let second = read(&world.core, &world.core.heartbeat(&reader).unwrap().unwrap());

    assert_eq!((first.seq + 1, second.bound), (second.seq, 3_050));
}

#[tokio::test]
async fn a_sign_of_life_tells_when_the_database_was_last_asked() {
    let world = World::new().await;
    let reader = listener(&world.core);
    let started = world.core.now();
    world.clock.advance(Ttl::from_seconds(5));

    let blind = read(&world.core, &world.core.heartbeat(&reader).unwrap().unwrap());
    world.core.look_for_ends(started).await.unwrap();
    let seeing = read(&world.core, &world.core.heartbeat(&reader).unwrap().unwrap());

    assert_eq!((blind.as_of, blind.at), (started.as_millis(), started.as_millis() + 5_000));
    assert_eq!(seeing.as_of, seeing.at);
}

#[tokio::test]
async fn a_start_with_much_to_tell_comes_in_parts_and_ends_with_a_place() {
    let world = World::new().await;
    world.user("ada").await;
    let mut ended = Vec::new();
    for _ in 0..501 {
        let login = world.login("ada").await;
        world.core.logout(&*world.who(&login).await, &client()).await.unwrap();
        ended.push(login.session_id);
    }

    let mut reader = world.core.listen_for_news(None);
    let parts: Vec<News> = std::iter::from_fn(|| world.core.next_news(&mut reader).unwrap()).collect();

    assert!(parts.iter().all(|part| part.kind == NewsKind::Start));
    assert_eq!(parts.iter().map(|part| part.place.is_some()).collect::<Vec<_>>(), [false, true]);
    let mut told: Vec<SessionId> = parts.iter().flat_map(|part| read(&world.core, part).sessions).collect();
    told.sort();
    ended.sort();
    assert!(told == ended, "each of {} once, not {}", ended.len(), told.len());
}

/// A world with the role `reader`, which allows to read and write, and root, who made it.
async fn world_with_readers() -> (World, std::sync::Arc<Principal>) {
    let scopes = [("read", ""), ("write", "")].map(|(name, about)| (name.to_owned(), about.to_owned()));
    let world = World::with(|settings| settings.scopes = scopes.into()).await;
    let root = std::sync::Arc::new(world.core.command_line());
    let role = ("reader", String::new(), "read write");
    world.core.create_role(&root, role, &client()).await.unwrap();
    (world, root)
}

#[tokio::test]
async fn a_scope_that_a_role_loses_is_told_for_tokens_given_before() {
    let (world, root) = Box::pin(world_with_readers()).await;
    let mut reader = listener(&world.core);
    let name = "reader".parse().unwrap();

    world.core.update_role(&root, &name, (Some("for reading".to_owned()), None), &client()).await.unwrap();
    assert_eq!(all(&world.core, &mut reader), [], "nothing was lost");
    world.core.update_role(&root, &name, (None, Some("read")), &client()).await.unwrap();
    let told = all(&world.core, &mut reader).remove(0).scopes;

    // Other nodes may give tokens by the old role for a moment.
    let before = world.core.now().as_millis() + 2_000;
    assert_eq!(told, [("write".to_owned(), before)]);
    world.core.update_role(&root, &name, (None, Some("read write")), &client()).await.unwrap();
    assert_eq!(all(&world.core, &mut reader), [], "more is no news");
    world.clock.advance(Ttl::from_seconds(9));
    world.core.delete_role(&root, &name, &client()).await.unwrap();
    let told: Vec<_> = all(&world.core, &mut reader).into_iter().flat_map(|told| told.scopes).collect();
    let before = world.core.now().as_millis() + 2_000;
    assert_eq!(told, [("read".to_owned(), before), ("write".to_owned(), before)]);
}

#[tokio::test]
async fn a_lost_scope_is_told_by_other_nodes_and_after_a_restart_until_its_tokens_are_over() {
    let (world, root) = Box::pin(world_with_readers()).await;
    let other = world.another_node().await;
    let mut reader = listener(&other);
    world.core.update_role(&root, &"reader".parse().unwrap(), (None, Some("read")), &client()).await.unwrap();

    other.look_for_ends(other.now()).await.unwrap();
    assert_eq!(all(&other, &mut reader)[0].scopes[0].0, "write");
    let again = world.another_node().await;
    assert_eq!(all(&again, &mut again.listen_for_news(None))[0].scopes[0].0, "write");

    world.clock.advance(Ttl::from_minutes(63));
    world.core.tidy().await.unwrap();
    let late = world.another_node().await;
    assert_eq!(all(&late, &mut late.listen_for_news(None))[0].scopes, []);
}

#[tokio::test]
async fn an_end_is_told_for_as_long_as_tokens_may_live_that_were_given_under_other_settings() {
    let world = World::with(|settings| settings.tokens.access_ttl = Ttl::from_days(1)).await;
    let login = world.signed_in("ada").await;
    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();

    let lowered = world.reopened_with_life(Ttl::from_minutes(10)).await;
    world.clock.advance(Ttl::from_minutes(23 * 60));
    let again = world.reopened_with_life(Ttl::from_minutes(10)).await;
    again.tidy().await.unwrap();

    for node in [&lowered, &again] {
        assert_eq!(all(node, &mut node.listen_for_news(None))[0].sessions, [login.session_id]);
    }
    world.clock.advance(Ttl::from_minutes(3 * 60));
    again.tidy().await.unwrap();
    let over = world.reopened_with_life(Ttl::from_minutes(10)).await;
    assert_eq!(all(&over, &mut over.listen_for_news(None))[0].sessions, [], "no token is left");
}

#[tokio::test]
async fn no_token_passes_for_news() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let settings = world.core.settings();
    let expect = Expect::new("revocation+jwt", &settings.issuer, &settings.audience);

    let keys = KeySet::published(&world.core.jwks());
    let refused =
        keys.verify::<Told>(login.access_token.expose(), &expect, world.core.now().as_seconds()).unwrap_err();

    assert_eq!(refused, doorward_jose::Refusal::WrongType);
}
