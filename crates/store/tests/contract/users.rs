use doorward_core::account::{LoginName, User};
use doorward_core::change::{Change, Changes};
use doorward_core::password::PasswordHash;
use doorward_core::port::Conflict;
use doorward_core::{Timestamp, Ttl};

use crate::world::{NOW, World, event, user};

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 5_000);

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_text(text.into())
}

#[tokio::test]
async fn an_account_comes_back_as_it_was_given() {
    let world = World::new().await;
    let added = world.add_user("ada").await;

    let read = world.store.user(added.id).await.unwrap().unwrap();

    assert_eq!(format!("{read:?}"), format!("{added:?}"));
    assert_eq!(read.password, added.password);
}

#[tokio::test]
async fn an_account_is_found_by_either_name_and_by_no_other() {
    let world = World::new().await;
    let added = world.add_user("ada").await;

    for (name, found) in
        [("ada@example.com", true), ("ada", true), ("eve", false), ("eve@example.com", false)]
    {
        let user = world.store.user_by_name(&LoginName::read(name)).await.unwrap();
        assert_eq!(user.map(|user| user.id), found.then_some(added.id), "{name}");
    }
}

#[tokio::test]
async fn a_taken_name_changes_nothing() {
    let world = World::new().await;
    world.add_user("ada").await;
    let mut same_email = user("eve");
    same_email.email = user("ada").email;
    let mut same_name = user("eve");
    same_name.username = user("ada").username;

    assert_eq!(world.apply(Change::AddUser(Box::new(same_email))).await, Err(Conflict::EmailTaken));
    assert_eq!(world.apply(Change::AddUser(Box::new(same_name.clone()))).await, Err(Conflict::UsernameTaken));
    assert!(world.store.user(same_name.id).await.unwrap().is_none());
}

#[tokio::test]
async fn accounts_without_user_name_do_not_collide() {
    let world = World::new().await;
    for name in ["ada", "eve"] {
        let mut nameless = user(name);
        nameless.username = None;
        world.apply(Change::AddUser(Box::new(nameless))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_two_racing_registrations_one_wins() {
    let world = std::sync::Arc::new(World::new().await);

    let racers: Vec<_> = (0..32)
        .map(|_| {
            let world = world.clone();
            let racer = User { username: None, ..user("ada") };
            tokio::spawn(async move { world.apply(Change::AddUser(Box::new(racer))).await })
        })
        .collect();
    let mut answers = Vec::new();
    for racer in racers {
        answers.push(racer.await.unwrap());
    }

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Err(Conflict::EmailTaken)).count(), 31);
}

#[tokio::test]
async fn a_password_is_set_only_over_the_version_that_was_checked() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let set = |from_version, text: &str| Change::SetPassword {
        user: user.id,
        hash: hash(text),
        from_version,
        at: LATER,
    };

    world.apply(set(1, "second")).await.unwrap();

    assert_eq!(world.apply(set(1, "third")).await, Err(Conflict::Stale));
    let read = world.store.user(user.id).await.unwrap().unwrap();
    assert_eq!((read.password, read.password_version, read.updated_at), (hash("second"), 2, LATER));
}

#[tokio::test]
async fn a_rehash_keeps_the_version_and_gives_way_to_a_new_password() {
    let world = World::new().await;
    let user = world.add_user("ada").await;
    let rehash = |from_version, text: &str| Change::Rehash { user: user.id, hash: hash(text), from_version };

    world.apply(rehash(1, "renewed")).await.unwrap();

    assert_eq!(world.apply(rehash(2, "stale")).await, Err(Conflict::Stale));
    let read = world.store.user(user.id).await.unwrap().unwrap();
    assert_eq!((read.password, read.password_version), (hash("renewed"), 1));
}

#[tokio::test]
async fn superusers_are_listed_oldest_first() {
    let world = World::new().await;
    world.add_user("nobody").await;
    for (name, age) in [("young", 0), ("old", 60)] {
        let mut admin = user(name);
        admin.is_superuser = true;
        admin.created_at = NOW - Ttl::from_seconds(age);
        world.apply(Change::AddUser(Box::new(admin))).await.unwrap();
    }

    let admins = world.store.superusers().await.unwrap();

    assert_eq!(
        admins.iter().map(|user| user.email.key()).collect::<Vec<_>>(),
        ["old@example.com", "young@example.com"]
    );
}

#[tokio::test]
async fn an_account_that_does_not_exist_cannot_be_disabled() {
    let world = World::new().await;
    let absent = user("ada");
    let disable = |id| Change::SetActive { user: id, is_active: false, at: LATER };

    assert_eq!(world.apply(disable(absent.id)).await, Err(Conflict::Stale));
    let present = world.add_user("ada").await;
    world.apply(disable(present.id)).await.unwrap();
    assert!(!world.store.user(present.id).await.unwrap().unwrap().is_active);
}

#[tokio::test]
async fn a_write_set_that_fails_late_undoes_what_came_before() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, user("eve"));

    let changes = Changes::from(Change::AddUser(Box::new(eve.clone())))
        .recorded(event(&ada, NOW))
        .with(Change::Rehash { user: ada.id, hash: hash("x"), from_version: 9 });

    assert_eq!(world.apply(changes).await, Err(Conflict::Stale));
    assert!(world.store.user(eve.id).await.unwrap().is_none());
    assert!(world.store.events_about(ada.id, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn write_sets_that_fail_do_not_disturb_those_they_share_a_commit_with() {
    let world = std::sync::Arc::new(World::new().await);
    let ada = world.add_user("ada").await;

    let writers: Vec<_> = (0..200)
        .map(|n| {
            let (world, ada) = (world.clone(), ada.id);
            tokio::spawn(async move {
                let from_version = if n % 2 == 0 { 1 } else { 7 };
                let add = Changes::from(Change::AddUser(Box::new(user(&format!("user{n}")))));
                world.apply(add.with(Change::Rehash { user: ada, hash: hash("x"), from_version })).await
            })
        })
        .collect();
    for (n, writer) in writers.into_iter().enumerate() {
        let name = LoginName::read(&format!("user{n}"));
        assert_eq!(writer.await.unwrap().is_ok(), n % 2 == 0);
        assert_eq!(world.store.user_by_name(&name).await.unwrap().is_some(), n % 2 == 0);
    }
}
