use doorward_core::Code;
use doorward_documents::{CollectionUpdate, NewDocument, Role, Selection, Source, Update, Window};

use crate::world::{World, person, refused, superuser};

#[tokio::test]
async fn members_read_and_find_what_was_shared_until_it_is_withdrawn() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    let document = world.text(ada, "a.txt", "treasure").await;
    let shared = world.collection(ada, &[(bob, Role::Reader)]).await;
    assert!(world.titles(bob, "treasure").await.is_empty());

    world.library.add_to_collection(ada, shared, document.id).await.unwrap();

    assert_eq!(world.titles(bob, "treasure").await, ["a.txt"]);
    assert_eq!(world.hits(bob, "treasure").await[0].collections, [shared]);
    assert!(world.library.content(bob, document.id).await.is_ok());
    assert_eq!(world.library.list(bob, Selection::default(), Window::default()).await.unwrap().total, 1);
    let own = Selection { is_own_only: true, ..Selection::default() };
    assert_eq!(world.library.list(bob, own, Window::default()).await.unwrap().total, 0);
    world.library.remove_from_collection(ada, shared, document.id).await.unwrap();
    assert!(world.titles(bob, "treasure").await.is_empty());
    assert_eq!(refused(world.library.document(bob, document.id).await), Code::NotFound);
}

#[tokio::test]
async fn nobody_lets_themselves_in() {
    let world = World::new().await;
    let (ada, bob, eve) = (person(1), person(2), person(3));
    let shared = world.collection(ada, &[(bob, Role::Editor)]).await;

    let stranger = world.library.add_member(eve, shared, eve.user, Role::Reader).await;
    let climber = world.library.add_member(bob, shared, bob.user, Role::Owner).await;
    let friend = world.library.add_member(bob, shared, eve.user, Role::Reader).await;

    assert_eq!(refused(stranger), Code::NotFound);
    assert_eq!(refused(climber), Code::Forbidden);
    assert_eq!(refused(friend), Code::Forbidden);
    assert_eq!(refused(world.library.collection(eve, shared).await), Code::NotFound);
}

#[tokio::test]
async fn nobody_shares_what_is_anothers() {
    let world = World::new().await;
    let (ada, bob, eve) = (person(1), person(2), person(3));
    let document = world.text(ada, "a.txt", "treasure").await;
    let shared = world.collection(ada, &[(bob, Role::Editor)]).await;
    world.library.add_to_collection(ada, shared, document.id).await.unwrap();
    let other = world.collection(bob, &[(eve, Role::Reader)]).await;

    let onward = world.library.add_to_collection(bob, other, document.id).await;
    let unseen = world.library.add_to_collection(eve, other, document.id).await;

    assert_eq!(refused(onward), Code::Forbidden);
    assert_eq!(refused(unseen), Code::Forbidden);
    assert!(world.titles(eve, "treasure").await.is_empty());
}

#[tokio::test]
async fn editors_change_what_is_in_and_readers_do_not() {
    let world = World::new().await;
    let (ada, bob, cyd) = (person(1), person(2), person(3));
    let document = world.text(ada, "a.txt", "old").await;
    let shared = world.collection(ada, &[(bob, Role::Editor), (cyd, Role::Reader)]).await;
    world.library.add_to_collection(ada, shared, document.id).await.unwrap();
    let new = || Update { title: Some("new".to_owned()), ..Update::default() };

    assert_eq!(refused(world.library.update(cyd, document.id, new()).await), Code::Forbidden);
    assert_eq!(world.library.update(bob, document.id, new()).await.unwrap().title, "new");
    for other in [bob, cyd] {
        assert_eq!(refused(world.library.delete(other, document.id).await), Code::Forbidden);
    }
    let reader_adds =
        NewDocument { collections: vec![shared], ..NewDocument::new("b.txt", Source::Text("b".to_owned())) };
    assert_eq!(refused(world.library.add(cyd, reader_adds).await), Code::Forbidden);
    assert_eq!(world.library.usage(cyd.user).await.unwrap().documents, 0);
}

#[tokio::test]
async fn whoever_is_put_out_takes_their_documents_along() {
    let world = World::new().await;
    let (ada, bob, cyd) = (person(1), person(2), person(3));
    let shared = world.collection(ada, &[(bob, Role::Editor), (cyd, Role::Reader)]).await;
    let new = NewDocument {
        collections: vec![shared],
        ..NewDocument::new("b.txt", Source::Text("treasure".to_owned()))
    };
    world.kept(bob, new).await;
    assert_eq!(world.titles(cyd, "treasure").await.len(), 1);

    world.library.remove_member(ada, shared, bob.user).await.unwrap();

    assert!(world.titles(cyd, "treasure").await.is_empty());
    assert_eq!(world.titles(bob, "treasure").await.len(), 1);
    assert_eq!(refused(world.library.collection(bob, shared).await), Code::NotFound);
}

#[tokio::test]
async fn a_collection_keeps_an_owner() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    let shared = world.collection(ada, &[(bob, Role::Reader)]).await;

    assert_eq!(refused(world.library.remove_member(ada, shared, ada.user).await), Code::Conflict);
    assert_eq!(refused(world.library.add_member(ada, shared, ada.user, Role::Reader).await), Code::Conflict);
    world.library.add_member(ada, shared, bob.user, Role::Owner).await.unwrap();
    world.library.remove_member(ada, shared, ada.user).await.unwrap();
    assert_eq!(world.library.collection(bob, shared).await.unwrap().members, 1);
}

#[tokio::test]
async fn a_collection_that_is_deleted_leaves_the_documents_with_their_owners() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    let document = world.text(ada, "a.txt", "treasure").await;
    let shared = world.collection(ada, &[(bob, Role::Reader)]).await;
    world.library.add_to_collection(ada, shared, document.id).await.unwrap();

    assert_eq!(refused(world.library.delete_collection(bob, shared).await), Code::Forbidden);
    world.library.delete_collection(ada, shared).await.unwrap();

    assert_eq!(world.titles(ada, "treasure").await.len(), 1);
    assert!(world.titles(bob, "treasure").await.is_empty());
}

#[tokio::test]
async fn one_who_sees_all_sees_and_changes_collections_they_are_not_in() {
    let world = World::new().await;
    let ada = person(1);
    let shared = world.collection(ada, &[]).await;

    let update = CollectionUpdate { name: Some("renamed".to_owned()), description: None };
    world.library.update_collection(superuser(), shared, update).await.unwrap();

    let seen = world.library.collections(superuser(), Vec::new(), Window::default()).await.unwrap();
    assert_eq!((seen.total, &*seen.items[0].name, seen.items[0].role), (1, "renamed", None));
    assert_eq!(world.library.collection(ada, shared).await.unwrap().role, Some(Role::Owner));
    let others = world.library.collections(person(2), vec![shared], Window::default()).await.unwrap();
    assert_eq!(others.total, 0);
}
