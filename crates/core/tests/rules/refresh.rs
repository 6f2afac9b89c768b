use doorward_core::audit::Deed;
use doorward_core::{Code, Ttl};

use crate::world::{World, client, code, secret};

#[tokio::test]
async fn a_refresh_gives_new_tokens_of_the_same_session() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;

    let next = world.refresh(&login).await.unwrap();

    assert_eq!(next.session_id, login.session_id);
    assert_ne!(next.refresh_token, login.refresh_token);
    assert!(world.verdict(&next).await.is_ok());
}

#[tokio::test]
async fn a_retry_within_the_window_gets_the_same_successor() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let first = world.refresh(&login).await.unwrap();
    world.clock.advance(Ttl::from_millis(9_999));

    let again = world.refresh(&login).await.unwrap();

    assert_eq!(again.refresh_token, first.refresh_token);
    assert!(world.refresh(&first).await.is_ok());
}

#[tokio::test]
async fn a_retry_on_another_node_gets_the_same_successor() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let first = world.refresh(&login).await.unwrap();

    let other = world.another_node().await.refresh(&login.refresh_token, &client()).await.unwrap();

    assert_eq!(other.refresh_token, first.refresh_token);
}

#[tokio::test]
async fn a_spent_token_ends_its_family() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let newer = world.refresh(&login).await.unwrap();
    world.clock.advance(Ttl::from_seconds(10));

    assert_eq!(code(world.refresh(&login).await), Code::TokenReused);

    assert_eq!(code(world.refresh(&newer).await), Code::TokenRevoked);
    assert_eq!(world.verdict(&newer).await, Err(Code::TokenRevoked));
    assert!(world.store.events().iter().any(|event| event.deed == Deed::RefreshReused));
}

#[tokio::test]
async fn a_token_two_generations_old_is_reuse_even_within_the_window() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let second = world.refresh(&login).await.unwrap();
    world.refresh(&second).await.unwrap();

    assert_eq!(code(world.refresh(&login).await), Code::TokenReused);
}

#[tokio::test]
async fn without_a_window_every_second_use_is_reuse() {
    let world = World::with(|settings| settings.tokens.refresh_retry_window = Ttl::ZERO).await;
    let login = world.signed_in("ada").await;
    world.refresh(&login).await.unwrap();

    assert_eq!(code(world.refresh(&login).await), Code::TokenReused);
}

#[tokio::test]
async fn reuse_ends_one_session_and_leaves_the_others() {
    let world = World::new().await;
    let (stolen, other) = (world.signed_in("ada").await, world.login("ada").await);
    world.refresh(&stolen).await.unwrap();
    world.clock.advance(Ttl::from_minutes(1));

    assert_eq!(code(world.refresh(&stolen).await), Code::TokenReused);

    assert!(world.refresh(&other).await.is_ok());
}

#[tokio::test]
async fn what_is_no_refresh_token_changes_nothing() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;

    for text in ["", "dwr_", "dwr_AAAA", login.access_token.expose(), "\u{0}", &"x".repeat(100_000)] {
        assert_eq!(code(world.core.refresh(&secret(text), &client()).await), Code::TokenInvalid);
    }

    assert!(world.refresh(&login).await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;

    assert_eq!(code(world.core.authenticate(login.refresh_token.expose()).await), Code::TokenInvalid);
    assert_eq!(code(world.core.authenticate_cookie(login.refresh_token.expose()).await), Code::TokenInvalid);
}

#[tokio::test]
async fn refreshing_keeps_a_session_alive_and_only_until_its_absolute_end() {
    let world = World::new().await;
    let mut login = world.signed_in("ada").await;

    for _ in 0..5 {
        world.clock.advance(Ttl::from_days(5));
        login = world.refresh(&login).await.unwrap();
    }
    world.clock.advance(Ttl::from_days(5));

    assert_eq!(code(world.refresh(&login).await), Code::TokenRevoked);
}

#[tokio::test]
async fn an_access_token_never_outlives_its_session() {
    let world = World::with(|settings| settings.sessions.absolute = Ttl::from_minutes(15)).await;
    let login = world.signed_in("ada").await;
    world.clock.advance(Ttl::from_minutes(9));

    let last = world.refresh(&login).await.unwrap();

    assert_eq!(last.access_ttl, Ttl::from_minutes(6));
}

#[tokio::test]
async fn thirty_two_racing_refreshes_agree_on_one_successor() {
    let world = std::sync::Arc::new(World::new().await);
    let login = world.signed_in("ada").await;

    let racers = (0..32).map(|_| {
        let (world, login) = (world.clone(), login.clone());
        tokio::spawn(async move { world.refresh(&login).await.unwrap().refresh_token })
    });
    let mut successors = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        successors.push(racer.await.unwrap());
    }

    successors.dedup();
    assert_eq!(successors.len(), 1);
}
