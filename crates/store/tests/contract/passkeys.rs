//! Passkeys, the challenges they answer, and the last way in.

use doorward_core::account::User;
use doorward_core::change::{AccountChange, Change, PasskeyChange};
use doorward_core::passkey::{Credential, Passkey, PasskeyChallenge};
use doorward_core::password::PasswordHash;
use doorward_core::port::{Conflict, SystemEntropy};
use doorward_core::{PasskeyId, Timestamp, Ttl};

use crate::world::{NOW, World, digest, open_change, session, user};

fn passkey(owner: &User, handle: &str, counter: u32) -> Passkey {
    Passkey {
        id: PasskeyId::new(NOW, &SystemEntropy),
        user_id: owner.id,
        name: "Ada's \"telephone\"".to_owned(),
        credential: Credential {
            handle: handle.to_owned(),
            text: "{\"key\":\"…\"}".to_owned(),
            counter,
            is_backed_up: true,
        },
        created_at: NOW,
        last_used_at: None,
    }
}

async fn add(world: &World, owner: &User, handle: &str, counter: u32) -> Passkey {
    let passkey = passkey(owner, handle, counter);
    world.apply(PasskeyChange::Add(Box::new(passkey.clone()))).await.unwrap();
    passkey
}

fn used(passkey: &Passkey, counter: u32, at: Timestamp) -> PasskeyChange {
    let credential = Credential { counter, is_backed_up: false, ..passkey.credential.clone() };
    PasskeyChange::Use { passkey: passkey.id, credential: Box::new(credential), at }
}

