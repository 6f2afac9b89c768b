//! Second factors: codes that are used up once, and logins that wait for one.

use doorward_core::account::User;
use doorward_core::change::{AccountChange, Change, Changes, FactorChange};
use doorward_core::factor::Factor;
use doorward_core::login::{PendingLogin, SECOND_FACTOR_TRIES};
use doorward_core::port::Conflict;
use doorward_core::scope::Scopes;
use doorward_core::{Digest, Timestamp, Ttl, UserId};

use crate::world::{NOW, World, digest};

fn begin(user: UserId, secret: &str, at: Timestamp) -> FactorChange {
    FactorChange::Begin { user, secret: secret.to_owned(), at }
}

fn confirm(user: UserId, secret: &str, step: i64) -> FactorChange {
    FactorChange::Confirm { user, secret: secret.to_owned(), step, at: NOW }
}

/// ada, whose second factor was confirmed by the code of step 10.
async fn with_factor(world: &World) -> User {
    let ada = world.add_user("ada").await;
    world.apply(begin(ada.id, "sealed", NOW)).await.unwrap();
    world.apply(confirm(ada.id, "sealed", 10)).await.unwrap();
    ada
}

fn login(ada: &User, ticket: &str) -> PendingLogin {
    PendingLogin {
        ticket: digest(ticket),
        user_id: ada.id,
        password_version: 3,
        scopes: Some(Scopes::parse("read write").unwrap()),
        expires_at: NOW + Ttl::from_minutes(5),
        tries: 0,
    }
}

fn add(login: &PendingLogin, at: Timestamp) -> FactorChange {
    FactorChange::AddLogin { login: Box::new(login.clone()), at }
}

fn spend(ticket: &str, at: Timestamp) -> FactorChange {
    FactorChange::SpendLogin { ticket: digest(ticket), at }
}

fn count(ticket: &str, at: Timestamp) -> FactorChange {
    FactorChange::CountTry { ticket: digest(ticket), at }
}

#[tokio::test]
async fn what_was_begun_is_begun_anew_until_it_is_confirmed() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let later = NOW + Ttl::from_minutes(1);

    world.apply(begin(ada.id, "first", NOW)).await.unwrap();
    world.apply(begin(ada.id, "last", later)).await.unwrap();

    assert_eq!(world.apply(confirm(ada.id, "first", 7)).await, Err(Conflict::Stale));
    let begun = Factor {
        user_id: ada.id,
        secret: "last".to_owned(),
        created_at: later,
        confirmed_at: None,
        last_step: 0,
    };
    assert_eq!(world.store.factor(ada.id).await.unwrap(), Some(begun.clone()));
    world.apply(confirm(ada.id, "last", 7)).await.unwrap();
    let confirmed = Factor { confirmed_at: Some(NOW), last_step: 7, ..begun };
    assert_eq!(world.store.factor(ada.id).await.unwrap(), Some(confirmed));
    for again in [begin(ada.id, "other", later), confirm(ada.id, "last", 9)] {
        assert_eq!(world.apply(again).await, Err(Conflict::Stale));
    }
}

