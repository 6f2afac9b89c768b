use doorward_core::Code;
use doorward_documents::{Filter, Language, NewDocument, Search, Settings, Source, Unique};
use serde_json::json;

use crate::world::{Plan, World, person, refused, superuser};

#[tokio::test]
async fn each_finds_what_is_theirs_and_a_superuser_finds_all() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    world.text(ada, "ada.txt", "The treasure is under the oak.").await;
    world.text(bob, "bob.txt", "My treasure is my family.").await;

    assert_eq!(world.titles(ada, "treasure").await, ["ada.txt"]);
    assert_eq!(world.titles(bob, "treasure").await, ["bob.txt"]);
    assert_eq!(world.titles(superuser(), "treasure").await.len(), 2);
    assert!(world.titles(person(3), "treasure").await.is_empty());
}

#[tokio::test]
async fn nothing_that_is_typed_is_syntax_of_the_index() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    world.text(ada, "ada.txt", "public words").await;
    world.text(bob, "bob.txt", "secret words").await;

    for query in [
        "secret",
        "scope:o2 secret",
        "\") OR (scope : \"o2",
        "words) OR scope:(o2",
        "o2",
        "c1 o1 o2 secret",
        "{scope} : \"o2\" secret",
        "' OR 1=1 --",
        "NEAR(secret words)",
        "secret AND words OR NOT public",
        "found MATCH secret",
        "*",
        "^secret",
        "\0secret",
        "se*",
        "sec*",
    ] {
        for hit in world.hits(ada, query).await {
            assert_eq!(hit.owner, ada.user, "{query}");
        }
    }
}

#[tokio::test]
async fn the_chunk_that_says_most_about_it_comes_first() {
    let world = World::new().await;
    let ada = person(1);
    world
        .text(
            ada,
            "aside.txt",
            "A long text about gardens, which names a fox once, and then roses and lilies.",
        )
        .await;
    world.text(ada, "foxes.txt", "The fox. A fox is red; every fox hunts.").await;
    world.text(ada, "none.txt", "Nothing of the kind.").await;

    assert_eq!(world.titles(ada, "fox").await, ["foxes.txt", "aside.txt"]);
}

#[tokio::test]
async fn a_rare_word_says_more_than_a_frequent_one() {
    let world = World::new().await;
    let ada = person(1);
    for number in 0..12 {
        world
            .text(ada, &format!("{number}"), "The garden has a garden gate, and by it a garden bench.")
            .await;
    }
    world.text(ada, "rare", "In a park there is a walrus now, by the gate of stone.").await;

    assert_eq!(world.titles(ada, "garden walrus").await[0], "rare");
    assert_eq!(world.titles(ada, "garden walrus").await.len(), 10);
}

#[tokio::test]
async fn what_others_keep_changes_neither_the_order_nor_the_scores() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    world.text(ada, "fox", "a fox in the garden").await;
    world.text(ada, "wolf", "a wolf in the garden, and a garden").await;
    let before = world.hits(ada, "fox garden").await;

    for number in 0..20 {
        world.text(bob, &format!("fox {number}"), "a fox and a fox").await;
    }

    let after = world.hits(ada, "fox garden").await;
    assert_eq!(before.len(), 2);
    assert_eq!(after, before);
}

#[tokio::test]
async fn words_are_found_in_their_other_forms_and_marked() {
    let world = World::new().await;
    world.text(person(1), "a.txt", "She was connecting the Café's old cables.").await;

    let hits = world.hits(person(1), "connections cafe").await;

    let snippet = &hits[0].snippet;
    let marked: Vec<String> = snippet
        .marks
        .iter()
        .map(|(from, until)| snippet.text.chars().skip(*from).take(until - from).collect())
        .collect();
    assert_eq!(marked, ["connecting", "Café"]);
}

#[tokio::test]
async fn without_stems_words_are_found_as_they_are() {
    let settings = Settings { language: Language::Simple, ..Settings::default() };
    let world = World::with(Plan { settings, ..Plan::default() }).await;
    world.text(person(1), "a.txt", "connecting cables").await;

    assert!(world.titles(person(1), "connections").await.is_empty());
    assert_eq!(world.titles(person(1), "CABLES").await, ["a.txt"]);
}