#[tokio::test]
async fn a_passkey_is_read_as_it_was_written_and_goes_with_its_owner() {
    let world = World::new().await;
    let (ada, bea) = (world.add_user("ada").await, world.add_user("bea").await);
    let first = add(&world, &ada, "h-1", 0).await;
    let second = Passkey { created_at: NOW + Ttl::from_millis(1), ..passkey(&ada, "h-2", u32::MAX) };
    world.apply(PasskeyChange::Add(Box::new(second.clone()))).await.unwrap();
    let _ = add(&world, &bea, "h-3", 1).await;

    let world = world.reopened().await;

    let of_ada = world.store.passkeys_of(ada.id).await.unwrap();
    assert_eq!(of_ada, [second.clone(), first.clone()]);
    assert_eq!(world.store.passkey_by_handle("h-2").await.unwrap(), Some(second));
    assert_eq!(world.store.passkey_by_handle("H-2").await.unwrap(), None);
    world.apply(AccountChange::Delete { user: ada.id, at: NOW }).await.unwrap();
    assert_eq!(world.store.passkey_by_handle("h-1").await.unwrap(), None);
    assert_eq!(world.store.passkeys_of(bea.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_key_is_one_accounts_and_a_disabled_account_gets_none() {
    let world = World::new().await;
    let (ada, bea) = (world.add_user("ada").await, world.add_user("bea").await);
    let _ = add(&world, &ada, "h", 0).await;

    let again = PasskeyChange::Add(Box::new(passkey(&bea, "h", 0)));
    assert_eq!(world.apply(again).await, Err(Conflict::Stale));
    world.apply(Change::SetActive { user: bea.id, is_active: false, at: NOW }).await.unwrap();
    let other = PasskeyChange::Add(Box::new(passkey(&bea, "i", 0)));
    assert_eq!(world.apply(other).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_counter_grows_or_is_not_kept() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let counting = add(&world, &ada, "h-1", 5).await;
    let silent = add(&world, &ada, "h-2", 0).await;

    let later = NOW + Ttl::from_seconds(1);
    world.apply(used(&counting, 6, later)).await.unwrap();
    for back in [6, 5, 0] {
        assert_eq!(world.apply(used(&counting, back, later)).await, Err(Conflict::Stale), "{back}");
    }
    world.apply(used(&silent, 0, later)).await.unwrap();
    world.apply(used(&silent, 0, later)).await.unwrap();
    world.apply(used(&silent, 1, later)).await.unwrap();
    assert_eq!(world.apply(used(&silent, 0, later)).await, Err(Conflict::Stale));

    let kept = world.store.passkey_by_handle("h-1").await.unwrap().unwrap();
    assert_eq!((kept.credential.counter, kept.credential.is_backed_up), (6, false));
    assert_eq!(kept.last_used_at, Some(later));
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_in_its_owners_name_alone() {
    let world = World::new().await;
    let (ada, bea) = (world.add_user("ada").await, world.add_user("bea").await);
    let key = add(&world, &ada, "h", 0).await;
    let rename = |user| PasskeyChange::Rename { user, passkey: key.id, name: "blue".to_owned() };
    let remove = |user| PasskeyChange::Remove { user, passkey: key.id };

    assert_eq!(world.apply(rename(bea.id)).await, Err(Conflict::Stale));
    assert_eq!(world.apply(remove(bea.id)).await, Err(Conflict::Stale));
    world.apply(rename(ada.id)).await.unwrap();
    assert_eq!(world.store.passkeys_of(ada.id).await.unwrap()[0].name, "blue");
    world.apply(remove(ada.id)).await.unwrap();
    assert_eq!(world.apply(remove(ada.id)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_way_in_is_a_password_a_provider_or_another_passkey() {
    let world = World::new().await;
    let keep = |user: &User, key: &Passkey| PasskeyChange::KeepAWayIn { user: user.id, besides: key.id };
    let ada = world.add_user("ada").await;
    let with_password = add(&world, &ada, "h-1", 0).await;
    let bea = User { password: PasswordHash::none(), ..user("bea") };
    world.apply(Change::AddUser(Box::new(bea.clone()))).await.unwrap();
    let alone = add(&world, &bea, "h-2", 0).await;

    world.apply(keep(&ada, &with_password)).await.unwrap();
    assert_eq!(world.apply(keep(&bea, &alone)).await, Err(Conflict::LastWayIn));
    let other = add(&world, &bea, "h-3", 0).await;
    world.apply(keep(&bea, &alone)).await.unwrap();
    world.apply(PasskeyChange::Remove { user: bea.id, passkey: other.id }).await.unwrap();
    assert_eq!(world.apply(keep(&bea, &alone)).await, Err(Conflict::LastWayIn));
    let identity =
        Change::AddIdentity { provider: "github".to_owned(), subject: "1".to_owned(), user: bea.id, at: NOW };
    world.apply(identity).await.unwrap();
    world.apply(keep(&bea, &alone)).await.unwrap();
}

#[tokio::test]
async fn a_challenge_is_answered_once_and_in_time() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let session = session(&ada, NOW);
    world.apply(open_change(&session)).await.unwrap();
    let challenge = |text: &str, session| PasskeyChallenge {
        digest: digest(text),
        session,
        state: "{}".to_owned(),
        expires_at: NOW + Ttl::from_minutes(5),
    };
    let (stranger, owner) = (challenge("a", None), challenge("b", Some(session.id)));
    for new in [&stranger, &owner] {
        world.apply(PasskeyChange::AddChallenge(Box::new(new.clone()))).await.unwrap();
    }
    let spend = |text: &str, at| PasskeyChange::SpendChallenge { challenge: digest(text), at };

    assert_eq!(world.store.passkey_challenge(&owner.digest).await.unwrap(), Some(owner.clone()));
    assert_eq!(world.apply(spend("a", stranger.expires_at)).await, Err(Conflict::Stale));
    world.apply(spend("a", NOW)).await.unwrap();
    assert_eq!(world.apply(spend("a", NOW)).await, Err(Conflict::Stale));
    assert_eq!(world.store.passkey_challenge(&stranger.digest).await.unwrap(), None);

    world.apply(PasskeyChange::ForgetChallenges { before: owner.expires_at }).await.unwrap();
    assert!(world.store.passkey_challenge(&owner.digest).await.unwrap().is_some());
    let before = owner.expires_at + Ttl::from_millis(1);
    world.apply(PasskeyChange::ForgetChallenges { before }).await.unwrap();
    assert_eq!(world.store.passkey_challenge(&owner.digest).await.unwrap(), None);
}

#[tokio::test]
async fn of_many_who_answer_a_challenge_one_does() {
    let world = World::new().await;
    let challenge = PasskeyChallenge {
        digest: digest("a"),
        session: None,
        state: String::new(),
        expires_at: NOW + Ttl::from_minutes(5),
    };
    world.apply(PasskeyChange::AddChallenge(Box::new(challenge))).await.unwrap();

    let another = world.another().await;
    let racers: Vec<_> = (0..16)
        .map(|number| {
            let store = if number % 2 == 0 { world.store.clone() } else { another.clone() };
            let spend = PasskeyChange::SpendChallenge { challenge: digest("a"), at: NOW };
            tokio::spawn(async move { store.apply(spend.into()).await.is_ok() })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += usize::from(racer.await.unwrap());
    }

    assert_eq!(winners, 1);
}
