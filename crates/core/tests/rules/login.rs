use std::sync::atomic::Ordering;

use doorward_core::account::PasswordChange;
use doorward_core::audit::Deed;
use doorward_core::login::LoginAttempt;
use doorward_core::port::Quota;
use doorward_core::settings::Settings;
use doorward_core::{Code, Ttl};

use crate::world::{PASSWORD, World, attempt, client, client_at, code, secret};

const STRANGER: &str = "203.0.113.9";

fn three_guesses(settings: &mut Settings) {
    settings.limits.login_per_account_and_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    settings.limits.login_per_account = Quota { burst: 5, refill: Ttl::from_minutes(1) };
}

#[tokio::test]
async fn one_account_answers_to_its_address_and_its_name_in_any_spelling() {
    let world = World::new().await;
    let user = world.user("ada").await;

    for identifier in ["ada", "ADA", "ada@example.com", " Ada@Example.COM "] {
        assert_eq!(world.login(identifier).await.user_id, user.id, "{identifier}");
    }
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_one_answer_for_the_same_work() {
    let world = World::new().await;
    world.user("ada").await;

    let wrong = world.try_login("ada", "wrong password").await.unwrap_err();
    let unknown = world.try_login("eve", "wrong password").await.unwrap_err();

    assert_eq!(wrong.code(), Code::InvalidCredentials);
    assert_eq!((unknown.code(), unknown.detail()), (wrong.code(), wrong.detail()));
    assert_eq!(world.hasher.checks.load(Ordering::SeqCst), 2);
    assert_eq!(world.store.events().iter().filter(|event| event.deed == Deed::LoginFailed).count(), 2);
}

#[tokio::test]
async fn a_disabled_account_is_told_so_only_with_the_right_password() {
    let world = World::new().await;
    world.user("ada").await;
    world.core.set_active("ada", false).await.unwrap();

    assert_eq!(code(world.try_login("ada", "wrong password").await), Code::InvalidCredentials);
    assert_eq!(code(world.try_login("ada", PASSWORD).await), Code::AccountDisabled);
}

#[tokio::test]
async fn an_account_that_is_enabled_again_can_be_used() {
    let world = World::new().await;
    world.user("ada").await;
    world.core.set_active("ada", false).await.unwrap();

    world.core.set_active("ada", true).await.unwrap();

    world.login("ada").await;
}

#[tokio::test]
async fn too_many_wrong_guesses_have_to_wait() {
    let world = World::with(three_guesses).await;
    world.user("ada").await;
    for _ in 0..3 {
        assert_eq!(code(world.try_login("ada", "wrong password").await), Code::InvalidCredentials);
    }

    let refused = world.try_login("ada", PASSWORD).await.unwrap_err();

    assert_eq!(refused.code(), Code::TooManyAttempts);
    world.clock.advance(refused.wait().unwrap());
    world.login("ada").await;
}

#[tokio::test]
async fn address_and_user_name_share_one_meter() {
    let world = World::with(three_guesses).await;
    world.user("ada").await;
    for identifier in ["ada", "ada@example.com", "ADA"] {
        assert_eq!(code(world.try_login(identifier, "wrong password").await), Code::InvalidCredentials);
    }

    assert_eq!(code(world.try_login("ada@example.com", "wrong password").await), Code::TooManyAttempts);
}

#[tokio::test]
async fn right_passwords_are_never_too_many() {
    let world = World::with(three_guesses).await;
    world.user("ada").await;

    for _ in 0..20 {
        world.login("ada").await;
    }
}

#[tokio::test]
async fn strangers_cannot_lock_an_owner_out() {
    let world = World::with(three_guesses).await;
    world.signed_in("ada").await;

    for network in 0..20 {
        for _ in 0..3 {
            let stranger = client_at(&format!("203.0.113.{network}"));
            let _ = world.core.login(attempt("ada", "wrong password"), &stranger).await;
        }
    }

    assert_eq!(
        code(world.core.login(attempt("ada", PASSWORD), &client_at(STRANGER)).await),
        Code::TooManyAttempts,
        "from networks the owner never used the account is closed"
    );
    world.login("ada").await;
}

/// A login that the device is known by from then on, and failures of strangers until nobody else gets in.
async fn known_device_under_siege(world: &World) -> LoginAttempt {
    let device = world.signed_in("ada").await.device;
    for network in 0..20 {
        for _ in 0..3 {
            let stranger = client_at(&format!("203.0.113.{network}"));
            let _ = world.core.login(attempt("ada", "wrong password"), &stranger).await;
        }
    }
    LoginAttempt { device, ..attempt("ada", PASSWORD) }
}

#[tokio::test]
async fn a_known_device_gets_in_wherever_it_is_and_whatever_strangers_do() {
    let world = World::with(three_guesses).await;
    let known = known_device_under_siege(&world).await;
    let elsewhere = client_at("203.0.113.1");

    assert_eq!(code(world.core.login(attempt("ada", PASSWORD), &elsewhere).await), Code::TooManyAttempts);
    for _ in 0..20 {
        world.core.login(known.clone(), &elsewhere).await.unwrap();
    }
}

#[tokio::test]
async fn a_stolen_device_token_gives_a_few_tries_and_no_more() {
    let world = World::with(three_guesses).await;
    let known = known_device_under_siege(&world).await;
    let thief = client_at(STRANGER);
    let guess = LoginAttempt { password: secret("wrong password"), ..known };

    for _ in 0..5 {
        assert_eq!(code(world.core.login(guess.clone(), &thief).await), Code::InvalidCredentials);
    }

    assert_eq!(code(world.core.login(guess, &thief).await), Code::TooManyAttempts);
    world.login("ada").await;
}

#[tokio::test]
async fn a_device_is_known_to_its_own_account_alone_and_until_the_password_changes() {
    let world = World::with(three_guesses).await;
    let known = known_device_under_siege(&world).await;
    let of_eve = world.signed_in("eve").await.device;
    let elsewhere = client_at(STRANGER);

    let with_eves = LoginAttempt { device: of_eve, ..known.clone() };
    assert_eq!(code(world.core.login(with_eves, &elsewhere).await), Code::TooManyAttempts);
    let who = world.who(&world.login("ada").await).await;
    let change = PasswordChange { current: secret(PASSWORD), new: secret("another horse battery") };
    world.core.change_password(&who, change, &client()).await.unwrap();

    let after = LoginAttempt { password: secret("another horse battery"), ..known };
    assert_eq!(code(world.core.login(after, &elsewhere).await), Code::TooManyAttempts);
}

#[tokio::test]
async fn a_device_keeps_its_token_for_a_while() {
    let world = World::new().await;
    let device = world.signed_in("ada").await.device;
    let again = LoginAttempt { device, ..attempt("ada", PASSWORD) };

    assert!(world.core.login(again.clone(), &client()).await.unwrap().device.is_none());
    world.clock.advance(Ttl::from_days(46));
    assert!(world.core.login(again, &client()).await.unwrap().device.is_some());
}

#[tokio::test]
async fn one_network_cannot_guess_through_all_accounts() {
    let world = World::with(|settings| {
        settings.limits.login_per_network = Quota { burst: 4, refill: Ttl::from_minutes(1) };
    })
    .await;

    for name in ["a1", "a2", "a3", "a4"] {
        assert_eq!(code(world.try_login(name, "wrong password").await), Code::InvalidCredentials);
    }

    assert_eq!(code(world.try_login("a5", "wrong password").await), Code::TooManyAttempts);
}

#[tokio::test]
async fn a_session_never_outlives_what_was_proved_for_it() {
    let world = World::new().await;

    let signed_in = world.signed_in("ada").await;

    assert_eq!(signed_in.access_ttl, Ttl::from_minutes(10));
    assert!(world.verdict(&signed_in).await.is_ok());
    world.clock.advance(Ttl::from_minutes(10));
    assert_eq!(world.verdict(&signed_in).await, Err(Code::TokenExpired));
}

#[tokio::test]
async fn whoever_goes_on_failing_waits_longer_and_longer_and_is_forgiven_after_a_rest() {
    let world = World::with(|settings| {
        settings.limits.login_per_account_and_network = Quota { burst: 2, refill: Ttl::from_minutes(1) };
        settings.limits.delay_growth = 4;
    })
    .await;
    world.user("ada").await;
    let mut waits = Vec::new();

    for _ in 0..14 {
        let refused = loop {
            let error = world.try_login("ada", "wrong password").await.unwrap_err();
            if error.code() == Code::TooManyAttempts {
                break error;
            }
        };
        waits.push(refused.wait().unwrap());
        world.clock.advance(refused.wait().unwrap());
    }

    let minutes = Ttl::from_minutes;
    assert_eq!(waits[0], minutes(1));
    assert!(waits.contains(&minutes(16)), "{waits:?}");
    assert_eq!(waits.last(), Some(&minutes(64)), "the last step is the longest: {waits:?}");
    world.clock.advance(minutes(64 * 8));
    assert_eq!(code(world.try_login("ada", "wrong password").await), Code::InvalidCredentials);
    world.login("ada").await;
}

#[tokio::test]
async fn a_flood_of_refused_attempts_is_a_few_lines_in_the_log() {
    let world = World::with(three_guesses).await;
    let user = world.user("ada").await;

    for _ in 0..50 {
        world.try_login("ada", "wrong password").await.unwrap_err();
    }

    let events = world.store.events();
    let limited: Vec<_> = events.iter().filter(|event| event.deed == Deed::AttemptLimited).collect();
    assert_eq!(limited.len(), 1);
    assert_eq!((limited[0].subject, limited[0].address()), (Some(user.id), "192.0.2.1"));
}

#[tokio::test]
async fn false_refresh_tokens_are_counted_by_network_and_honest_ones_are_not_refused_for_them() {
    let world = World::with(|settings| {
        settings.limits.false_tokens_per_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    })
    .await;
    let ada = world.signed_in("ada").await;
    let guess = secret("dwr_guess");

    for _ in 0..3 {
        assert_eq!(code(world.core.refresh(&guess, &client()).await), Code::TokenInvalid);
    }

    assert_eq!(code(world.core.refresh(&guess, &client()).await), Code::TooManyAttempts);
    assert_eq!(code(world.core.refresh(&guess, &client_at(STRANGER)).await), Code::TokenInvalid);
    world.refresh(&ada).await.unwrap();
}
