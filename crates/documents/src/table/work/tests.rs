//! Who gets what to read in, without a crew that would.

use doorward_core::port::fake::FixedEntropy;
use doorward_core::{Digest, Timestamp, Ttl, UserId};
use tempfile::TempDir;

use crate::document::{Caller, NewDocument, Source, State};
use crate::id::DocumentId;
use crate::ingest::Form;
use crate::search::Language;
use crate::settings::Limits;
use crate::shelf::{Entry, Matter, Search, Shelf, Terms, Work};
use crate::sqlite::Sqlite;
use crate::table::Kept;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn open(folder: &TempDir) -> Kept<Sqlite> {
    Kept(Sqlite::open(&folder.path().join("documents.db"), 1, Language::English).unwrap())
}

fn person(number: i64) -> Caller {
    Caller { user: UserId::new(Timestamp::from_millis(number), &FixedEntropy::default()), sees_all: false }
}

async fn keep(shelf: &Kept<Sqlite>, owner: i64, number: i64) -> DocumentId {
    let text = format!("text {number} of {owner}");
    let matter = Matter {
        digest: Digest::of(text.as_bytes()).to_string(),
        bytes: text.into_bytes(),
        form: Form::Text,
        media_type: "text/plain".to_owned(),
    };
    let id = DocumentId::new(Timestamp::from_millis(owner * 1_000 + number), &FixedEntropy::default());
    let new = NewDocument::new(format!("{owner}.{number}"), Source::Text(String::new()));
    let entry = Entry::new(id, new, "{}".to_owned(), matter);
    shelf.add(person(owner), entry, Terms { limits: Limits::default(), now: NOW }).await.unwrap();
    id
}

async fn take(shelf: &Kept<Sqlite>, now: Timestamp, avoided: &[i64]) -> Option<Work> {
    let search = Search { now, until: now + Ttl::from_minutes(2), avoided: avoided.to_vec() };
    shelf.take_work(search).await.unwrap()
}

#[tokio::test]
async fn accounts_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = open(&folder);
    for number in 0..5 {
        keep(&shelf, 1, number).await;
    }
    let first = take(&shelf, NOW, &[]).await.unwrap();
    shelf.finish(first.task, Limits::default()).await.unwrap();
    keep(&shelf, 2, 0).await;
    keep(&shelf, 2, 1).await;

    let mut taken = Vec::new();
    while let Some(work) = take(&shelf, NOW, &[]).await {
        taken.push(String::from_utf8(work.content).unwrap());
    }

    let expected = ["text 1 of 1", "text 0 of 2", "text 2 of 1", "text 1 of 2", "text 3 of 1", "text 4 of 1"];
    assert_eq!(taken, expected);
}

#[tokio::test]
async fn an_account_that_keeps_enough_readers_busy_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = open(&folder);
    for number in 0..3 {
        keep(&shelf, 1, number).await;
    }
    keep(&shelf, 2, 0).await;
    let busy = take(&shelf, NOW, &[]).await.unwrap().owner;

    assert_eq!(take(&shelf, NOW, &[busy]).await.unwrap().content, b"text 0 of 2");
    assert!(take(&shelf, NOW, &[busy]).await.is_none());
    assert_eq!(take(&shelf, NOW, &[]).await.unwrap().content, b"text 1 of 1");
}

#[tokio::test]
async fn what_a_reader_leaves_behind_is_anothers_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = open(&folder);
    let id = keep(&shelf, 1, 0).await;
    let dead = take(&shelf, NOW, &[]).await.unwrap().task;
    let chunks = || (0, vec!["half".to_owned()]);
    assert!(shelf.write(dead, NOW + Ttl::from_minutes(2), chunks()).await.unwrap());
    assert!(take(&shelf, NOW + Ttl::from_minutes(1), &[]).await.is_none(), "it is still the first one's");

    let later = NOW + Ttl::from_minutes(3);
    let second = take(&shelf, later, &[]).await.unwrap().task;

    assert!(!shelf.write(dead, later, chunks()).await.unwrap(), "the first one comes too late");
    shelf.finish(dead, Limits::default()).await.unwrap();
    assert_eq!(shelf.document(person(1), id).await.unwrap().state, State::Parsing);
    shelf.write(second, later, (0, vec!["whole".to_owned()])).await.unwrap();
    shelf.finish(second, Limits::default()).await.unwrap();
    let document = shelf.document(person(1), id).await.unwrap();
    assert_eq!((document.state, document.chunks), (State::Ready, 1));
}

#[tokio::test]
async fn a_document_that_ends_the_process_three_times_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let id = keep(&open(&folder), 1, 0).await;

    for attempt in 1..=3 {
        let shelf = open(&folder);
        let work = take(&shelf, NOW, &[]).await.unwrap();
        assert_eq!(work.task.attempt, attempt);
        shelf.write(work.task, NOW, (0, vec!["half".to_owned()])).await.unwrap();
        // The process ends here: nobody finishes.
    }
    let shelf = open(&folder);

    assert!(take(&shelf, NOW, &[]).await.is_none());
    let document = shelf.document(person(1), id).await.unwrap();
    assert!(matches!(&document.state, State::Failed(reason) if reason.contains("several times")));
    assert_eq!(document.chunks, 0);
}
