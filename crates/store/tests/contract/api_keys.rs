use doorward_core::account::User;
use doorward_core::api_key::{ApiKey, BroughtProof, BroughtSecret, KeyProof};
use doorward_core::change::{AccountChange, Change};
use doorward_core::password::PasswordHash;
use doorward_core::port::{Conflict, SystemEntropy};
use doorward_core::scope::Scopes;
use doorward_core::{ApiKeyId, Timestamp, Ttl};

use crate::world::{NOW, World, digest, user};

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 5_000);

fn key(owner: &User, name: &str, at: Timestamp) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(at, &SystemEntropy),
        user_id: owner.id,
        name: name.into(),
        description: format!("what {name} is for"),
        former_id: None,
        proof: KeyProof::Own(digest(name)),
        scopes: Some(Scopes::parse("read write").unwrap()),
        created_at: at,
        expires_at: Some(at + Ttl::from_days(90)),
        last_used_at: None,
        revoked_at: None,
    }
}

async fn add(world: &World, key: &ApiKey) -> Result<(), Conflict> {
    world.apply(Change::AddApiKey(Box::new(key.clone()))).await
}

fn revoke(key: &ApiKey) -> Change {
    Change::RevokeApiKey { user: key.user_id, key: key.id, at: LATER }
}

#[tokio::test]
async fn a_key_comes_back_as_it_was_given() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let bounded = key(&ada, "bounded", NOW);
    let free = ApiKey { scopes: None, expires_at: None, ..key(&ada, "free", NOW) };
    let powerless = ApiKey { scopes: Some(Scopes::default()), ..key(&ada, "powerless", NOW) };

    for key in [bounded, free, powerless] {
        add(&world, &key).await.unwrap();

        assert_eq!(world.store.api_key(key.id).await.unwrap(), Some(key));
    }
}

#[tokio::test]
async fn the_keys_of_an_account_are_listed_youngest_first_and_without_the_revoked() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
    let [old, young, revoked] = [("old", 0), ("young", 9), ("revoked", 5)]
        .map(|(name, age)| key(&ada, name, NOW + Ttl::from_seconds(age)));
    for key in [&old, &young, &revoked, &key(&eve, "other", NOW)] {
        add(&world, key).await.unwrap();
    }
    world.apply(revoke(&revoked)).await.unwrap();

    assert_eq!(world.store.api_keys_of(ada.id).await.unwrap(), [young, old]);
}

#[tokio::test]
async fn nobody_makes_a_key_for_an_account_that_is_disabled_or_gone() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    world.apply(Change::SetActive { user: ada.id, is_active: false, at: LATER }).await.unwrap();

    assert_eq!(add(&world, &key(&ada, "a", NOW)).await, Err(Conflict::Stale));
    assert_eq!(add(&world, &key(&user("eve"), "b", NOW)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_key_is_revoked_once_and_for_its_own_account() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
    let key = key(&ada, "a", NOW);
    add(&world, &key).await.unwrap();
    let by_eve = Change::RevokeApiKey { user: eve.id, key: key.id, at: LATER };

    assert_eq!(world.apply(by_eve).await, Err(Conflict::Stale));
    world.apply(revoke(&key)).await.unwrap();

    assert_eq!(world.apply(revoke(&key)).await, Err(Conflict::Stale));
    let kept = world.store.api_key(key.id).await.unwrap().unwrap();
    assert_eq!(kept, ApiKey { revoked_at: Some(LATER), ..key });
}

#[tokio::test]
async fn what_was_revoked_is_told_from_its_moment_on() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (gone, stays) = (key(&ada, "gone", NOW), key(&ada, "stays", NOW));
    for key in [&gone, &stays] {
        add(&world, key).await.unwrap();
    }
    world.apply(revoke(&gone)).await.unwrap();

    assert_eq!(world.store.api_keys_revoked_since(LATER).await.unwrap(), [(ada.id, gone.id)]);
    assert_eq!(world.store.api_keys_revoked_since(LATER + Ttl::from_millis(1)).await.unwrap(), []);
}

#[tokio::test]
async fn the_last_use_never_moves_back() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let key = key(&ada, "a", NOW);
    add(&world, &key).await.unwrap();
    let unknown = ApiKeyId::new(NOW, &SystemEntropy);

    for (at, expected) in [(NOW, NOW), (LATER, LATER), (NOW, LATER)] {
        world.apply(Change::SeeApiKeys(vec![(key.id, at), (unknown, at)])).await.unwrap();

        let seen = world.store.api_key(key.id).await.unwrap().unwrap().last_used_at;
        assert_eq!(seen, Some(expected));
    }
}

#[tokio::test]
async fn the_keys_of_an_account_go_with_it() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let key = key(&ada, "a", NOW);
    add(&world, &key).await.unwrap();

    world.apply(Change::from(AccountChange::Delete { user: ada.id, at: LATER })).await.unwrap();

    assert_eq!(world.store.api_key(key.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_brought_key_is_proved_once_and_keeps_its_public_part() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let proof = |secret| KeyProof::Brought(BroughtProof { public: "key_abcdefgh==".into(), secret });
    let hash = PasswordHash::from_text("bcrypt$$2b$04$hash".into());
    let (slow, quick) = (proof(BroughtSecret::Unproved(hash)), proof(BroughtSecret::Proved(digest("it"))));
    let brought = ApiKey { proof: slow.clone(), ..key(&ada, "brought", NOW) };
    add(&world, &brought).await.unwrap();
    assert_eq!(world.store.api_key(brought.id).await.unwrap(), Some(brought.clone()));
    let prove = || {
        Change::from(AccountChange::ProveApiKey { key: brought.id, from: slow.clone(), to: quick.clone() })
    };

    world.apply(prove()).await.unwrap();

    assert_eq!(world.apply(prove()).await, Err(Conflict::Stale));
    let kept = world.store.api_key(brought.id).await.unwrap().unwrap();
    assert_eq!((kept.public(), &kept.proof), (Some("key_abcdefgh=="), &quick));
}
