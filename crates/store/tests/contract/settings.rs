use doorward_core::Timestamp;
use doorward_core::change::{Change, Changes};
use doorward_core::port::Conflict;
use doorward_core::settings::StoredSetting;

use crate::world::{NOW, World, user};

fn setting(name: &str, value: &str) -> StoredSetting {
    StoredSetting { name: name.into(), value: value.into(), set_at: NOW, set_by: None }
}

fn keep(setting: &StoredSetting) -> Change {
    Change::KeepSetting(Box::new(setting.clone()))
}

#[tokio::test]
async fn settings_come_back_by_name_as_they_were_given() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let by_ada = StoredSetting { set_by: Some(ada.id), ..setting("sessions.idle", "\"7d\"") };
    let by_hand = setting("auth.registration", "\"closed\"");

    for setting in [&by_ada, &by_hand] {
        world.apply(keep(setting)).await.unwrap();
    }

    assert_eq!(world.store.settings().await.unwrap(), [by_hand, by_ada]);
}

#[tokio::test]
async fn a_setting_takes_the_place_of_the_one_before() {
    let world = World::new().await;
    let second =
        StoredSetting { set_at: Timestamp::from_millis(NOW.as_millis() + 1), ..setting("limits.x", "2") };
    world.apply(keep(&setting("limits.x", "1"))).await.unwrap();

    world.apply(keep(&second)).await.unwrap();

    assert_eq!(world.store.settings().await.unwrap(), [second]);
}

#[tokio::test]
async fn a_setting_that_is_dropped_holds_no_longer_and_one_that_is_not_there_can_be_dropped() {
    let world = World::new().await;
    world.apply(keep(&setting("a", "1"))).await.unwrap();
    world.apply(keep(&setting("b", "2"))).await.unwrap();

    for _ in 0..2 {
        world.apply(Change::DropSetting { name: "a".into() }).await.unwrap();

        assert_eq!(world.store.settings().await.unwrap(), [setting("b", "2")]);
    }
}

#[tokio::test]
async fn a_setting_outlives_a_restart() {
    let world = World::new().await;
    world.apply(keep(&setting("a", "{\"burst\":1}"))).await.unwrap();

    let world = world.reopened().await;

    assert_eq!(world.store.settings().await.unwrap(), [setting("a", "{\"burst\":1}")]);
}

#[tokio::test]
async fn a_setting_is_kept_with_the_rest_of_its_write_set_or_not_at_all() {
    let world = World::new().await;
    let impossible = Change::SetActive { user: user("nobody").id, is_active: true, at: NOW };

    let changes = Changes::from(keep(&setting("a", "1"))).with(impossible);

    assert_eq!(world.apply(changes).await, Err(Conflict::Stale));
    assert_eq!(world.store.settings().await.unwrap(), []);
}
