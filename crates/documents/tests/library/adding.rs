use doorward_core::Code;
use doorward_documents::{
    DocumentId, Limits, NewDocument, Selection, Settings, Source, State, Unique, Window,
};
use serde_json::{Map, Value, json};

use crate::world::{Plan, World, person, refused};

fn text(name: &str, text: &str) -> NewDocument {
    NewDocument::new(name, Source::Text(text.to_owned()))
}

async fn limited(limits: Limits) -> World {
    World::with(Plan { settings: Settings { limits, ..Settings::default() }, ..Plan::default() }).await
}

#[tokio::test]
async fn a_document_is_there_at_once_and_searched_soon() {
    let world = World::new().await;
    let ada = person(1);

    let document = world.library.add(ada, text("foxes.txt", "The quick brown fox.")).await.unwrap();

    assert_eq!((document.state, document.version, document.owner), (State::Pending, 1, ada.user));
    let ready = world.library.settled(ada, document.id).await.unwrap();
    assert_eq!((ready.state, ready.chunks, ready.size), (State::Ready, 1, 20));
    assert_eq!(world.titles(ada, "fox").await, ["foxes.txt"]);
}

#[tokio::test]
async fn the_same_content_or_name_of_one_owner_is_refused_where_that_is_asked_for() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    world.library.add(ada, text("a.txt", "one")).await.unwrap();

    let content = world.library.add(ada, text("b.txt", "one")).await;
    let name = NewDocument { unique: Unique::Name, ..text("a.txt", "two") };
    let name = world.library.add(ada, name).await;
    let neither = NewDocument { unique: Unique::Nothing, ..text("a.txt", "one") };

    assert_eq!(refused(content), Code::DocumentExists);
    assert_eq!(refused(name), Code::DocumentExists);
    assert!(world.library.add(ada, neither).await.is_ok());
    assert!(world.library.add(bob, text("a.txt", "one")).await.is_ok(), "others keep what they like");
}

#[tokio::test]
async fn an_id_is_taken_once() {
    let world = World::new().await;
    let id = Some(DocumentId::from_bytes([7; 16]));

    let first = world.library.add(person(1), NewDocument { id, ..text("a.txt", "one") }).await.unwrap();
    let second = world.library.add(person(2), NewDocument { id, ..text("b.txt", "two") }).await;

    assert_eq!(Some(first.id), id);
    assert_eq!(refused(second), Code::DocumentExists);
}

#[tokio::test]
async fn racing_adds_of_one_content_have_one_winner() {
    let world = std::sync::Arc::new(World::new().await);
    let racers: Vec<_> = (0..8)
        .map(|number| {
            let world = world.clone();
            tokio::spawn(
                async move { world.library.add(person(1), text(&format!("{number}.txt"), "same")).await },
            )
        })
        .collect();

    let mut won = 0;
    for racer in racers {
        won += u32::from(racer.await.unwrap().is_ok());
    }

    assert_eq!(won, 1);
}

#[tokio::test]
async fn kinds_of_files_that_are_not_read_are_refused() {
    let world = World::new().await;
    for (name, media_type) in [
        ("a.exe", None),
        ("noend", None),
        ("a.txt", Some("image/png")),
        ("a.zip", Some("application/octet-stream")),
    ] {
        let new = NewDocument {
            media_type: media_type.map(str::to_owned),
            ..NewDocument::new(name, Source::Bytes(b"text".to_vec()))
        };

        assert_eq!(refused(world.library.add(person(1), new).await), Code::DocumentTypeUnknown, "{name}");
    }
}

#[tokio::test]
async fn more_than_may_be_kept_is_refused() {
    let world = limited(Limits { document_bytes: 10, documents: 2, bytes: 12, ..Limits::default() }).await;
    let ada = person(1);

    assert_eq!(refused(world.library.add(ada, text("a.txt", "eleven char")).await), Code::BodyTooLarge);
    world.library.add(ada, text("a.txt", "ten chars.")).await.unwrap();
    assert_eq!(refused(world.library.add(ada, text("b.txt", "three")).await), Code::QuotaReached);
    world.library.add(ada, text("b.txt", "2.")).await.unwrap();
    assert_eq!(refused(world.library.add(ada, text("c.txt", "")).await), Code::InvalidField);
    assert_eq!(refused(world.library.add(ada, text("c.txt", "x")).await), Code::QuotaReached);
    assert!(world.library.add(person(2), text("c.txt", "x")).await.is_ok());
    let usage = world.library.usage(ada.user).await.unwrap();
    assert_eq!((usage.documents, usage.bytes), (2, 12));
}

#[tokio::test]
async fn more_chunks_than_an_owner_may_keep_fail_the_document() {
    let world = limited(Limits { chunks: 2, ..Limits::default() }).await;
    let chunks = NewDocument::new("c", Source::Chunks(vec!["a".into(), "b".into(), "c".into()]));

    let document = world.library.add(person(1), chunks).await.unwrap();
    let document = world.library.settled(person(1), document.id).await.unwrap();

    assert!(matches!(document.state, State::Failed(_)), "{document:?}");
    assert!(world.titles(person(1), "a").await.is_empty());
}

#[tokio::test]
async fn names_titles_and_metadata_have_bounds() {
    let world = World::new().await;
    let mut large = Map::new();
    large.insert("x".to_owned(), Value::String("y".repeat(20_000)));
    for new in [
        text("", "x"),
        text("a\nb", "x"),
        text(&"n".repeat(300), "x"),
        NewDocument { title: Some(String::new()), ..text("a", "x") },
        NewDocument { metadata: large, ..text("a", "x") },
        NewDocument::new("c", Source::Chunks(Vec::new())),
    ] {
        assert_eq!(refused(world.library.add(person(1), new).await), Code::InvalidField);
    }
}

#[tokio::test]
async fn what_is_kept_comes_back_as_it_came() {
    let world = World::new().await;
    let ada = person(1);
    let metadata = json!({ "year": 2024, "tags": ["a", "b"] }).as_object().unwrap().clone();
    let new = NewDocument {
        title: Some("Foxes".to_owned()),
        metadata: metadata.clone(),
        ..NewDocument::new("foxes.md", Source::Bytes(b"# Foxes\n\nare *red*.".to_vec()))
    };

    let document = world.kept(ada, new).await;

    assert_eq!((&*document.title, &*document.media_type), ("Foxes", "text/markdown"));
    assert_eq!(document.metadata, metadata);
    let content = world.library.content(ada, document.id).await.unwrap();
    assert_eq!(content.bytes, b"# Foxes\n\nare *red*.");
    let chunks = world.library.chunks(ada, document.id, Window::default()).await.unwrap();
    assert_eq!(chunks.items[0].text, "Foxes\n\nare red.");
    assert_eq!(world.library.list(ada, Selection::default(), Window::default()).await.unwrap().total, 1);
}

#[tokio::test]
async fn more_than_can_wait_is_refused_for_now() {
    let world = limited(Limits { waiting: 0, ..Limits::default() }).await;

    assert_eq!(refused(world.library.add(person(1), text("a.txt", "x")).await), Code::Overloaded);
}
