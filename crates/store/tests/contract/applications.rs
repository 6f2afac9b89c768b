//! Applications that people sign in to, codes, and what was agreed to.

use doorward_core::change::{Change, OAuthChange};
use doorward_core::oauth::{AuthorizationCode, OAuthClient};
use doorward_core::port::{Conflict, SystemEntropy};
use doorward_core::scope::Scopes;
use doorward_core::session::{EndReason, Session};
use doorward_core::{ClientId, SessionId, Timestamp, Ttl};

use crate::world::{NOW, World, digest, open_change, session};

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

pub(crate) fn client(name: &str) -> OAuthClient {
    OAuthClient {
        id: ClientId::new(NOW, &SystemEntropy),
        name: name.to_owned(),
        secret: Some(digest(name)),
        redirect_uris: vec!["https://a.example/cb".to_owned(), "http://127.0.0.1/cb".to_owned()],
        post_logout_uris: Vec::new(),
        logout_uri: Some("https://a.example/out".to_owned()),
        scopes: scopes("openid email"),
        own_scopes: scopes("orders:read"),
        renewed_at: NOW,
        is_trusted: true,
        created_at: NOW,
    }
}

pub(crate) async fn add_client(world: &World, name: &str) -> OAuthClient {
    let client = client(name);
    world.apply(OAuthChange::AddClient(Box::new(client.clone()))).await.unwrap();
    client
}

fn code(text: &str, client: &OAuthClient, session: &Session) -> AuthorizationCode {
    AuthorizationCode {
        digest: digest(text),
        client: client.id,
        session: session.id,
        redirect_uri: "https://a.example/cb".to_owned(),
        challenge: digest("verifier"),
        nonce: Some("n \"1\"".to_owned()),
        scopes: scopes("openid"),
        expires_at: NOW + Ttl::from_seconds(60),
        given: None,
    }
}

fn add_code(code: &AuthorizationCode) -> OAuthChange {
    OAuthChange::AddCode(Box::new(code.clone()))
}

fn spend(code: &AuthorizationCode, given: SessionId, at: Timestamp) -> OAuthChange {
    OAuthChange::SpendCode { code: code.digest, given, at }
}

#[tokio::test]
async fn an_application_is_read_as_it_was_written_and_all_of_them_by_name() {
    let world = World::new().await;
    let mut public = client("Phone");
    (public.secret, public.post_logout_uris) = (None, vec!["com.example.app:/bye".to_owned()]);
    world.apply(OAuthChange::AddClient(Box::new(public.clone()))).await.unwrap();
    let desk = add_client(&world, "Desk").await;

    assert_eq!(world.store.client(public.id).await.unwrap(), Some(public.clone()));
    assert_eq!(world.store.clients().await.unwrap(), [desk, public]);
    assert_eq!(world.store.client(ClientId::new(NOW, &SystemEntropy)).await.unwrap(), None);
}

#[tokio::test]
async fn a_code_hangs_on_a_living_session_and_on_its_application() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (shop, login) = (add_client(&world, "Shop").await, world.open_session(&ada, NOW).await);
    let good = code("good", &shop, &login);
    world.apply(add_code(&good)).await.unwrap();
    assert_eq!(world.store.code(&good.digest).await.unwrap(), Some(good));

    let of_nobody = code("of nobody", &client("Other"), &login);
    assert_eq!(world.apply(add_code(&of_nobody)).await, Err(Conflict::Stale));
    let end = Change::EndSession { session: login.id, reason: EndReason::Logout, at: NOW };
    world.apply(end).await.unwrap();
    assert_eq!(world.apply(add_code(&code("late", &shop, &login))).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_code_is_spent_once_and_in_time() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (shop, login) = (add_client(&world, "Shop").await, world.open_session(&ada, NOW).await);
    let (first, second) = (code("first", &shop, &login), code("second", &shop, &login));
    world.apply(add_code(&first)).await.unwrap();
    world.apply(add_code(&second)).await.unwrap();
    let given = session(&ada, NOW).id;

    assert_eq!(world.apply(spend(&first, given, NOW)).await, Ok(()));
    assert_eq!(world.apply(spend(&first, login.id, NOW)).await, Err(Conflict::Stale));
    assert_eq!(world.apply(spend(&second, given, second.expires_at)).await, Err(Conflict::Stale));

    assert_eq!(world.store.code(&first.digest).await.unwrap().unwrap().given, Some(given));
    world.apply(OAuthChange::ForgetCodes { before: NOW + Ttl::from_days(1) }).await.unwrap();
    assert_eq!(world.store.code(&first.digest).await.unwrap(), None);
}

