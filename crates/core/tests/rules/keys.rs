use doorward_core::token::{PUBLISHED_AHEAD, Takeover};
use doorward_core::{Code, Ttl};

use crate::world::World;

#[tokio::test]
async fn a_restart_finds_its_keys_again() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;

    let restarted = world.another_node().await;

    assert!(restarted.authenticate(login.access_token.expose()).await.is_ok());
    assert_eq!(restarted.signing_kid(), world.core.signing_kid());
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_is_believed_until_its_tokens_end() {
    let world = World::new().await;
    let old = world.core.signing_kid();
    let login = world.signed_in("ada").await;

    let new = world.core.rotate_keys(Takeover::Overlapping).await.unwrap();

    assert_eq!(world.core.signing_kid(), old);
    assert_eq!(world.core.jwks().len(), 2);
    assert!(world.verdict(&login).await.is_ok());
    world.clock.advance(PUBLISHED_AHEAD);
    world.core.tidy().await.unwrap();
    assert_eq!(world.core.signing_kid(), new);
    assert_eq!(world.core.jwks().len(), 2);
    world.clock.advance(Ttl::from_minutes(11));
    world.core.tidy().await.unwrap();
    assert_eq!(world.core.jwks().len(), 1);
}

#[tokio::test]
async fn an_immediate_takeover_refuses_every_token_of_the_old_key() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    world.who(&login).await;

    let new = world.core.rotate_keys(Takeover::Immediate).await.unwrap();

    assert_eq!(world.core.signing_kid(), new);
    assert_eq!(world.verdict(&login).await, Err(Code::TokenInvalid));
    let next = world.refresh(&login).await.unwrap();
    assert!(world.verdict(&next).await.is_ok());
}

#[tokio::test]
async fn another_node_stops_believing_a_leaked_key_when_it_follows() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let other = world.another_node().await;
    let (token, since) = (login.access_token.expose(), other.now());
    other.authenticate(token).await.unwrap();

    let new = world.core.rotate_keys(Takeover::Immediate).await.unwrap();
    other.follow(since).await.unwrap();

    assert_eq!(other.signing_kid(), new);
    assert_eq!(other.authenticate(token).await.unwrap_err().code(), Code::TokenInvalid);
}

#[tokio::test]
async fn a_key_is_followed_when_its_time_has_come() {
    let world = World::with(|settings| settings.tokens.key_rotation = Ttl::from_days(30)).await;
    let first = world.core.signing_kid();
    world.core.tidy().await.unwrap();
    assert_eq!(world.core.jwks().len(), 1);

    world.clock.advance(Ttl::from_days(30));
    world.core.tidy().await.unwrap();
    world.clock.advance(PUBLISHED_AHEAD);
    world.core.tidy().await.unwrap();

    assert_ne!(world.core.signing_kid(), first);
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let world = World::new().await;

    let refused = world.reopened_with([8; 32]).await;

    assert!(refused.is_err());
}
