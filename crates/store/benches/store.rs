//! What a durable rotation and a look at a session cost, beside what the same disk does for a bare connection.
//!
//! The two are measured in turns and compared by the median of their rounds: a flush takes 0.1 ms in one minute and 4 ms in
//! the next, so only figures of the same seconds can be held against each other.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set up its world has failed")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use doorward_core::account::{EmailAddress, Profile, User};
use doorward_core::change::{Change, Changes};
use doorward_core::password::PasswordHash;
use doorward_core::port::{Journal, SessionStore, SystemEntropy};
use doorward_core::session::Session;
use doorward_core::{Digest, SessionId, Timestamp, Ttl, UserId};
use doorward_store::{Sqlite, SqliteOptions};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const NOW: Timestamp = Timestamp::from_millis(1_769_846_400_000);
const CALLERS: [usize; 3] = [32, 64, 128];
/// Sessions in the table whose tokens are rotated; those in use are spread over all of it.
const SESSIONS: usize = 20_000;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(500);

/// A database with one account and some sessions.
struct World {
    store: Arc<Sqlite>,
    sessions: Vec<Session>,
    folder: TempDir,
}

impl World {
    fn new(runtime: &Runtime, sessions: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bench.db");
        let store = Arc::new(Sqlite::open(&path, SqliteOptions::default()).unwrap());
        let user = user();
        let sessions: Vec<_> = (0..sessions).map(|number| session(&user, number)).collect();
        runtime.block_on(store.apply(Change::AddUser(Box::new(user)).into())).unwrap();
        for some in sessions.chunks(500) {
            let open = some.iter().fold(Changes::new(), |changes, session| {
                changes.with(Change::OpenSession { session: Box::new(session.clone()), password_version: 1 })
            });
            runtime.block_on(store.apply(open)).unwrap();
        }
        Self { store, sessions, folder }
    }

    /// Where the session of this caller stands in the list: callers are spread over the table.
    fn seat(&self, caller: usize) -> usize {
        caller * 7_919 % self.sessions.len()
    }
}

fn user() -> User {
    User {
        id: UserId::new(NOW, &SystemEntropy),
        email: EmailAddress::parse("ada@example.com").unwrap(),
        username: None,
        password: PasswordHash::from_text("$argon2id$".into()),
        password_version: 1,
        profile: Profile::default(),
        is_active: true,
        is_verified: false,
        is_superuser: false,
        roles: Vec::new(),
        rights_version: 0,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn session(user: &User, number: usize) -> Session {
    Session {
        id: SessionId::new(NOW, &SystemEntropy),
        user_id: user.id,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + Ttl::from_days(30),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
        address: "192.0.2.1".into(),
        network: "192.0.2.1/32".into(),
        refresh_digest: digest(number, 0),
        refresh_generation: 0,
        refreshed_at: NOW,
        cookie_digest: Some(Digest::of(format!("cookie {number}").as_bytes())),
        scopes: None,
        client: None,
        given_in: None,
        ended_at: None,
        end_reason: None,
    }
}

fn digest(session: usize, generation: u32) -> Digest {
    Digest::of(format!("{session} {generation}").as_bytes())
}

/// Rotations that were done, how long it took, and how long each caller waited.
struct Round {
    done: usize,
    took: Duration,
    waits: Vec<Duration>,
}

impl Round {
    fn per_second(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    fn p99(&mut self) -> Duration {
        self.waits.sort_unstable();
        self.waits[self.waits.len() * 99 / 100]
    }
}

/// Each caller replaces its own session's token, waits until that is durable, and goes on with the next.
async fn rotate_through_the_journal(
    world: &World,
    callers: usize,
    from: u32,
    span: Duration,
) -> (Round, u32) {
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let number = world.seat(caller);
            let (store, session) = (Arc::clone(&world.store), world.sessions[number].id);
            tokio::spawn(async move {
                let (mut generation, mut waits) = (from, Vec::new());
                while started.elapsed() < span {
                    let asked = Instant::now();
                    let change = Change::RotateRefresh {
                        session,
                        from: digest(number, generation),
                        to: digest(number, generation + 1),
                        generation: generation + 1,
                        at: NOW,
                    };
                    store.apply(change.into()).await.unwrap();
                    waits.push(asked.elapsed());
                    generation += 1;
                }
                (number, generation, waits)
            })
        })
        .collect();
    let (mut round, mut last) = (Round { done: 0, took: span, waits: Vec::new() }, Vec::new());
    for task in tasks {
        let (number, generation, waits) = task.await.unwrap();
        round.done += waits.len();
        round.waits.extend(waits);
        last.push((number, generation));
    }
    round.took = started.elapsed();
    // All start the next round from the same generation.
    let next = last.iter().map(|(_, generation)| *generation).max().unwrap_or(from);
    for (number, generation) in last.into_iter().filter(|(_, generation)| *generation < next) {
        let change = Change::RotateRefresh {
            session: world.sessions[number].id,
            from: digest(number, generation),
            to: digest(number, next),
            generation: next,
            at: NOW,
        };
        world.store.apply(change.into()).await.unwrap();
    }
    (round, next)
}

/// A connection of its own, with the settings of the store.
fn bare(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL"), ("wal_autocheckpoint", "4096")] {
        connection.pragma_update(None, name, value).unwrap();
    }
    connection
}