#[tokio::test]
async fn of_many_who_spend_a_code_at_once_one_does() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (shop, login) = (add_client(&world, "Shop").await, world.open_session(&ada, NOW).await);
    let code = code("wanted", &shop, &login);
    world.apply(add_code(&code)).await.unwrap();
    let other = world.another().await;

    let spends = (0..8).map(|n| {
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        let change = spend(&code, session(&ada, NOW).id, NOW);
        tokio::spawn(async move { store.apply(Change::from(change).into()).await.is_ok() })
    });
    let mut done = 0;
    for spend in spends.collect::<Vec<_>>() {
        done += usize::from(spend.await.unwrap());
    }

    assert_eq!(done, 1);
}

#[tokio::test]
async fn what_was_agreed_to_is_replaced_and_goes_with_its_application() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let shop = add_client(&world, "Shop").await;
    let keep =
        |client, text: &str| OAuthChange::KeepConsent { user: ada.id, client, scopes: scopes(text), at: NOW };
    let agreed = async || world.store.consent(ada.id, shop.id).await.unwrap();

    assert_eq!(agreed().await, None);
    world.apply(keep(shop.id, "openid")).await.unwrap();
    world.apply(keep(shop.id, "email openid")).await.unwrap();
    assert_eq!(agreed().await, Some(scopes("openid email")));
    assert_eq!(world.apply(keep(client("Other").id, "openid")).await, Err(Conflict::Stale));

    world.apply(OAuthChange::RemoveClient { client: shop.id, at: NOW }).await.unwrap();
    assert_eq!(agreed().await, None);
}

#[tokio::test]
async fn an_application_takes_its_sessions_along_and_leaves_others_alone() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (shop, login) = (add_client(&world, "Shop").await, world.open_session(&ada, NOW).await);
    let mut given = session(&ada, NOW);
    (given.client, given.scopes, given.cookie_digest) = (Some(shop.id), Some(scopes("openid")), None);
    world.apply(open_change(&given)).await.unwrap();
    let pending = code("pending", &shop, &login);
    world.apply(add_code(&pending)).await.unwrap();
    assert_eq!(world.session(given.id).await, given);
    assert_eq!(world.store.standing(given.id).await.unwrap().unwrap().client, Some(shop.id));

    let remove = OAuthChange::RemoveClient { client: shop.id, at: NOW };
    world.apply(remove.clone()).await.unwrap();

    let ended = world.session(given.id).await;
    assert_eq!((ended.ended_at, ended.end_reason), (Some(NOW), Some(EndReason::ClientRemoved)));
    assert_eq!(world.session(login.id).await.ended_at, None);
    assert_eq!(world.store.code(&pending.digest).await.unwrap(), None);
    assert_eq!(world.apply(remove).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_secret_is_replaced_where_there_is_one_and_whoever_asks_learns_of_it_and_of_removals() {
    let world = World::new().await;
    let shop = add_client(&world, "Shop").await;
    let mut public = client("Phone");
    public.secret = None;
    world.apply(OAuthChange::AddClient(Box::new(public.clone()))).await.unwrap();
    let later = NOW + Ttl::from_seconds(1);
    let renew = |client, text: &str| OAuthChange::RenewSecret { client, secret: digest(text), at: later };

    world.apply(renew(shop.id, "new")).await.unwrap();
    assert_eq!(world.apply(renew(public.id, "new")).await, Err(Conflict::Stale));
    let found = world.store.client(shop.id).await.unwrap().unwrap();
    assert_eq!((found.secret, found.renewed_at), (Some(digest("new")), later));
    assert_eq!(world.store.clients_renewed_since(later).await.unwrap(), [(shop.id, later)]);

    assert!(world.store.clients_removed_since(NOW).await.unwrap().is_empty());
    world.apply(OAuthChange::RemoveClient { client: shop.id, at: later }).await.unwrap();
    assert_eq!(world.apply(renew(shop.id, "newer")).await, Err(Conflict::Stale));
    assert_eq!(world.store.clients_removed_since(later).await.unwrap(), [(shop.id, later)]);
    assert!(world.store.clients_removed_since(later + Ttl::from_seconds(1)).await.unwrap().is_empty());
}
