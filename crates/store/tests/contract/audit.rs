use doorward_core::Ttl;
use doorward_core::change::Changes;

use crate::world::{NOW, World, event};

#[tokio::test]
async fn the_youngest_lines_about_an_account_come_first() {
    let world = World::new().await;
    let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
    let lines: Vec<_> = (0..3).map(|n| event(&ada, NOW + Ttl::from_seconds(n))).collect();
    for line in lines.iter().cloned().chain([event(&eve, NOW)]) {
        world.apply(Changes::new().recorded(line)).await.unwrap();
    }

    let read = world.store.events_about(ada.id, 2).await.unwrap();

    assert_eq!(read, [lines[2].clone(), lines[1].clone()]);
}
