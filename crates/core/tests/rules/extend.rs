use std::sync::Arc;

use doorward_core::{Code, Ttl};

use crate::world::{World, client, code};

#[tokio::test]
async fn a_login_is_no_exchange_and_the_first_one_follows_at_once() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    let fresh = world.core.extend(&who, &client()).await.unwrap();

    assert_eq!((fresh.user_id, fresh.session_id), (login.user_id, login.session_id));
    assert_ne!(fresh.token, login.access_token);
    assert!(world.core.authenticate(fresh.token.expose()).await.is_ok());
}

#[tokio::test]
async fn within_the_rest_an_exchange_is_refused_and_told_how_long_to_wait() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;
    world.core.extend(&who, &client()).await.unwrap();
    world.clock.advance(Ttl::from_seconds(50));

    let refused = world.core.extend(&who, &client()).await.unwrap_err();

    assert_eq!((refused.code(), refused.wait()), (Code::RefreshRestricted, Some(Ttl::from_seconds(70))));
    world.clock.advance(Ttl::from_seconds(70));
    assert!(world.core.extend(&who, &client()).await.is_ok());
}

#[tokio::test]
async fn of_ten_that_ask_at_once_one_gets_a_token() {
    let world = Arc::new(World::new().await);
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    let racers: Vec<_> = (0..10)
        .map(|_| {
            let (world, who) = (Arc::clone(&world), Arc::clone(&who));
            tokio::spawn(async move { world.core.extend(&who, &client()).await.is_ok() })
        })
        .collect();
    let mut given = 0;
    for racer in racers {
        given += u32::from(racer.await.unwrap());
    }

    assert_eq!(given, 1);
}

#[tokio::test]
async fn sessions_of_one_account_rest_each_for_itself() {
    let world = World::new().await;
    let (one, other) = (world.signed_in("ada").await, world.login("ada").await);

    world.core.extend(&*world.who(&one).await, &client()).await.unwrap();

    assert!(world.core.extend(&*world.who(&other).await, &client()).await.is_ok());
}

#[tokio::test]
async fn no_exchange_moves_the_end_of_the_session() {
    let world = World::with(|settings| {
        settings.tokens.access_ttl = Ttl::from_days(1);
        settings.sessions.absolute = Ttl::from_days(3);
    })
    .await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;
    world.clock.advance(Ttl::from_minutes(23 * 60));
    let second = world.core.extend(&who, &client()).await.unwrap();
    world.clock.advance(Ttl::from_minutes(23 * 60));
    let who = world.core.authenticate(second.token.expose()).await.unwrap();
    let third = world.core.extend(&who, &client()).await.unwrap();
    world.clock.advance(Ttl::from_minutes(23 * 60));
    let who = world.core.authenticate(third.token.expose()).await.unwrap();

    let last = world.core.extend(&who, &client()).await.unwrap();

    assert_eq!(last.ttl, Ttl::from_minutes(3 * 60));
}

#[tokio::test]
async fn an_ended_session_gives_nothing_to_whoever_was_let_in_before() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    world.core.logout(&who, &client()).await.unwrap();

    assert_eq!(code(world.core.extend(&who, &client()).await), Code::TokenRevoked);
}

#[tokio::test]
async fn a_token_counts_past_its_end_only_where_that_was_said() {
    for (leeway, minutes, counts) in [(0, 1, false), (10, 9, true), (10, 10, false)] {
        let world = World::with(|settings| settings.tokens.expiry_leeway = Ttl::from_minutes(leeway)).await;
        let login = world.signed_in("ada").await;

        world.clock.advance(login.access_ttl);
        world.clock.advance(Ttl::from_minutes(minutes));

        assert_eq!(world.verdict(&login).await.is_ok(), counts, "{leeway} {minutes}");
    }
}