#[tokio::test]
async fn nobody_begins_for_an_account_that_is_disabled_or_gone() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    world.apply(Change::SetActive { user: ada.id, is_active: false, at: NOW }).await.unwrap();

    assert_eq!(world.apply(begin(ada.id, "sealed", NOW)).await, Err(Conflict::Stale));
    world.apply(AccountChange::Delete { user: ada.id, at: NOW }).await.unwrap();
    assert_eq!(world.apply(begin(ada.id, "sealed", NOW)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn steps_only_grow_and_only_where_it_is_confirmed() {
    let world = World::new().await;
    let ada = with_factor(&world).await;
    let bob = world.add_user("bob").await;
    world.apply(begin(bob.id, "sealed", NOW)).await.unwrap();
    let step = |user: &User, step| FactorChange::UseStep { user: user.id, step };

    assert_eq!(world.apply(step(&ada, 10)).await, Err(Conflict::Stale));
    world.apply(step(&ada, 12)).await.unwrap();
    for used in [11, 12] {
        assert_eq!(world.apply(step(&ada, used)).await, Err(Conflict::Stale), "{used}");
    }
    assert_eq!(world.apply(step(&bob, 12)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn recovery_codes_are_used_up_replaced_and_go_with_the_factor() {
    let world = World::new().await;
    let ada = with_factor(&world).await;
    let set = |codes: &[Digest]| FactorChange::SetRecoveryCodes { user: ada.id, codes: codes.to_vec() };
    let used = |code: &str| FactorChange::UseRecoveryCode { user: ada.id, code: digest(code) };
    world.apply(set(&[digest("a"), digest("b")])).await.unwrap();

    world.apply(used("a")).await.unwrap();
    assert_eq!(world.apply(used("a")).await, Err(Conflict::Stale));
    assert_eq!(world.store.recovery_codes(ada.id).await.unwrap(), [digest("b")]);
    world.apply(set(&[digest("c")])).await.unwrap();
    assert_eq!(world.store.recovery_codes(ada.id).await.unwrap(), [digest("c")]);

    world.apply(FactorChange::Remove { user: ada.id }).await.unwrap();
    assert_eq!(world.store.factor(ada.id).await.unwrap(), None);
    assert!(world.store.recovery_codes(ada.id).await.unwrap().is_empty());
    assert_eq!(world.apply(FactorChange::Remove { user: ada.id }).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_login_is_read_as_it_was_written_and_done_once() {
    let world = World::new().await;
    let ada = with_factor(&world).await;
    let waiting = login(&ada, "t");
    world.apply(add(&waiting, NOW)).await.unwrap();

    assert_eq!(world.store.pending_login(&waiting.ticket).await.unwrap(), Some(waiting.clone()));
    world.apply(spend("t", NOW)).await.unwrap();
    assert_eq!(world.apply(spend("t", NOW)).await, Err(Conflict::Stale));
    assert_eq!(world.store.pending_login(&waiting.ticket).await.unwrap(), None);
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_after_its_tries_or_its_time() {
    let world = World::new().await;
    let ada = with_factor(&world).await;
    world.apply(add(&login(&ada, "tried"), NOW)).await.unwrap();
    world.apply(add(&login(&ada, "old"), NOW)).await.unwrap();
    for _ in 0..SECOND_FACTOR_TRIES {
        world.apply(count("tried", NOW)).await.unwrap();
    }
    let end = NOW + Ttl::from_minutes(5);

    for worthless in [count("tried", NOW), spend("tried", NOW), count("old", end), spend("old", end)] {
        assert_eq!(world.apply(worthless).await, Err(Conflict::Stale));
    }
    world.apply(add(&login(&ada, "new"), end)).await.unwrap();
    assert_eq!(world.store.pending_login(&digest("old")).await.unwrap(), None, "forgotten");
}

#[tokio::test]
async fn what_a_code_was_shown_for_happens_with_it_or_not_at_all() {
    let world = World::new().await;
    let ada = with_factor(&world).await;
    world.apply(add(&login(&ada, "t"), NOW)).await.unwrap();
    let used = FactorChange::UseStep { user: ada.id, step: 10 };

    let both = Changes::from(spend("t", NOW)).with(used);

    assert_eq!(world.apply(both).await, Err(Conflict::Stale));
    assert!(world.store.pending_login(&digest("t")).await.unwrap().is_some());
}

#[tokio::test]
async fn all_of_it_goes_with_the_account() {
    let world = World::new().await;
    let ada = with_factor(&world).await;
    world.apply(FactorChange::SetRecoveryCodes { user: ada.id, codes: vec![digest("a")] }).await.unwrap();
    world.apply(add(&login(&ada, "t"), NOW)).await.unwrap();

    world.apply(AccountChange::Delete { user: ada.id, at: NOW }).await.unwrap();

    assert_eq!(world.store.factor(ada.id).await.unwrap(), None);
    assert!(world.store.recovery_codes(ada.id).await.unwrap().is_empty());
    assert_eq!(world.store.pending_login(&digest("t")).await.unwrap(), None);
}
