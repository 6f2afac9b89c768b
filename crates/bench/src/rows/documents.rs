//! Documents: what it costs that each finds only what is theirs, and what reading texts in does to everybody else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use doorward_core::UserId;
use doorward_core::port::{Clock, SystemClock, SystemEntropy};
use doorward_documents::{
    Caller, Library, Limits, Mode, NewDocument, Ports, Search, Settings, Source, State, Unique, Window,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{requests, words};
use crate::load::{self, Connection, get, post};
use crate::process::{Cores, Server};
use crate::seed::{self, CHEAP, PASSWORD};
use crate::table::Table;

const OWNERS: usize = 100;
/// Chunks of one owner, in as many documents as make ten thousand of all.
const CHUNKS: usize = 1_000;
const PER_DOCUMENT: usize = 100;
const WORDS_PER_CHUNK: usize = 60;
/// Different words in all texts; the second is half as frequent as the first, the third a third.
const WORDS: usize = 20_000;
const QUESTIONS: usize = 300;
/// Bytes of the texts that are read in, and how long each is.
const READ_IN: usize = 24 << 20;
const TEXT: usize = 512 << 10;

/// Texts that are the same at each run.
struct Writer(u64);

impl Writer {
    fn number(&mut self) -> u64 {
        // Knuth's MMIX generator: the high bits are good enough for words.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn word(&mut self) -> String {
        let share = self.number() as f64 / f64::from(u32::MAX >> 1);
        // Zipf: the rank's logarithm is spread evenly.
        let rank = (WORDS as f64).powf(share) as usize;
        format!("w{rank}x")
    }

    fn text(&mut self, words: usize) -> String {
        let mut text = String::with_capacity(words * 8);
        for number in 0..words {
            text.push_str(&self.word());
            text.push_str(if number % 12 == 11 { ". " } else { " " });
        }
        text
    }
}

/// The time of a search in one's own of many people's documents, beside the same search in all of them.
pub(crate) async fn search(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let library = open(&folder)?;
    let owners = filled(&library).await?;
    let mut writer = Writer(7);
    let (mut own, mut all) = (Vec::new(), Vec::new());
    for number in 0..QUESTIONS {
        let query = format!("{} w{}x", writer.word(), 10 + writer.number() % 500);
        let question = Search { mode: Mode::Words, ..Search::new(query) };
        let owner = Caller { user: owners[number % OWNERS], sees_all: false };
        own.push(timed(&library, owner, &question).await?);
        all.push(timed(&library, Caller { sees_all: true, ..owner }, &question).await?);
    }
    own.sort();
    all.sort();
    let mean = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64() * 1e3 / QUESTIONS as f64;
    let (filtered, unfiltered) = (mean(&own), mean(&all));
    let p99 = own[QUESTIONS * 99 / 100].as_secs_f64() * 1e3;
    let ratio = filtered / unfiltered;
    table.add(
        "search in one's own ÷ in all, 100,000 chunks of 100 owners",
        format!("{ratio:.2}"),
        "≤ 1.3",
        ratio <= 1.3,
        format!("{filtered:.2} ms, {unfiltered:.2} ms"),
    );
    table.add(
        "the slowest of 100 such searches",
        format!("{p99:.1} ms"),
        "< 20 ms",
        p99 < 20.0,
        String::new(),
    );
    Ok(())
}

fn open(folder: &TempDir) -> Result<Library> {
    let ports = Ports {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        embeddings: None,
        chat: None,
    };
    let settings =
        Settings { limits: Limits { waiting: 100_000, ..Limits::default() }, ..Settings::default() };
    Ok(Library::open(&folder.path().join("documents.db"), ports, settings)?)
}

/// Puts documents of all owners in and waits until they are searched.
async fn filled(library: &Library) -> Result<Vec<UserId>> {
    let mut writer = Writer(1);
    let mut owners = Vec::new();
    let mut last = Vec::new();
    for _ in 0..OWNERS {
        let user = UserId::new(SystemClock.now(), &SystemEntropy);
        let caller = Caller { user, sees_all: false };
        for number in 0..CHUNKS / PER_DOCUMENT {
            let chunks = (0..PER_DOCUMENT).map(|_| writer.text(WORDS_PER_CHUNK)).collect();
            let new = NewDocument::new(format!("{number}.txt"), Source::Chunks(chunks));
            last.push((
                caller,
                library.add(caller, NewDocument { unique: Unique::Nothing, ..new }).await?.id,
            ));
        }
        owners.push(user);
    }
    for (caller, id) in last {
        anyhow::ensure!(library.settled(caller, id).await?.state == State::Ready, "a document failed");
    }
    let all = Caller { user: owners[0], sees_all: true };
    let page = library.list(all, Default::default(), Window { offset: 0, limit: 1 }).await?;
    anyhow::ensure!(page.total == (OWNERS * CHUNKS / PER_DOCUMENT) as u64, "{} documents", page.total);
    Ok(owners)
}

async fn timed(library: &Library, caller: Caller, question: &Search) -> Result<Duration> {
    let started = Instant::now();
    library.search(caller, question).await?;
    Ok(started.elapsed())
}

/// Chunks a second that are read in from plain text, and how long logins and reads take meanwhile.
pub(crate) async fn ingest(table: &mut Table) -> Result<()> {
    let folder = TempDir::new_in(std::env::current_exe()?.parent().context("no folder")?)?;
    let settings = [CHEAP, &[("DOORWARD__DOCUMENTS__ENABLED", "true")]].concat();
    let server = Server::doorward(folder.path(), Cores::All, &settings)?;
    let people = seed::logins(&server.address, 0..2, 1).await?;
    let bearer = |at: usize| format!("authorization: Bearer {}\r\n", people[at].access);
    let mut writer = Writer(3);
    let mut connection = Connection::open(&server.address).await?;
    let started = Instant::now();
    for number in 0..READ_IN / TEXT {
        let file = upload(&format!("{number}.txt"), &writer.text(TEXT / 7), &bearer(0));
        let answer = connection.ask(&file).await?;
        anyhow::ensure!(answer.status == 202, "a document was refused with {}", answer.status);
    }
    let login = json!({ "identifier": seed::email(1), "password": PASSWORD });
    let others = requests([post("/api/v1/login", &login), get("/api/v1/documents", &bearer(1))]);
    let address = server.address.clone();
    let meanwhile =
        tokio::spawn(async move { load::paced(&address, (2, 40), Duration::from_secs(5), others).await });
    let chunks = loop {
        let answer = connection.ask(&get("/api/v1/documents?limit=1000", &bearer(0))).await?;
        let page: Value = serde_json::from_slice(answer.body)?;
        let documents = page["documents"].as_array().context("no documents")?;
        anyhow::ensure!(documents.iter().all(|one| one["state"] != "failed"), "a document failed");
        if documents.iter().all(|one| one["state"] == "ready") {
            break documents.iter().filter_map(|one| one["chunks"].as_u64()).sum::<u64>();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let rate = chunks as f64 / started.elapsed().as_secs_f64();
    let outcome = meanwhile.await??;
    anyhow::ensure!(outcome.bad == 0 && outcome.shed == 0, "the last bad answer was {}", outcome.bad_status);
    let behind = format!("{chunks} chunks of {} texts, uploads included", READ_IN / TEXT);
    table.add("plain text read in, chunks a second", format!("{rate:.0}"), "≥ 2000", rate >= 2_000.0, behind);
    let p99 = outcome.p99_ms();
    let what = "logins and reads meanwhile, the slowest of 100";
    table.add(what, format!("{p99:.1} ms"), "< 50 ms", p99 < 50.0, words(&outcome));
    Ok(())
}

/// The bytes of a request that keeps a text.
fn upload(name: &str, text: &str, header: &str) -> Vec<u8> {
    let length = text.len();
    format!(
        "POST /api/v1/documents/files?name={name} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
         content-length: {length}\r\n{header}\r\n{text}"
    )
    .into_bytes()
}
