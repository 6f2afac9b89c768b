use doorward_core::account::Registration;
use doorward_core::port::Quota;
use doorward_core::{Code, Ttl};
use serde_json::json;

use crate::world::{World, client, client_at, code, registration, secret};

#[tokio::test]
async fn a_new_account_is_active_and_nobody_special() {
    let world = World::new().await;

    let user = world.user("ada").await;

    assert!(user.is_active && !user.is_superuser && !user.is_verified);
    assert_eq!(user.created_at, user.updated_at);
}

#[tokio::test]
async fn a_name_in_another_spelling_is_taken() {
    let world = World::new().await;
    world.user("ada").await;

    let same_address =
        Registration { username: None, email: "ADA@example.com".into(), ..registration("ada") };
    let same_name = Registration {
        email: "lovelace@example.com".into(),
        username: Some("Ada".into()),
        ..registration("x")
    };

    assert_eq!(code(world.core.register(same_address, &client()).await), Code::EmailTaken);
    assert_eq!(code(world.core.register(same_name, &client()).await), Code::UsernameTaken);
}

#[tokio::test]
async fn of_thirty_two_registrations_of_one_address_one_wins() {
    let world = std::sync::Arc::new(
        World::with(|settings| {
            settings.limits.register_per_network = Quota { burst: 100, refill: Ttl::from_seconds(1) };
        })
        .await,
    );

    let racers = (0..32).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { world.core.register(registration("ada"), &client()).await.is_ok() })
    });
    let mut winners = 0;
    for racer in racers.collect::<Vec<_>>() {
        winners += u32::from(racer.await.unwrap());
    }

    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_closed_door_stays_closed() {
    let world = World::with(|settings| settings.is_registration_open = false).await;

    assert_eq!(code(world.core.register(registration("ada"), &client()).await), Code::RegistrationClosed);
}

#[tokio::test]
async fn one_network_makes_a_few_accounts_at_a_time() {
    let world = World::with(|settings| {
        settings.limits.register_per_network = Quota { burst: 2, refill: Ttl::from_minutes(1) };
    })
    .await;
    world.user("a1").await;
    world.user("a2").await;

    assert_eq!(code(world.core.register(registration("a3"), &client()).await), Code::TooManyAttempts);
    assert!(world.core.register(registration("a3"), &client_at("198.51.100.7")).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_accepted_is_named() {
    let world = World::new().await;
    let weak = Registration { password: secret("password1"), ..registration("ada") };
    let mut wide = registration("ada");
    wide.profile.metadata.insert("k".into(), json!("x".repeat(9_000)));
    let mut nul = registration("ada");
    nul.profile.metadata.insert("k".into(), json!("\0"));
    let mut long = registration("ada");
    long.profile.bio = Some("x".repeat(2_001));

    for (registration, expected, field) in [
        (weak, Code::PasswordTooCommon, "password"),
        (wide, Code::InvalidField, "metadata"),
        (nul, Code::InvalidField, "metadata"),
        (long, Code::InvalidField, "bio"),
        (Registration { email: "nobody".into(), ..self::registration("ada") }, Code::InvalidEmail, "email"),
    ] {
        let refused = world.core.register(registration, &client()).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), (expected, Some(field)));
    }
}
