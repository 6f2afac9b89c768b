use doorward_core::Code;
use doorward_documents::{Source, Update, Window};

use crate::world::{World, person, refused};

fn content(text: &str) -> Update {
    Update { source: Some(Source::Text(text.to_owned())), ..Update::default() }
}

#[tokio::test]
async fn new_content_takes_the_place_of_the_old() {
    let world = World::new().await;
    let ada = person(1);
    let document = world.text(ada, "a.txt", "walrus").await;

    world.library.update(ada, document.id, content("penguin")).await.unwrap();
    let document = world.library.settled(ada, document.id).await.unwrap();

    assert_eq!((document.version, document.chunks), (2, 1));
    assert!(world.titles(ada, "walrus").await.is_empty());
    assert_eq!(world.titles(ada, "penguin").await.len(), 1);
    assert_eq!(world.library.usage(ada.user).await.unwrap().bytes, 7);
    assert_eq!(world.library.usage(ada.user).await.unwrap().chunks, 1);
}

#[tokio::test]
async fn content_that_cannot_be_read_leaves_the_old_one_searched() {
    let world = World::new().await;
    let ada = person(1);
    let document = world.text(ada, "a.txt", "walrus").await;

    world.library.update(ada, document.id, content("\0\0")).await.unwrap();
    let failed = world.library.settled(ada, document.id).await.unwrap();

    assert_eq!(failed.state.as_str(), "failed");
    assert_eq!(world.titles(ada, "walrus").await.len(), 1);
}

#[tokio::test]
async fn what_is_deleted_is_gone_with_its_chunks() {
    let world = World::new().await;
    let ada = person(1);
    let text = "walrus. ".repeat(100_000);
    let document = world.text(ada, "a.txt", &text).await;
    assert!(document.chunks > 256, "more than is swept at once");

    world.library.delete(ada, document.id).await.unwrap();

    assert!(world.titles(ada, "walrus").await.is_empty());
    assert_eq!(refused(world.library.document(ada, document.id).await), Code::NotFound);
    assert_eq!(refused(world.library.content(ada, document.id).await), Code::NotFound);
    assert_eq!(refused(world.library.chunks(ada, document.id, Window::default()).await), Code::NotFound);
    assert_eq!(refused(world.library.delete(ada, document.id).await), Code::NotFound);
    assert_eq!(world.library.usage(ada.user).await.unwrap(), Default::default());
    world.text(ada, "a.txt", &text).await;
}

#[tokio::test]
async fn another_person_can_neither_change_nor_delete() {
    let world = World::new().await;
    let (ada, eve) = (person(1), person(2));
    let document = world.text(ada, "a.txt", "walrus").await;

    assert_eq!(refused(world.library.update(eve, document.id, content("x")).await), Code::NotFound);
    assert_eq!(refused(world.library.delete(eve, document.id).await), Code::NotFound);
    assert_eq!(world.titles(ada, "walrus").await.len(), 1);
}
