//! What applications have to be told of ended sessions.

use doorward_core::account::User;
use doorward_core::change::{AccountChange, Change, LogoutChange, OAuthChange};
use doorward_core::oauth::{LogoutNotice, OAuthClient};
use doorward_core::port::Conflict;
use doorward_core::session::{EndReason, GivenIn, Session};
use doorward_core::{SessionId, Timestamp, Ttl};

use crate::applications::{add_client, client};
use crate::world::{NOW, World, open_change, session};

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 5_000);

/// A session of `user` that `client` was given in `login`.
async fn given(world: &World, user: &User, client: &OAuthClient, login: &Session) -> Session {
    let mut given = session(user, NOW);
    (given.client, given.cookie_digest) = (Some(client.id), None);
    given.given_in = Some(GivenIn { login: login.id, signed_in_at: login.created_at });
    world.apply(open_change(&given)).await.unwrap();
    assert_eq!(world.session(given.id).await, given);
    given
}

async fn due(world: &World) -> Vec<LogoutNotice> {
    let mut due = world.store.due_logouts(LATER, 100).await.unwrap();
    due.sort_by_key(|notice| notice.session);
    due
}

async fn sessions_due(world: &World) -> Vec<SessionId> {
    due(world).await.iter().map(|notice| notice.session).collect()
}

fn end(session: &Session) -> Change {
    Change::EndSession { session: session.id, reason: EndReason::Logout, at: NOW }
}

#[tokio::test]
async fn the_end_of_a_session_is_told_to_its_application_if_that_wants_to_hear_of_it() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let login = world.open_session(&ada, NOW).await;
    let (shop, mut deaf) = (add_client(&world, "Shop").await, client("Deaf"));
    deaf.logout_uri = None;
    world.apply(OAuthChange::AddClient(Box::new(deaf.clone()))).await.unwrap();
    let (told, untold) = (given(&world, &ada, &shop, &login).await, given(&world, &ada, &deaf, &login).await);

    for session in [&told, &untold, &login] {
        world.apply(end(session)).await.unwrap();
    }

    let notice = LogoutNotice { session: told.id, user: ada.id, client: shop.id, ended_at: NOW, due_at: NOW };
    assert_eq!(due(&world).await, [notice]);
    assert_eq!(world.apply(end(&told)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn an_end_that_did_not_happen_is_told_to_nobody() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let login = world.open_session(&ada, NOW).await;
    let told = given(&world, &ada, &add_client(&world, "Shop").await, &login).await;
    world.apply(end(&login)).await.unwrap();

    let both = doorward_core::change::Changes::from(end(&told)).with(end(&login));

    assert!(world.store.apply(both).await.is_err());
    assert!(due(&world).await.is_empty());
}

#[tokio::test]
async fn all_that_end_together_are_told_of() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
    let login = world.open_session(&ada, NOW).await;
    let shop = add_client(&world, "Shop").await;
    let mut of_ada = Vec::new();
    for _ in 0..3 {
        of_ada.push(given(&world, &ada, &shop, &login).await.id);
    }
    of_ada.sort_unstable();
    let of_eve = given(&world, &eve, &shop, &world.open_session(&eve, NOW).await).await;

    let end =
        |keep| Change::EndSessionsOf { user: ada.id, keep, reason: EndReason::PasswordChanged, at: NOW };
    world.apply(end(Some(of_ada[0]))).await.unwrap();
    assert_eq!(sessions_due(&world).await, of_ada[1..]);
    world.apply(AccountChange::Delete { user: ada.id, at: NOW }).await.unwrap();
    assert_eq!(sessions_due(&world).await, of_ada);

    world.apply(LogoutChange::QueueAll { keep: Some(of_eve.id), at: NOW }).await.unwrap();
    assert_eq!(sessions_due(&world).await, of_ada);
    world.apply(LogoutChange::QueueAll { keep: None, at: NOW }).await.unwrap();
    assert_eq!(sessions_due(&world).await.len(), 4);
}

