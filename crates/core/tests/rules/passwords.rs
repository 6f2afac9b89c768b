use doorward_core::Code;
use doorward_core::account::{FirstAdmin, PasswordChange};

use crate::world::{PASSWORD, World, client, code, secret};

const NEW: &str = "a brand new passphrase";

fn change(current: &str, new: &str) -> PasswordChange {
    PasswordChange { current: secret(current), new: secret(new) }
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_the_old_one_and_ends_the_other_sessions() {
    let world = World::new().await;
    let (own, other) = (world.signed_in("ada").await, world.login("ada").await);
    world.who(&other).await;

    world.core.change_password(&*world.who(&own).await, change(PASSWORD, NEW), &client()).await.unwrap();

    assert!(world.verdict(&own).await.is_ok());
    assert_eq!(world.verdict(&other).await, Err(Code::TokenRevoked));
    assert_eq!(code(world.refresh(&other).await), Code::TokenRevoked);
    assert_eq!(code(world.try_login("ada", PASSWORD).await), Code::InvalidCredentials);
    assert!(world.try_login("ada", NEW).await.is_ok());
}

#[tokio::test]
async fn without_the_current_password_nothing_changes() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    assert_eq!(
        code(world.core.change_password(&who, change("a guess", NEW), &client()).await),
        Code::WrongPassword
    );

    world.login("ada").await;
}

#[tokio::test]
async fn a_new_password_has_to_be_good_enough() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    let who = world.who(&login).await;

    let refused = world.core.change_password(&who, change(PASSWORD, "short"), &client()).await.unwrap_err();

    assert_eq!((refused.code(), refused.field()), (Code::PasswordTooShort, Some("new_password")));
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let world = std::sync::Arc::new(World::new().await);
    let login = world.signed_in("ada").await;

    let racers = (0..8).map(|n| {
        let (world, login) = (world.clone(), login.clone());
        tokio::spawn(async move {
            let who = world.who(&login).await;
            world.core.change_password(&who, change(PASSWORD, &format!("{NEW} {n}")), &client()).await.is_ok()
        })
    });
    let mut winners = 0;
    for racer in racers.collect::<Vec<_>>() {
        winners += u32::from(racer.await.unwrap());
    }

    assert_eq!(winners, 1);
}

#[tokio::test]
async fn the_first_administrator_is_made_once_with_a_password_shown_once() {
    let world = World::new().await;

    let FirstAdmin::Created(Some(password)) =
        world.core.ensure_first_admin("root@example.com", None).await.unwrap()
    else {
        panic!("the first start makes an administrator");
    };

    assert!(
        world
            .who(&world.try_login("root@example.com", password.expose()).await.unwrap())
            .await
            .is_superuser()
    );
    assert!(matches!(
        world.core.ensure_first_admin("root@example.com", None).await.unwrap(),
        FirstAdmin::Existing
    ));
}

#[tokio::test]
async fn a_reset_ends_every_session() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    world.who(&login).await;

    world.core.reset_password("ada", &secret(NEW)).await.unwrap();

    assert_eq!(world.verdict(&login).await, Err(Code::TokenRevoked));
    assert!(world.try_login("ada", NEW).await.is_ok());
}

#[tokio::test]
async fn disabling_an_account_acts_on_the_very_next_request() {
    let world = World::new().await;
    let login = world.signed_in("ada").await;
    world.who(&login).await;

    world.core.set_active("ada", false).await.unwrap();

    assert_eq!(world.verdict(&login).await, Err(Code::TokenRevoked));
    assert_eq!(code(world.refresh(&login).await), Code::TokenRevoked);
}
