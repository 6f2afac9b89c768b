use doorward_core::login::LoginAttempt;
use doorward_core::{Code, SessionId, Ttl};

use crate::world::{PASSWORD, World, attempt, client, code};

#[tokio::test]
async fn logout_acts_on_the_very_next_request() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    world.core.logout(&who, &client()).await.unwrap();

    assert_eq!(world.verdict(&login).await, Err(Code::TokenRevoked));
    assert_eq!(code(world.refresh(&login).await), Code::TokenRevoked);
}

#[tokio::test]
async fn a_token_that_was_never_seen_is_refused_after_logout_too() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let unseen = world.refresh(&login).await.unwrap();
    let who = world.who(&login).await;

    world.core.logout(&who, &client()).await.unwrap();

    assert_eq!(world.verdict(&unseen).await, Err(Code::TokenRevoked));
}

#[tokio::test]
async fn logging_out_twice_is_no_error() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    world.core.logout(&who, &client()).await.unwrap();

    assert!(world.core.logout(&who, &client()).await.is_ok());
}

#[tokio::test]
async fn logout_everywhere_ends_every_session_of_the_account_and_no_other() {
    let world = World::new().await;
    let (first, second) = (world.signed_in("ada").await, world.login("ada").await);
    let eve = world.signed_in("eve").await;
    world.who(&second).await;

    world.core.logout_everywhere(&*world.who(&first).await, &client()).await.unwrap();

    assert_eq!(world.verdict(&first).await, Err(Code::TokenRevoked));
    assert_eq!(world.verdict(&second).await, Err(Code::TokenRevoked));
    assert!(world.verdict(&eve).await.is_ok());
}

#[tokio::test]
async fn an_owner_sees_the_living_sessions_youngest_first() {
    let world = World::new().await;
    let first = world.signed_in("ada").await;
    world.clock.advance(Ttl::from_minutes(1));
    let second = world.login("ada").await;
    world.signed_in("eve").await;
    let who = world.who(&second).await;

    let ids =
        |sessions: Vec<doorward_core::session::Session>| sessions.iter().map(|s| s.id).collect::<Vec<_>>();

    assert_eq!(ids(world.core.sessions(&who).await.unwrap()), [second.session_id, first.session_id]);
    world.core.end_session(&who, first.session_id, &client()).await.unwrap();
    assert_eq!(ids(world.core.sessions(&who).await.unwrap()), [second.session_id]);
}

#[tokio::test]
async fn nobody_can_end_or_find_the_session_of_another() {
    let world = World::new().await;
    let (ada, eve) = (world.signed_in("ada").await, world.signed_in("eve").await);
    let eve = world.who(&eve).await;

    let foreign = code(world.core.end_session(&eve, ada.session_id, &client()).await);
    let unknown = code(world.core.end_session(&eve, SessionId::from_bytes([9; 16]), &client()).await);

    assert_eq!((foreign, unknown), (Code::SessionNotFound, Code::SessionNotFound));
    assert!(world.verdict(&ada).await.is_ok());
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends() {
    let world = World::with(|settings| settings.sessions.idle = Ttl::from_minutes(3)).await;
    let login = world.signed_in("ada").await;
    world.clock.advance(Ttl::from_minutes(2));
    assert!(world.verdict(&login).await.is_ok());
    world.clock.advance(Ttl::from_minutes(2));
    assert!(world.verdict(&login).await.is_ok(), "use moved the idle end");

    world.clock.advance(Ttl::from_minutes(3));

    assert_eq!(world.verdict(&login).await, Err(Code::TokenRevoked));
    assert_eq!(code(world.refresh(&login).await), Code::TokenRevoked);
}

#[tokio::test]
async fn use_of_an_access_token_keeps_its_refresh_token_alive() {
    let world = World::with(|settings| settings.sessions.idle = Ttl::from_minutes(5)).await;
    let login = world.signed_in("ada").await;
    world.who(&login).await;
    world.clock.advance(Ttl::from_minutes(4));
    world.who(&login).await;
    world.clock.advance(Ttl::from_minutes(4));

    assert!(world.refresh(&login).await.is_ok());
}

#[tokio::test]
async fn a_cookie_opens_the_session_it_was_given_for() {
    let world = World::new().await;
    world.user("ada").await;
    let wanted = LoginAttempt { wants_cookie: true, ..attempt("ada", PASSWORD) };
    let login = world.core.login(wanted, &client()).await.unwrap();
    let cookie = login.cookie.clone().unwrap();

    let who = world.core.authenticate_cookie(cookie.expose()).await.unwrap();

    assert_eq!(who.session_id, Some(login.session_id));
    world.core.logout(&who, &client()).await.unwrap();
    assert_eq!(code(world.core.authenticate_cookie(cookie.expose()).await), Code::TokenRevoked);
}

#[tokio::test]
async fn a_cookie_is_given_only_to_those_who_ask() {
    let world = World::new().await;

    assert!(world.signed_in("ada").await.cookie.is_none());
}

#[tokio::test]
async fn another_node_learns_of_an_end_when_it_follows() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let other = world.another_node().await;
    let token = login.access_token.expose();
    other.authenticate(token).await.unwrap();
    let since = doorward_core::port::Clock::now(&*world.clock);

    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();
    other.follow(since).await.unwrap();

    assert_eq!(code(other.authenticate(token).await), Code::TokenRevoked);
}

#[tokio::test]
async fn signs_of_life_survive_a_restart_once_tidied() {
    let world = World::with(|settings| settings.sessions.idle = Ttl::from_minutes(5)).await;
    let login = world.signed_in("ada").await;
    world.clock.advance(Ttl::from_minutes(4));
    world.who(&login).await;
    world.core.tidy().await.unwrap();

    let restarted = world.another_node().await;
    world.clock.advance(Ttl::from_minutes(4));

    assert!(restarted.authenticate(login.access_token.expose()).await.is_ok());
}

#[tokio::test]
async fn old_sessions_are_forgotten_in_time() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    world.core.logout(&*world.who(&login).await, &client()).await.unwrap();

    world.clock.advance(Ttl::from_days(8));
    world.core.tidy().await.unwrap();

    assert_eq!(code(world.refresh(&login).await), Code::TokenInvalid);
}