#[tokio::test]
async fn what_was_given_in_a_login_ends_with_its_word_and_nothing_else_does() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let shop = add_client(&world, "Shop").await;
    let (here, there) = (world.open_session(&ada, NOW).await, world.open_session(&ada, NOW).await);
    let (ends, stays) = (given(&world, &ada, &shop, &here).await, given(&world, &ada, &shop, &there).await);

    let change = OAuthChange::EndGivenIn { login: here.id, reason: EndReason::Logout, at: NOW };
    world.apply(change).await.unwrap();

    assert_eq!(sessions_due(&world).await, [ends.id]);
    assert_eq!(world.session(ends.id).await.ended_at, Some(NOW));
    for session in [&stays, &here, &there] {
        assert_eq!(world.session(session.id).await.ended_at, None);
    }
}

#[tokio::test]
async fn a_notice_is_in_one_callers_hands_and_gone_when_it_was_told() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let login = world.open_session(&ada, NOW).await;
    let shop = add_client(&world, "Shop").await;
    let (first, second) =
        (given(&world, &ada, &shop, &login).await, given(&world, &ada, &shop, &login).await);
    world.apply(end(&first)).await.unwrap();
    world.apply(end(&second)).await.unwrap();
    let take = |session: &Session, due_at, until| LogoutChange::Take { session: session.id, due_at, until };
    let held = NOW + Ttl::from_seconds(30);

    assert_eq!(world.apply(take(&first, NOW, held)).await, Ok(()));
    assert_eq!(world.apply(take(&first, NOW, held)).await, Err(Conflict::Stale));
    assert_eq!(sessions_due(&world).await, [second.id]);

    world.apply(LogoutChange::Postpone { session: first.id, due_at: NOW }).await.unwrap();
    world.apply(LogoutChange::PostponeClient { client: shop.id, due_at: held }).await.unwrap();
    assert!(due(&world).await.is_empty());
    assert_eq!(world.store.due_logouts(held, 1).await.unwrap().len(), 1);

    world.apply(LogoutChange::Drop { session: first.id }).await.unwrap();
    let again = LogoutChange::Drop { session: first.id };
    assert_eq!(world.apply(again).await, Err(Conflict::Stale));
    world.apply(OAuthChange::RemoveClient { client: shop.id, at: NOW }).await.unwrap();
    assert!(world.store.due_logouts(held, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_taken_back_from_an_application_ends_there_and_is_told() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
    let (shop, desk) = (add_client(&world, "Shop").await, add_client(&world, "Desk").await);
    let (login, of_eve) = (world.open_session(&ada, NOW).await, world.open_session(&eve, NOW).await);
    let ends = given(&world, &ada, &shop, &login).await;
    let stays = [given(&world, &ada, &desk, &login).await, given(&world, &eve, &shop, &of_eve).await];
    let scopes = doorward_core::scope::Scopes::parse("openid").unwrap();
    let keep = OAuthChange::KeepConsent { user: ada.id, client: shop.id, scopes: scopes.clone(), at: NOW };
    world.apply(keep).await.unwrap();
    let kept = world.store.consents_of(ada.id).await.unwrap();
    assert_eq!((kept.len(), &*kept[0].name, &kept[0].scopes), (1, "Shop", &scopes));

    let withdraw = |client| OAuthChange::WithdrawConsent { user: ada.id, client, at: NOW };
    world.apply(withdraw(shop.id)).await.unwrap();

    assert_eq!(sessions_due(&world).await, [ends.id]);
    let ended = world.session(ends.id).await;
    assert_eq!((ended.ended_at, ended.end_reason), (Some(NOW), Some(EndReason::ConsentWithdrawn)));
    for session in &stays {
        assert_eq!(world.session(session.id).await.ended_at, None);
    }
    assert!(world.store.consents_of(ada.id).await.unwrap().is_empty());
    for client in [shop.id, desk.id] {
        assert_eq!(world.apply(withdraw(client)).await, Err(Conflict::Stale));
    }
}
