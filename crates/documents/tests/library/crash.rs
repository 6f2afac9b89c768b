use doorward_documents::{NewDocument, Source, State, Window};

use crate::world::{World, person};

#[tokio::test]
async fn what_waited_when_the_library_ended_is_read_in_by_the_next_one() {
    let world = World::new().await;
    let ada = person(1);
    let text = "One sentence about a walrus. ".repeat(20_000);
    let mut ids = Vec::new();
    for number in 0..5 {
        let new = NewDocument::new(format!("{number}.txt"), Source::Text(format!("{number} {text}")));
        ids.push(world.library.add(ada, new).await.unwrap().id);
    }

    // Ends in the midst of the first one: nothing has waited for it.
    let world = world.reopened().await;

    for id in ids {
        let document = world.library.settled(ada, id).await.unwrap();
        assert_eq!(document.state, State::Ready);
        let chunks = world.library.chunks(ada, id, Window { offset: 0, limit: 10_000 }).await.unwrap();
        assert_eq!(chunks.items.len() as u32, document.chunks);
        let places: Vec<u32> = chunks.items.iter().map(|chunk| chunk.place).collect();
        assert_eq!(places, (0..document.chunks).collect::<Vec<_>>(), "each chunk once and in order");
    }
}

#[tokio::test]
async fn nodes_on_one_database_share_what_waits_and_read_each_document_in_once() {
    let world = World::new().await;
    let ada = person(1);
    // A file has one process alone.
    let Some(other) = world.another().await else { return };
    let text = "One sentence about a walrus. ".repeat(2_000);
    let mut ids = Vec::new();
    for number in 0..8 {
        let new = NewDocument::new(format!("{number}.txt"), Source::Text(format!("{number} {text}")));
        let library = if number % 2 == 0 { &world.library } else { &other };
        ids.push(library.add(ada, new).await.unwrap().id);
    }

    for id in ids {
        let document = other.settled(ada, id).await.unwrap();
        assert_eq!((document.state, document.attempts), (State::Ready, 1));
        let chunks = world.library.chunks(ada, id, Window { offset: 0, limit: 10_000 }).await.unwrap();
        let places: Vec<u32> = chunks.items.iter().map(|chunk| chunk.place).collect();
        assert_eq!(places, (0..document.chunks).collect::<Vec<_>>(), "each chunk once and in order");
    }
}
