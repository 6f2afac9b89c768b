use doorward_core::change::{Change, Changes};
use doorward_core::port::{Conflict, Standing};
use doorward_core::session::{EndReason, Session};
use doorward_core::{Digest, Timestamp, Ttl, UserId};
use futures_util::future::join_all;

use crate::roles::{give, role};
use crate::world::{NOW, World, digest, event, open_change, session, user};

fn at(seconds: u32) -> Timestamp {
    NOW + Ttl::from_seconds(seconds)
}

fn end(session: &Session, seconds: u32) -> Change {
    Change::EndSession { session: session.id, reason: EndReason::Logout, at: at(seconds) }
}

fn rotate(session: &Session, from: Digest, to: &str, generation: u32) -> Change {
    Change::RotateRefresh { session: session.id, from, to: digest(to), generation, at: at(30) }
}

fn end_all(user: UserId, keep: Option<&Session>) -> Change {
    Change::EndSessionsOf {
        user,
        keep: keep.map(|session| session.id),
        reason: EndReason::LogoutEverywhere,
        at: at(9),
    }
}

#[tokio::test]
async fn a_session_comes_back_as_it_was_given_with_the_state_of_its_account() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let opened = world.open_session(&user, NOW).await;

    let row = world.store.session(opened.id).await.unwrap().unwrap();

    assert_eq!(row.session, opened);
    assert!(row.rights.is_active && !row.rights.is_superuser);
    let by_cookie = world.store.session_by_cookie(&opened.cookie_digest.unwrap()).await.unwrap().unwrap();
    assert_eq!(by_cookie.session, opened);
    assert!(world.store.session_by_cookie(&digest("another")).await.unwrap().is_none());
}