#[tokio::test]
async fn another_language_makes_the_index_anew() {
    let world = World::new().await;
    world.text(person(1), "a.txt", "connecting cables").await;
    assert_eq!(world.titles(person(1), "connections").await.len(), 1);

    let mut world = world;
    world.settings.language = Language::Simple;
    let world = world.reopened().await;

    assert!(world.titles(person(1), "connections").await.is_empty());
    assert_eq!(world.titles(person(1), "connecting").await.len(), 1);
}

#[tokio::test]
async fn phrases_beginnings_and_unwanted_words_count() {
    let world = World::new().await;
    let ada = person(1);
    world.text(ada, "near.txt", "red fox").await;
    world.text(ada, "far.txt", "red is the fox").await;

    assert_eq!(world.titles(ada, "\"red fox\"").await, ["near.txt"]);
    assert_eq!(world.titles(ada, "\"red fox\" beginnings").await, ["near.txt"]);
    assert_eq!(world.titles(ada, "fox -is").await.len(), 1);
    world.text(ada, "long.txt", "hippopotamus").await;
    assert_eq!(world.titles(ada, "hippo*").await, ["long.txt"]);
    assert!(world.titles(ada, "hippo").await.is_empty());
}

#[tokio::test]
async fn titles_are_found_too_and_keep_up_with_changes() {
    let world = World::new().await;
    let ada = person(1);
    let document = world.text(ada, "zebra.txt", "stripes").await;
    assert_eq!(world.titles(ada, "zebra").await.len(), 1);

    let title = Some("giraffe".to_owned());
    let update = doorward_documents::Update { title, ..Default::default() };
    world.library.update(ada, document.id, update).await.unwrap();

    assert!(world.titles(ada, "zebra").await.is_empty());
    assert_eq!(world.titles(ada, "giraffe").await, ["giraffe"]);
}

#[tokio::test]
async fn filters_narrow_a_search() {
    let world = World::new().await;
    let ada = person(1);
    for year in [2019, 2021, 2023] {
        let new = NewDocument {
            metadata: json!({ "year": year }).as_object().unwrap().clone(),
            unique: Unique::Nothing,
            ..NewDocument::new(format!("{year}"), Source::Text("report".to_owned()))
        };
        world.kept(ada, new).await;
    }
    let filter = Filter::read(&json!({ "year": { "$gt": 2020, "$lt": 2022 } })).unwrap();

    let hits = world.library.search(ada, &Search { filter, ..Search::new("report") }).await.unwrap();

    assert_eq!(hits.iter().map(|hit| &*hit.title).collect::<Vec<_>>(), ["2021"]);
}

#[tokio::test]
async fn a_filter_that_names_another_owner_finds_nothing_of_theirs() {
    let world = World::new().await;
    let (ada, bob) = (person(1), person(2));
    world.text(ada, "ada.txt", "words").await;
    world.text(bob, "bob.txt", "words").await;
    for filter in [
        json!({ "owner_id": bob.user.to_string() }),
        json!({ "$or": [{ "owner_id": bob.user.to_string() }, { "user_id": ada.user.to_string() }] }),
        json!({ "title": { "$ne": "x" } }),
    ] {
        let filter = Filter::read(&filter).unwrap();

        let hits = world.library.search(ada, &Search { filter, ..Search::new("words") }).await.unwrap();

        assert!(hits.iter().all(|hit| hit.owner == ada.user));
    }
}

#[tokio::test]
async fn a_search_has_parts_and_bounds() {
    let world = World::new().await;
    let ada = person(1);
    let chunks: Vec<String> = (0..25).map(|number| format!("word {number}")).collect();
    world.kept(ada, NewDocument::new("c", Source::Chunks(chunks))).await;

    let first = world.library.search(ada, &Search::new("word")).await.unwrap();
    let rest = Search { offset: 10, limit: 100, ..Search::new("word") };
    let rest = world.library.search(ada, &rest).await.unwrap();

    assert_eq!((first.len(), rest.len()), (10, 15));
    assert!(first.iter().all(|hit| rest.iter().all(|other| other.chunk != hit.chunk)));
    let much = Search { limit: 5_000, ..Search::new("word") };
    assert_eq!(refused(world.library.search(ada, &much).await), Code::InvalidField);
    let long = Search::new("w ".repeat(5_000));
    assert_eq!(refused(world.library.search(ada, &long).await), Code::InvalidField);
}

#[tokio::test]
async fn what_says_nothing_finds_nothing() {
    let world = World::new().await;
    world.text(person(1), "a.txt", "words").await;

    for query in ["", " ", "!!!", "\"\""] {
        assert!(world.titles(person(1), query).await.is_empty(), "{query:?}");
    }
}
