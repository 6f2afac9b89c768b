use doorward_core::Code;
use doorward_documents::{Caller, Filter, NewDocument, Role, Selection, Source, Unique, Window};
use serde_json::{Value, json};

use crate::world::{World, person, refused, superuser};

async fn world() -> World {
    let world = World::new().await;
    for (name, metadata) in [
        (
            "a",
            json!({ "year": 2019, "lang": "en", "tags": ["x", "y"], "is_draft": true, "deep": { "er": 1 } }),
        ),
        ("b", json!({ "year": 2021, "lang": "de", "tags": ["y"], "is_draft": false })),
        ("c", json!({ "year": "2022", "lang": null, "n": 1 })),
    ] {
        let new = NewDocument {
            metadata: metadata.as_object().unwrap().clone(),
            unique: Unique::Nothing,
            ..NewDocument::new(name, Source::Text("text".to_owned()))
        };
        world.kept(person(1), new).await;
    }
    world
}

async fn found(world: &World, caller: Caller, filter: &Value) -> String {
    let which = Selection { filter: Filter::read(filter).unwrap(), ..Selection::default() };
    let page = world.library.list(caller, which, Window::default()).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    let mut names: Vec<String> = page.items.into_iter().map(|document| document.name).collect();
    names.sort();
    names.concat()
}

#[tokio::test]
async fn each_operator_finds_what_it_says() {
    let world = world().await;
    for (filter, expected) in [
        (json!({ "lang": "en" }), "a"),
        (json!({ "metadata.lang": { "$eq": "de" } }), "b"),
        (json!({ "lang": { "$ne": "en" } }), "bc"),
        (json!({ "year": { "$gt": 2018 } }), "ab"),
        (json!({ "year": { "$gte": 2021 } }), "b"),
        (json!({ "year": { "$lt": 2021 } }), "a"),
        (json!({ "year": { "$lte": 2021 } }), "ab"),
        (json!({ "year": { "$gt": "2000" } }), "c"),
        (json!({ "lang": { "$in": ["en", "de"] } }), "ab"),
        (json!({ "lang": ["en"] }), "a"),
        (json!({ "lang": { "$nin": ["en"] } }), "bc"),
        (json!({ "tags": { "$overlap": ["x", "z"] } }), "a"),
        (json!({ "tags": { "$contains": ["x", "y"] } }), "a"),
        (json!({ "tags": { "$contains": "y" } }), "ab"),
        (json!({ "is_draft": true }), "a"),
        (json!({ "is_draft": { "$ne": true } }), "bc"),
        (json!({ "n": 1 }), "c"),
        (json!({ "deep.er": 1 }), "a"),
        (json!({ "lang": null }), "c"),
        (json!({ "$or": [{ "lang": "en" }, { "year": "2022" }] }), "ac"),
        (json!({ "$and": [{ "lang": "en" }, { "year": 2021 }] }), ""),
        (json!({ "title": { "$in": ["a", "b"] }, "year": 2021 }), "b"),
        (json!({ "created_at": { "$lt": "2000-01-01T00:00:00Z" } }), ""),
        (json!({ "nothing": "there" }), ""),
        (json!({ "x') OR 1=1 --": 1 }), ""),
    ] {
        assert_eq!(found(&world, person(1), &filter).await, expected, "{filter}");
        assert_eq!(found(&world, person(2), &filter).await, "", "{filter}");
        assert_eq!(found(&world, superuser(), &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn collections_are_named_by_those_who_are_in_them() {
    let world = world().await;
    let (ada, bob) = (person(1), person(2));
    let (open, closed) =
        (world.collection(ada, &[(bob, Role::Reader)]).await, world.collection(ada, &[]).await);
    let page = world.library.list(ada, Selection::default(), Window::default()).await.unwrap();
    for id in [open, closed] {
        world.library.add_to_collection(ada, id, page.items[0].id).await.unwrap();
    }

    let named = |id| json!({ "collection_ids": { "$overlap": [id] } });

    assert_eq!(found(&world, ada, &named(closed)).await, "c");
    assert_eq!(found(&world, bob, &named(open)).await, "c");
    assert_eq!(found(&world, bob, &named(closed)).await, "", "that it is there too is not theirs to know");
}

#[tokio::test]
async fn a_filter_deletes_what_is_ones_own_alone() {
    let world = world().await;
    let (ada, bob) = (person(1), person(2));
    world.text(bob, "b.txt", "text").await;
    let filter = |value: Value| Filter::read(&value).unwrap().unwrap();

    let none = world.library.delete_matching(bob, filter(json!({ "lang": "en" }))).await;
    let some = world.library.delete_matching(ada, filter(json!({ "version": 1 }))).await.unwrap();

    assert_eq!(refused(none), Code::NotFound);
    assert_eq!(some.len(), 3);
    assert_eq!(world.titles(bob, "text").await, ["b.txt"]);
}

#[tokio::test]
async fn lists_come_in_parts_youngest_first() {
    let world = world().await;

    let page =
        world.library.list(person(1), Selection::default(), Window { offset: 1, limit: 1 }).await.unwrap();

    assert_eq!((page.total, page.items.len(), &*page.items[0].name), (3, 1, "b"));
}
