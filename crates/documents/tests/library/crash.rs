use doorward_documents::{NewDocument, Source, State, Window};

use crate::world::{World, person};

#[tokio::test]
async fn what_waited_when_the_library_ended_is_read_in_by_the_next_one() {
    let world = World::new();
    let ada = person(1);
    let text = "One sentence about a walrus. ".repeat(20_000);
    let mut ids = Vec::new();
    for number in 0..5 {
        let new = NewDocument::new(format!("{number}.txt"), Source::Text(format!("{number} {text}")));
        ids.push(world.library.add(ada, new).await.unwrap().id);
    }

    // Ends in the midst of the first one: nothing has waited for it.
    let world = world.reopened();

    for id in ids {
        let document = world.library.settled(ada, id).await.unwrap();
        assert_eq!(document.state, State::Ready);
        let chunks = world.library.chunks(ada, id, Window { offset: 0, limit: 10_000 }).await.unwrap();
        assert_eq!(chunks.items.len() as u32, document.chunks);
        let places: Vec<u32> = chunks.items.iter().map(|chunk| chunk.place).collect();
        assert_eq!(places, (0..document.chunks).collect::<Vec<_>>(), "each chunk once and in order");
    }
}
