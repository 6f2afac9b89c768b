use doorward_core::account::Rights;
use doorward_core::change::Change;
use doorward_core::port::Conflict;
use doorward_core::role::{Role, RoleName};
use doorward_core::scope::Scopes;
use doorward_core::{Timestamp, Ttl, UserId};

use crate::world::{NOW, World, user};

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 5_000);

fn name(text: &str) -> RoleName {
    text.parse().unwrap()
}

pub(crate) fn role(text: &str, scopes: &str) -> Role {
    Role {
        name: name(text),
        description: format!("What {text} does"),
        scopes: Scopes::parse(scopes).unwrap(),
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn give(user: UserId, role: &str) -> Change {
    Change::GiveRole { user, role: name(role), at: LATER }
}

fn take(user: UserId, role: &str) -> Change {
    Change::TakeRole { user, role: name(role), at: LATER }
}

async fn with_roles(roles: &[&str]) -> World {
    let world = World::new().await;
    for text in roles {
        world.apply(Change::AddRole(Box::new(role(text, "read write")))).await.unwrap();
    }
    world
}

async fn held(world: &World, user: UserId) -> Vec<String> {
    let user = world.store.user(user).await.unwrap().unwrap();
    user.roles.iter().map(|role| role.as_str().to_owned()).collect()
}

#[tokio::test]
async fn roles_come_back_by_name_as_they_were_given() {
    let world = with_roles(&["writer", "editor"]).await;

    assert_eq!(
        world.store.roles().await.unwrap(),
        [role("editor", "read write"), role("writer", "read write")]
    );
}

#[tokio::test]
async fn a_role_has_a_name_of_its_own() {
    let world = with_roles(&["editor"]).await;

    let again = world.apply(Change::AddRole(Box::new(role("editor", "other")))).await;

    assert!(again.is_err());
    assert_eq!(world.store.roles().await.unwrap(), [role("editor", "read write")]);
}

#[tokio::test]
async fn a_role_that_is_there_can_be_redefined_and_another_cannot() {
    let world = with_roles(&["editor"]).await;
    let changed = Role { created_at: LATER, updated_at: LATER, ..role("editor", "read") };

    world.apply(Change::SetRole(Box::new(changed.clone()))).await.unwrap();

    assert_eq!(world.store.roles().await.unwrap(), [Role { created_at: NOW, ..changed }]);
    let absent = Change::SetRole(Box::new(role("writer", "read")));
    assert_eq!(world.apply(absent).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn an_account_holds_what_it_was_given_once_however_often() {
    let world = with_roles(&["editor", "writer"]).await;
    let ada = world.add_user("ada").await.id;

    for role in ["writer", "editor", "editor"] {
        world.apply(give(ada, role)).await.unwrap();
    }

    assert_eq!(held(&world, ada).await, ["editor", "writer"]);
    world.apply(take(ada, "writer")).await.unwrap();
    world.apply(take(ada, "writer")).await.unwrap();
    assert_eq!(held(&world, ada).await, ["editor"]);
}

#[tokio::test]
async fn only_roles_and_accounts_that_are_there_meet() {
    let world = with_roles(&["editor"]).await;
    let ada = world.add_user("ada").await.id;
    let nobody = user("eve").id;

    assert_eq!(world.apply(give(ada, "unknown")).await, Err(Conflict::Stale));
    assert_eq!(world.apply(give(nobody, "editor")).await, Err(Conflict::Stale));
    assert_eq!(world.apply(take(nobody, "editor")).await, Err(Conflict::Stale));
    assert_eq!(
        world.store.user(ada).await.unwrap().unwrap().rights_version,
        0,
        "a failed gift changes nothing"
    );
}

#[tokio::test]
async fn a_role_that_is_deleted_is_held_by_nobody() {
    let world = with_roles(&["editor", "writer"]).await;
    let ada = world.add_user("ada").await.id;
    for role in ["editor", "writer"] {
        world.apply(give(ada, role)).await.unwrap();
    }
    let delete = || Change::DeleteRole { name: name("editor"), at: LATER };

    world.apply(delete()).await.unwrap();

    assert_eq!(held(&world, ada).await, ["writer"]);
    assert_eq!(world.apply(delete()).await, Err(Conflict::Stale));
    world.apply(Change::AddRole(Box::new(role("editor", "read")))).await.unwrap();
    assert_eq!(held(&world, ada).await, ["writer"], "a new role of the name is a new role");
}

#[tokio::test]
async fn every_change_of_rights_is_told_with_a_higher_version() {
    let world = with_roles(&["editor"]).await;
    let (ada, eve) = (world.add_user("ada").await.id, world.add_user("eve").await.id);
    let since = NOW + Ttl::from_millis(1);
    assert_eq!(world.store.rights_changed_since(since).await.unwrap(), []);
    let mut seen = vec![0];

    for change in [
        give(ada, "editor"),
        Change::SetActive { user: ada, is_active: false, at: LATER },
        Change::SetActive { user: ada, is_active: true, at: LATER },
        Change::SetSuperuser { user: ada, is_superuser: true, at: LATER },
        Change::DeleteRole { name: name("editor"), at: LATER },
    ] {
        world.apply(change).await.unwrap();
        let told = world.store.rights_changed_since(since).await.unwrap();
        assert_eq!(told.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [ada]);
        let user = world.store.user(ada).await.unwrap().unwrap();
        assert_eq!(told[0].1, user.rights());
        seen.push(told[0].1.version);
    }

    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert_eq!(world.store.user(eve).await.unwrap().unwrap().rights_version, 0);
    let after = LATER + Ttl::from_millis(1);
    assert_eq!(world.store.rights_changed_since(after).await.unwrap(), []);
}

#[tokio::test]
async fn a_session_knows_what_its_account_may_do_now() {
    let world = with_roles(&["editor"]).await;
    let ada = world.add_user("ada").await;
    let session = world.open_session(&ada, NOW).await;

    world.apply(give(ada.id, "editor")).await.unwrap();

    let expected = Rights { version: 1, is_active: true, is_superuser: false, roles: vec![name("editor")] };
    assert_eq!(world.store.session(session.id).await.unwrap().unwrap().rights, expected);
    assert_eq!(world.store.standing(session.id).await.unwrap().unwrap().rights, expected);
}

#[tokio::test]
async fn the_last_active_superuser_is_kept() {
    let world = World::new().await;
    let [ada, eve] = [world.add_user("ada").await.id, world.add_user("eve").await.id];
    let set = |user, is_superuser| Change::SetSuperuser { user, is_superuser, at: LATER };
    let keep = |besides| Change::KeepASuperuser { besides };
    world.apply(set(ada, true)).await.unwrap();

    assert_eq!(world.apply(keep(ada)).await, Err(Conflict::LastSuperuser));
    world.apply(keep(eve)).await.unwrap();
    world.apply(set(eve, true)).await.unwrap();
    world.apply(keep(ada)).await.unwrap();
    world.apply(Change::SetActive { user: eve, is_active: false, at: LATER }).await.unwrap();
    assert_eq!(world.apply(keep(ada)).await, Err(Conflict::LastSuperuser), "who is disabled runs nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_superusers_who_dismiss_each_other_one_stays() {
    for _ in 0..8 {
        let world = std::sync::Arc::new(World::new().await);
        let pair = [world.add_user("ada").await.id, world.add_user("eve").await.id];
        for user in pair {
            world.apply(Change::SetSuperuser { user, is_superuser: true, at: NOW }).await.unwrap();
        }

        let racers = pair.map(|user| {
            let world = world.clone();
            tokio::spawn(async move {
                let changes = doorward_core::change::Changes::from(Change::KeepASuperuser { besides: user });
                world.apply(changes.with(Change::SetSuperuser { user, is_superuser: false, at: LATER })).await
            })
        });
        for racer in racers {
            let _ = racer.await.unwrap();
        }

        assert_eq!(world.store.superusers().await.unwrap().len(), 1);
    }
}