#[tokio::test]
async fn the_standing_of_a_session_is_what_its_rows_say() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let opened = world.open_session(&user, NOW).await;
    let standing = async || world.store.standing(opened.id).await.unwrap().unwrap();

    let living = standing().await;
    world.apply(end_all(user.id, None)).await.unwrap();
    world.apply(Change::SetActive { user: user.id, is_active: false, at: NOW }).await.unwrap();

    let expected = Standing {
        user_id: user.id,
        last_seen_at: opened.last_seen_at,
        expires_at: opened.expires_at,
        is_ended: false,
        scopes: None,
        client: None,
        rights: user.rights(),
    };
    assert_eq!(living, expected);
    let ended = standing().await;
    assert!(ended.is_ended && !ended.rights.is_active, "{ended:?}");
    assert!(world.store.standing(session(&user, NOW).id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_opens_only_for_an_active_account_and_the_password_that_was_proved() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let stale = Change::OpenSession { session: Box::new(session(&ada, NOW)), password_version: 2 };
    let of_nobody = open_change(&session(&user("eve"), NOW));

    assert_eq!(world.apply(stale).await, Err(Conflict::Stale));
    assert_eq!(world.apply(of_nobody).await, Err(Conflict::Stale));
    world.apply(Change::SetActive { user: ada.id, is_active: false, at: NOW }).await.unwrap();
    assert_eq!(world.apply(open_change(&session(&ada, NOW))).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_rotation_needs_the_current_token_of_a_living_session() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let opened = world.open_session(&user, NOW).await;

    world.apply(rotate(&opened, opened.refresh_digest, "second", 1)).await.unwrap();

    assert_eq!(world.apply(rotate(&opened, opened.refresh_digest, "other", 1)).await, Err(Conflict::Stale));
    let read = world.session(opened.id).await;
    assert_eq!((read.refresh_digest, read.refresh_generation), (digest("second"), 1));
    assert_eq!((read.refreshed_at, read.last_seen_at), (at(30), at(30)));
    world.apply(end(&opened, 40)).await.unwrap();
    assert_eq!(world.apply(rotate(&opened, digest("second"), "third", 2)).await, Err(Conflict::Stale));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_two_racing_rotations_one_wins() {
    let world = std::sync::Arc::new(World::new().await);
    let user = world.add_user("ada").await;
    let opened = world.open_session(&user, NOW).await;

    let racers: Vec<_> = (0..32)
        .map(|n| {
            let (world, opened) = (world.clone(), opened.clone());
            tokio::spawn(async move {
                world.apply(rotate(&opened, opened.refresh_digest, &format!("next {n}"), 1)).await.is_ok()
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += u32::from(racer.await.unwrap());
    }

    assert_eq!(winners, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotations_and_look_ups_of_many_sessions_at_once_are_each_their_own() {
    let world = World::new().await;
    let (ada, bob) = (world.add_user("ada").await, world.add_user("bob").await);
    world.apply(Change::SetSuperuser { user: bob.id, is_superuser: true, at: NOW }).await.unwrap();
    world.apply(Change::AddRole(Box::new(role("editor", "read")))).await.unwrap();
    world.apply(give(bob.id, "editor")).await.unwrap();
    let mut opened = Vec::new();
    for number in 0..100 {
        opened.push(world.open_session(if number % 2 == 0 { &ada } else { &bob }, NOW).await);
    }
    world.apply(end(&opened[50], 40)).await.unwrap();
    // Every tenth comes with a token that is none, every tenth twice.
    let next = |number: usize| format!("next {number}");
    let asked = opened.iter().enumerate().flat_map(|(number, session)| {
        let from = if number % 10 == 3 { digest("none") } else { session.refresh_digest };
        let times = if number % 10 == 7 { 2 } else { 1 };
        std::iter::repeat_n((number, rotate(session, from, &next(number), 1)), times)
    });

    let asked = asked.map(async |(number, change)| (number, world.apply(change).await));
    let answers = join_all(asked).await;

    let won = |of: usize| answers.iter().filter(|(number, answer)| *number == of && answer.is_ok()).count();
    let found = join_all(opened.iter().map(|session| world.store.session(session.id))).await;
    for (number, row) in found.into_iter().enumerate() {
        let row = row.unwrap().unwrap();
        let is_refused = number % 10 == 3 || number == 50;
        assert_eq!(won(number), usize::from(!is_refused), "{number}");
        let expected = if is_refused { opened[number].refresh_digest } else { digest(&next(number)) };
        assert_eq!((row.session.id, row.session.refresh_digest), (opened[number].id, expected));
        let is_bobs = number % 2 == 1;
        assert_eq!(
            (row.session.user_id, row.rights.is_superuser),
            (if is_bobs { bob.id } else { ada.id }, is_bobs)
        );
        assert_eq!(row.rights.roles.len(), usize::from(is_bobs), "{:?}", row.rights.roles);
    }
    let nobody = session(&ada, NOW).id;
    let (nobody, somebody) = tokio::join!(world.store.session(nobody), world.store.session(opened[0].id));
    assert!(nobody.unwrap().is_none() && somebody.unwrap().is_some());
}

#[tokio::test]
async fn a_session_ends_once() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let opened = world.open_session(&user, NOW).await;

    world.apply(Changes::from(end(&opened, 5)).recorded(event(&user, at(5)))).await.unwrap();

    assert_eq!(world.apply(end(&opened, 6)).await, Err(Conflict::Stale));
    let read = world.session(opened.id).await;
    assert_eq!((read.ended_at, read.end_reason), (Some(at(5)), Some(EndReason::Logout)));
}

#[tokio::test]
async fn all_sessions_of_an_account_end_but_the_one_that_is_kept() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
    let (kept, other) = (world.open_session(&ada, NOW).await, world.open_session(&ada, at(1)).await);
    let foreign = world.open_session(&eve, NOW).await;

    world.apply(end_all(ada.id, Some(&kept))).await.unwrap();

    assert_eq!(world.store.sessions_of(ada.id).await.unwrap(), [kept]);
    assert_eq!(world.session(other.id).await.end_reason, Some(EndReason::LogoutEverywhere));
    assert_eq!(world.session(foreign.id).await.ended_at, None);
    world.apply(end_all(ada.id, None)).await.unwrap();
    assert!(world.store.sessions_of(ada.id).await.unwrap().is_empty());
    world.apply(end_all(ada.id, None)).await.unwrap();
}

#[tokio::test]
async fn sessions_are_listed_youngest_first() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let (first, second) = (world.open_session(&user, NOW).await, world.open_session(&user, at(1)).await);

    let listed = world.store.sessions_of(user.id).await.unwrap();

    assert_eq!(listed, [second, first]);
}

#[tokio::test]
async fn ends_are_news_from_their_moment_on() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let (early, late) = (world.open_session(&user, NOW).await, world.open_session(&user, NOW).await);
    world.apply(end(&early, 1)).await.unwrap();
    world.apply(end(&late, 5)).await.unwrap();

    assert_eq!(world.store.ended_since(at(5)).await.unwrap(), [(user.id, late.id)]);
    assert_eq!(world.store.ended_since(at(0)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_network_is_known_for_as_long_as_is_asked() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let opened = world.open_session(&user, NOW).await;

    let known = |network: &'static str, since| world.store.is_known_network(user.id, network, since);

    assert!(known("192.0.2.1/32", at(0)).await.unwrap());
    assert!(!known("192.0.2.1/32", at(1)).await.unwrap());
    assert!(!known("192.0.2.2/32", at(0)).await.unwrap());
    world.apply(end(&opened, 1)).await.unwrap();
    assert!(known("192.0.2.1/32", at(0)).await.unwrap(), "an ended session still tells where its owner was");
}

#[tokio::test]
async fn signs_of_life_never_move_back() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let (a, b) = (world.open_session(&user, NOW).await, world.open_session(&user, NOW).await);

    world.apply(Change::SeeSessions(vec![(a.id, at(60)), (b.id, at(30))])).await.unwrap();
    world.apply(Change::SeeSessions(vec![(a.id, at(10)), (b.id, at(40))])).await.unwrap();

    assert_eq!(world.session(a.id).await.last_seen_at, at(60));
    assert_eq!(world.session(b.id).await.last_seen_at, at(40));
}

#[tokio::test]
async fn only_sessions_that_are_long_over_are_forgotten() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let (ended, expired, living) = (
        world.open_session(&user, at(100)).await,
        world.open_session(&user, NOW).await,
        world.open_session(&user, at(100)).await,
    );
    world.apply(end(&ended, 1)).await.unwrap();

    world.apply(Change::ForgetSessions { before: expired.expires_at + Ttl::from_millis(1) }).await.unwrap();

    assert!(world.store.session(ended.id).await.unwrap().is_none());
    assert!(world.store.session(expired.id).await.unwrap().is_none());
    assert!(world.store.session(living.id).await.unwrap().is_some());
}

/// A write set stays short, so that others do not wait for it: the rest goes next time.
#[tokio::test]
async fn sessions_are_forgotten_some_at_a_time() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let ended: Vec<_> = (0..1_200).map(|_| session(&user, NOW)).collect();
    let open = ended.iter().fold(Changes::new(), |changes, session| changes.with(open_change(session)));
    world.apply(open).await.unwrap();
    world.apply(end_all(user.id, None)).await.unwrap();
    let left = || async { world.store.ended_since(NOW).await.unwrap().len() };

    world.apply(Change::ForgetSessions { before: at(60) }).await.unwrap();
    let after_once = left().await;
    world.apply(Change::ForgetSessions { before: at(60) }).await.unwrap();

    assert!(after_once > 0 && after_once < ended.len(), "{after_once}");
    assert_eq!(left().await, 0);
}
