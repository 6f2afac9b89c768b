//! People sign in to applications.

use doorward_core::oauth::{Asked, Given, NewClient, OAuthClient, Redemption, Step};
use doorward_core::{Code, Digest, Error, Secret, Ttl};

use crate::world::{PASSWORD, World, attempt, client, code, secret};

const CALLBACK: &str = "https://shop.example/callback";
const VERIFIER: &str = "a-verifier-of-forty-three-letters-at-the-least";

/// A trusted application, and the cookie of ada's browser.
async fn shop(world: &World) -> (OAuthClient, Secret<String>) {
    let new = NewClient {
        name: "Shop".to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
        is_trusted: true,
        ..NewClient::default()
    };
    let (shop, _) = world.core.add_client(&world.core.command_line(), new, &client()).await.unwrap();
    world.user("ada").await;
    let mut login = attempt("ada", PASSWORD);
    login.wants_cookie = true;
    (shop, world.core.login(login, &client()).await.unwrap().cookie.unwrap())
}

fn asked(shop: &OAuthClient) -> Asked {
    let challenge = Digest::of(VERIFIER.as_bytes()).to_string();
    let said = [
        ("client_id", &*shop.id.to_string()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    Asked::new(said.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

async fn given_code(world: &World, shop: &OAuthClient, cookie: &Secret<String>) -> Secret<String> {
    match world.core.authorize(&asked(shop), Some(cookie)).await.unwrap() {
        Step::Return(answer) => answer.outcome.unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn redeem(world: &World, shop: &OAuthClient, code: &Secret<String>) -> Result<Given, Error> {
    let brought = Redemption {
        code: code.clone(),
        redirect_uri: Some(CALLBACK.to_owned()),
        verifier: secret(VERIFIER),
    };
    world.core.redeem(shop, &brought, &client()).await
}

#[tokio::test]
async fn a_code_gives_tokens_once_and_takes_them_back_when_it_comes_again() {
    let world = World::new().await;
    let (shop, cookie) = shop(&world).await;
    let text = given_code(&world, &shop, &cookie).await;

    let given = redeem(&world, &shop, &text).await.unwrap();
    assert!(given.id_token.is_some() && world.verdict(&given.tokens).await.is_ok());
    let again = redeem(&world, &shop, &text).await;

    assert_eq!(code(again), Code::InvalidGrant);
    assert_eq!(world.verdict(&given.tokens).await, Err(Code::TokenRevoked));
}

#[tokio::test]
async fn a_code_ends_with_its_minute_and_with_its_login() {
    let world = World::new().await;
    let (shop, cookie) = shop(&world).await;
    let late = given_code(&world, &shop, &cookie).await;
    world.clock.advance(Ttl::from_seconds(60));
    assert_eq!(code(redeem(&world, &shop, &late).await), Code::InvalidGrant);

    let text = given_code(&world, &shop, &cookie).await;
    let who = world.core.authenticate_cookie(cookie.expose()).await.unwrap();
    world.core.logout(&who, &client()).await.unwrap();

    assert_eq!(code(redeem(&world, &shop, &text).await), Code::InvalidGrant);
}

#[tokio::test]
async fn one_browser_is_given_so_many_codes_and_more_with_time() {
    let world = World::new().await;
    let (shop, cookie) = shop(&world).await;
    for _ in 0..60 {
        given_code(&world, &shop, &cookie).await;
    }

    let one_more = world.core.authorize(&asked(&shop), Some(&cookie)).await;

    assert_eq!(one_more.unwrap_err().code(), Code::TooManyAttempts);
    world.clock.advance(Ttl::from_seconds(1));
    given_code(&world, &shop, &cookie).await;
}

#[tokio::test]
async fn what_an_application_was_given_ends_with_it_on_every_node() {
    let world = World::new().await;
    let other = world.another_node().await;
    let (shop, cookie) = shop(&world).await;
    let text = given_code(&world, &shop, &cookie).await;
    let given = redeem(&world, &shop, &text).await.unwrap();
    let token = given.tokens.access_token.expose();
    other.authenticate(token).await.unwrap();

    let before = other.now();
    world.core.remove_client(&world.core.command_line(), shop.id, &client()).await.unwrap();
    other.look_for_ends(before).await.unwrap();

    assert_eq!(code(other.authenticate(token).await), Code::TokenRevoked);
    assert_eq!(code(redeem(&world, &shop, &text).await), Code::InvalidGrant);
}
