use doorward_core::Code;
use doorward_documents::{NewDocument, Role, Selection, Source, Window};

use crate::world::{World, person, refused, superuser};

#[tokio::test]
async fn what_an_account_kept_goes_with_it_and_nothing_comes_after() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    let document = world.text(ada, "a.txt", "treasure").await;
    let alone = world.collection(ada, &[(bob, Role::Reader)]).await;
    let together = world.collection(ada, &[(bob, Role::Owner)]).await;
    for id in [alone, together] {
        world.library.add_to_collection(ada, id, document.id).await.unwrap();
    }

    world.library.forget_user(ada.user).await.unwrap();
    world.library.forget_user(ada.user).await.unwrap();

    assert_eq!(refused(world.library.document(superuser(), document.id).await), Code::NotFound);
    assert!(world.titles(bob, "treasure").await.is_empty());
    assert_eq!(refused(world.library.collection(bob, alone).await), Code::NotFound);
    assert_eq!(world.library.collection(bob, together).await.unwrap().owner, bob.user);
    let late = NewDocument::new("late.txt", Source::Text("late".to_owned()));
    assert_eq!(refused(world.library.add(ada, late).await), Code::Forbidden);
    let member = world.library.add_member(bob, together, ada.user, Role::Reader).await;
    assert_eq!(refused(member), Code::NotFound);
}

#[tokio::test]
async fn an_overview_tells_who_keeps_how_much() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    let document = world.text(ada, "a.txt", "four").await;
    world.text(bob, "b.txt", "bb").await;

    let all = world.library.overview(Vec::new(), Window::default()).await.unwrap();
    let one = world.library.overview(vec![ada.user, person(3).user], Window::default()).await.unwrap();

    assert_eq!(all.total, 2);
    assert_eq!((one.items[0].documents, one.items[0].bytes, one.items[0].chunks), (1, 4, 1));
    assert_eq!(one.items[0].ids, [document.id]);
    world.library.delete(ada, document.id).await.unwrap();
    assert_eq!(world.library.overview(Vec::new(), Window::default()).await.unwrap().total, 1);
    assert_eq!(
        world.library.list(superuser(), Selection::default(), Window::default()).await.unwrap().total,
        1
    );
}

#[tokio::test]
async fn how_far_accounts_were_followed_is_kept() {
    let world = World::new().await;
    let until = doorward_core::Timestamp::from_millis(1_234);
    world.library.set_followed_until(until).await.unwrap();

    let world = world.reopened().await;

    assert_eq!(world.library.followed_until().await.unwrap(), until);
}
