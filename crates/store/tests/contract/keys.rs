use doorward_core::change::Change;
use doorward_core::port::Conflict;
use doorward_core::token::StoredKey;
use doorward_core::{Timestamp, Ttl};

use crate::world::{NOW, World};

fn key(kid: &str, at: Timestamp) -> StoredKey {
    StoredKey {
        kid: kid.into(),
        algorithm: "EdDSA".parse().unwrap(),
        sealed: "c2VhbGVk".into(),
        created_at: at,
        signs_until: None,
        verifies_until: None,
    }
}

fn retire(kid: &str, minutes: u32) -> Change {
    let until = NOW + Ttl::from_minutes(minutes);
    Change::RetireKey { kid: kid.into(), signs_until: NOW, verifies_until: until }
}

#[tokio::test]
async fn keys_come_back_oldest_first_as_they_were_given() {
    let world = World::new().await;
    let (old, new) = (key("b", NOW), key("a", NOW + Ttl::from_minutes(1)));
    for key in [&new, &old] {
        world.apply(Change::AddKey(Box::new(key.clone()))).await.unwrap();
    }

    assert_eq!(world.store.signing_keys().await.unwrap(), [old, new]);
}

#[tokio::test]
async fn the_end_of_a_key_only_comes_nearer() {
    let world = World::new().await;
    world.apply(Change::AddKey(Box::new(key("a", NOW)))).await.unwrap();

    world.apply(retire("a", 10)).await.unwrap();

    assert_eq!(world.apply(retire("a", 10)).await, Err(Conflict::Stale));
    assert_eq!(world.apply(retire("a", 11)).await, Err(Conflict::Stale));
    assert_eq!(world.apply(retire("unknown", 1)).await, Err(Conflict::Stale));
    world.apply(retire("a", 0)).await.unwrap();
    assert_eq!(world.store.signing_keys().await.unwrap()[0].verifies_until, Some(NOW));
}

#[tokio::test]
async fn a_key_is_forgotten_after_its_end_and_not_before() {
    let world = World::new().await;
    for kid in ["a", "b"] {
        world.apply(Change::AddKey(Box::new(key(kid, NOW)))).await.unwrap();
    }
    world.apply(retire("a", 10)).await.unwrap();

    world.apply(Change::ForgetKeys { before: NOW + Ttl::from_minutes(10) }).await.unwrap();
    assert_eq!(world.store.signing_keys().await.unwrap().len(), 2);
    world.apply(Change::ForgetKeys { before: NOW + Ttl::from_minutes(11) }).await.unwrap();

    assert_eq!(world.store.signing_keys().await.unwrap()[0].kid, "b");
}
