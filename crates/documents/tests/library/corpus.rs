//! A thousand real documents of two people: everybody finds theirs, and what fits comes early.
//!
//! They are taken from packages on the machine, in the folders that `DOORWARD_CORPUS` names; `./dev test` says where.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use doorward_documents::{Caller, NewDocument, Search, Source, State, Unique};

use crate::world::{World, person};

/// Documents that there are at least, and that are taken at most; of one kind, so that others have room.
const LEAST: usize = 1_000;
const MOST: usize = 1_300;
const OF_A_KIND: usize = 600;
/// Bytes of a file: shorter ones say nothing, longer ones take their time.
const SIZES: std::ops::Range<u64> = 400..16_000;
/// Of the documents that are looked for by words of theirs, the share that comes among the first hits.
const FOUND_EARLY: f64 = 0.8;
/// The questions whose answers stand in the documentation.
const QUESTIONS: [&str; 7] = [
    "hash map performance",
    "parser combinator",
    "serialization format",
    "\"public domain\"",
    "window*",
    "error handling",
    "random number generator",
];

/// The kind of a file by its name; nothing for those that are not read.
fn kind(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    if name.starts_with("LICENSE") || name.starts_with("COPYING") {
        return Some("txt");
    }
    let ending = name.rsplit_once('.').map_or(name, |(_, ending)| ending);
    ["md", "html", "pdf", "docx", "json", "csv", "txt", "copyright"].into_iter().find(|kind| *kind == ending)
}

/// All files of known kinds below a folder, in the order of their names.
fn files(folder: &Path, depth: usize, found: &mut BTreeMap<&'static str, Vec<PathBuf>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        match path.symlink_metadata() {
            Ok(file) if file.is_dir() && depth > 0 => files(&path, depth - 1, found),
            Ok(file) if file.is_file() && SIZES.contains(&file.len()) => {
                if let Some(kind) = kind(&path) {
                    found.entry(kind).or_default().push(path);
                }
            }
            _ => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told where documents are by its environment")]
fn corpus() -> Option<Vec<PathBuf>> {
    let Ok(folders) = std::env::var("DOORWARD_CORPUS") else {
        assert!(std::env::var("CI").is_err(), "DOORWARD_CORPUS has to name folders: run `./dev test`");
        eprintln!("left out: DOORWARD_CORPUS names no folders; `./dev test` does");
        return None;
    };
    let mut found = BTreeMap::new();
    folders.split(':').for_each(|folder| files(Path::new(folder), 5, &mut found));
    let kinds: Vec<(&str, usize)> = found.iter().map(|(kind, files)| (*kind, files.len())).collect();
    println!("{kinds:?}");
    // Evenly over all folders, so that no package is all there is.
    let some = |files: Vec<PathBuf>| {
        let step = files.len().div_ceil(OF_A_KIND).max(1);
        files.into_iter().step_by(step).collect::<Vec<_>>()
    };
    Some(found.into_values().flat_map(some).take(MOST).collect())
}

/// What people call a file: its folder tells more than its name.
fn title(path: &Path) -> String {
    let parts: Vec<&str> = path.iter().rev().take(2).filter_map(|part| part.to_str()).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// Keeps the files, of both people in turn; whose are ready, and what stands in them.
async fn kept(world: &World, files: &[PathBuf]) -> HashMap<String, (Caller, String)> {
    let mut waiting = Vec::new();
    for (number, path) in files.iter().enumerate() {
        let caller = person(1 + u8::try_from(number % 2).unwrap());
        let name = path.file_name().unwrap().to_str().unwrap();
        let media_type = (kind(path) == Some("txt") || name == "copyright").then(|| "text/plain".to_owned());
        let new = NewDocument {
            title: Some(title(path)),
            media_type,
            unique: Unique::Nothing,
            ..NewDocument::new(name, Source::Bytes(std::fs::read(path).unwrap()))
        };
        waiting.push((caller, world.library.add(caller, new).await.unwrap()));
    }
    let mut ready = HashMap::new();
    for (caller, document) in waiting {
        let settled = world.library.settled(caller, document.id).await.unwrap();
        if settled.state != State::Ready {
            println!("{}: {:?}", document.title, settled.state);
            continue;
        }
        let chunks = world.library.chunks(caller, document.id, Default::default()).await.unwrap();
        let text: Vec<String> = chunks.items.into_iter().map(|chunk| chunk.text).collect();
        ready.insert(document.title, (caller, text.join(" ")));
    }
    ready
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| (5..20).contains(&word.len()))
        .map(str::to_lowercase)
}

/// The words by which somebody would look for a text: those that stand in it often, and seldom elsewhere.
fn telling(text: &str, frequency: &HashMap<String, usize>) -> String {
    let mut times: HashMap<String, usize> = HashMap::new();
    words(text).for_each(|word| *times.entry(word).or_default() += 1);
    let mut weighed: Vec<(f64, String)> = times
        .into_iter()
        .filter(|(word, _)| frequency[word] >= 3)
        .map(|(word, times)| (times as f64 / frequency[&word] as f64, word))
        .collect();
    weighed.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    weighed.into_iter().take(3).map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_real_documents_each_finds_their_own_and_what_fits_comes_early() {
    let Some(files) = corpus() else { return };
    if files.len() < LEAST {
        eprintln!("left out: there are {} documents in the folders that DOORWARD_CORPUS names", files.len());
        return;
    }
    let world = World::new().await;
    let ready = kept(&world, &files).await;
    println!("{} of {} documents", ready.len(), files.len());
    assert!(ready.len() * 10 >= files.len() * 8, "{} of {} can be read", ready.len(), files.len());
    let people = [person(1), person(2)];
    for question in QUESTIONS {
        for caller in people {
            let hits = world.hits(caller, question).await;

            assert!(hits.iter().all(|hit| hit.owner == caller.user), "{question}");
            let titles: Vec<&str> = hits.iter().take(4).map(|hit| hit.title.as_str()).collect();
            println!("{question}: {titles:?}");
        }
    }

    let mut frequency: HashMap<String, usize> = HashMap::new();
    for (_, text) in ready.values() {
        words(text)
            .collect::<HashSet<_>>()
            .into_iter()
            .for_each(|word| *frequency.entry(word).or_default() += 1);
    }
    // Licences are many people's, word for word.
    let is_ones_own = |title: &str| title.ends_with(".md") || title.ends_with(".html");
    let mut sample: Vec<_> = ready.iter().filter(|(title, _)| is_ones_own(title)).collect();
    sample.sort_by_key(|(title, _)| *title);
    let (mut asked, mut early) = (0, 0);
    for (title, (caller, text)) in sample.into_iter().step_by(8) {
        let question = telling(text, &frequency);
        if question.is_empty() {
            continue;
        }
        let hits =
            world.library.search(*caller, &Search { limit: 10, ..Search::new(question.as_str()) }).await;
        let hits = hits.unwrap();
        assert!(hits.iter().all(|hit| hit.owner == caller.user), "{question}");
        asked += 1;
        if hits.iter().any(|hit| hit.title == *title) {
            early += 1;
        } else {
            println!("{title}: not among the first for {question}");
        }
    }
    println!("{early} of {asked} among the first ten");
    assert!(f64::from(early) >= FOUND_EARLY * f64::from(asked), "{early} of {asked}");
}