/// The same updates in one loop without queue, tasks or answers: what engine and disk allow.
fn rotate_bare(connection: &Connection, world: &World, together: usize, span: Duration) -> Round {
    let (started, mut done, mut waits) = (Instant::now(), 0, Vec::new());
    let mut update = connection
        .prepare(
            "UPDATE sessions SET refresh_digest = $1, refresh_generation = $2, refreshed_at = $3, last_seen_at = $3
             WHERE id = $4 AND refresh_digest <> $1 AND ended_at IS NULL",
        )
        .unwrap();
    while started.elapsed() < span {
        let asked = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for caller in 0..together {
            let session = &world.sessions[world.seat(caller)];
            let generation = u32::try_from(done).unwrap();
            let next = digest(together, generation).to_string();
            let touched =
                update.execute(params![next, generation, NOW.as_millis(), session.id.to_string()]).unwrap();
            assert_eq!(touched, 1);
            done += 1;
        }
        connection.execute_batch("COMMIT").unwrap();
        waits.push(asked.elapsed());
    }
    Round { done, took: started.elapsed(), waits }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Prints, for each number of callers, both rates and the share that the journal reaches.
fn shares(runtime: &Runtime) {
    println!("durable rotations in a second, medians of {ROUNDS} rounds in turns");
    for callers in CALLERS {
        let (ours, theirs) = (World::new(runtime, SESSIONS), World::new(runtime, SESSIONS));
        let connection = bare(&theirs.folder.path().join("bench.db"));
        let (mut journal, mut raw, mut waits, mut raw_waits) = (vec![], vec![], vec![], vec![]);
        let mut from = 0;
        for _ in 0..ROUNDS {
            let (mut round, next) = runtime.block_on(rotate_through_the_journal(&ours, callers, from, ROUND));
            from = next;
            journal.push(round.per_second());
            waits.push(round.p99().as_secs_f64() * 1e3);
            let mut round = rotate_bare(&connection, &theirs, callers, ROUND);
            raw.push(round.per_second());
            raw_waits.push(round.p99().as_secs_f64() * 1e3);
        }
        let share = median(journal.iter().zip(&raw).map(|(ours, theirs)| ours / theirs).collect());
        println!(
            "{callers:>4} callers: journal {:>7.0} (p99 {:.1} ms), bare {:>7.0} (p99 {:.1} ms), share {share:.2}",
            median(journal),
            median(waits),
            median(raw),
            median(raw_waits),
        );
    }
}

fn rotations(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    if std::env::args().any(|argument| argument == "--bench") {
        shares(&runtime);
    }
    let world = World::new(&runtime, 1);
    let mut generation = 0;
    criterion.bench_function("rotation, one caller", |bencher| {
        bencher.iter(|| {
            let change = Change::RotateRefresh {
                session: world.sessions[0].id,
                from: digest(0, generation),
                to: digest(0, generation + 1),
                generation: generation + 1,
                at: NOW,
            };
            generation += 1;
            runtime.block_on(world.store.apply(change.into())).unwrap();
        });
    });
}

fn reads(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("session");
    group.throughput(Throughput::Elements(1));
    for count in [1_000, 100_000] {
        let world = World::new(&runtime, count);
        let mut picks = (0..count).map(|at| at * 7_919 % count).cycle();
        group.bench_function(format!("by id, one of {count}"), |bencher| {
            bencher.iter(|| {
                let session = &world.sessions[picks.next().unwrap()];
                runtime.block_on(world.store.session(session.id)).unwrap().unwrap()
            });
        });
        group.bench_function(format!("by cookie, one of {count}"), |bencher| {
            bencher.iter(|| {
                let session = &world.sessions[picks.next().unwrap()];
                let cookie = session.cookie_digest.as_ref().unwrap();
                runtime.block_on(world.store.session_by_cookie(cookie)).unwrap().unwrap()
            });
        });
    }
}

criterion_group!(benches, rotations, reads);
criterion_main!(benches);
