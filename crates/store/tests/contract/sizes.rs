//! What an account, a session and a line of the audit log take in a database, and a key in a cache.
//!
//! `./dev sizes` prints it for many rows, as docs/tuning.md has it. With few, as in the suite, it is held to what that page counts
//! on and the room that pages begin with.

use std::net::Ipv4Addr;
use std::sync::Arc;

use doorward_core::account::{EmailAddress, Profile, User, Username};
use doorward_core::audit::{AuditEvent, Deed};
use doorward_core::change::{Change, Changes};
use doorward_core::client::Client;
use doorward_core::password::PasswordHash;
use doorward_core::port::{Limiter, Quota, SessionMirror, Shown, SystemEntropy};
use doorward_core::session::Session;
use doorward_core::{Secret, SessionId, Ttl, UserId};
use doorward_store::{Cache, CacheOptions, MirroredSessions, SharedLimiter};
use doorward_testkit::RedisServer;

use crate::world::{NOW, World, session, user};

/// Of the length that argon2id's have by default.
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyEhIQ$dGhpcnR5LXR3byBieXRlcyBvZiBhbiBhbnN3ZXIhISE";
const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const AT_ONCE: usize = 500;

/// How many rows of each kind.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
fn rows() -> usize {
    std::env::var("DOORWARD_SIZES").ok().and_then(|rows| rows.parse().ok()).unwrap_or(2_000)
}

fn account(number: usize) -> User {
    let mut account = user("ada");
    account.id = UserId::new(NOW, &SystemEntropy);
    account.email = EmailAddress::parse(&format!("someone.{number}@example.com")).unwrap();
    account.username = Some(Username::parse(&format!("someone{number}")).unwrap());
    account.password = PasswordHash::from_text(HASH.into());
    account.profile = Profile { metadata: serde_json::Map::new(), ..account.profile };
    (account.profile.name, account.profile.picture) = (None, None);
    account
}

fn browser(number: usize) -> Client {
    let address = Ipv4Addr::from(0x0a00_0000 + u32::try_from(number).unwrap());
    Client::new(address.into(), BROWSER, SessionId::new(NOW, &SystemEntropy).to_string())
}

fn opened(user: &User, number: usize) -> Session {
    let client = browser(number);
    let (address, network) = (client.address_text(), client.network());
    Session { user_agent: BROWSER.to_owned(), address, network, ..session(user, NOW) }
}

fn line(user: &User, number: usize) -> AuditEvent {
    AuditEvent::new(NOW, Deed::LoginSucceeded, &browser(number), &SystemEntropy).about(user.id)
}

/// Applies all of it, many at once; gives the bytes of each.
async fn grow(world: &World, all: impl Iterator<Item = Changes>) -> usize {
    let (before, mut count) = (world.bytes().await, 0);
    let mut all = all.peekable();
    while all.peek().is_some() {
        let mut batch = Changes::new();
        for one in all.by_ref().take(AT_ONCE) {
            batch = batch.and(one);
            count += 1;
        }
        world.apply(batch).await.unwrap();
    }
    (world.bytes().await - before) / count
}

#[tokio::test]
async fn rows_take_what_the_arithmetic_of_memory_and_disk_counts_on() {
    let world = World::new().await;
    let accounts: Vec<User> = (0..rows()).map(account).collect();
    let sessions: Vec<Session> =
        accounts.iter().zip(0..).map(|(user, number)| opened(user, number)).collect();

    let adding = accounts.iter().map(|user| Change::AddUser(Box::new(user.clone())).into());
    let of_an_account = grow(&world, adding).await;
    let opening = sessions.iter().map(|session| {
        Change::OpenSession { session: Box::new(session.clone()), password_version: 1 }.into()
    });
    let of_a_session = grow(&world, opening).await;
    let lines = accounts.iter().zip(0..);
    let recording = lines.map(|(user, number)| Changes::new().recorded(line(user, number)));
    let of_a_line = grow(&world, recording).await;

    let engine = if world.is_typed() { "PostgreSQL" } else { "SQLite" };
    println!(
        "{engine}, {} rows of each: an account {of_an_account}, a session {of_a_session}, a line of the audit log {of_a_line} bytes",
        rows()
    );
    assert!(of_an_account < 1_200 && of_a_session < 1_800 && of_a_line < 1_800);
}

#[tokio::test]
async fn keys_take_what_the_arithmetic_of_a_cache_counts_on() {
    let server = RedisServer::start();
    let options = CacheOptions {
        url: Secret::new(server.url()),
        prefix: "doorward:".to_owned(),
        database: None,
        authority: None,
        timeout: Ttl::from_seconds(60),
    };
    let cache = Arc::new(Cache::open(&options).unwrap());
    let (limiter, mirror) = (SharedLimiter::new(cache.clone()), MirroredSessions::new(cache));
    let used = || -> usize {
        let told = server.command("INFO memory");
        told.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap()
    };
    let quota = Quota { burst: 1_000, refill: Ttl::from_minutes(60) };
    // What is made once for the connection and the scripts.
    limiter.reserve("first", quota, NOW).await.unwrap();
    let shown = || Shown {
        user: UserId::new(NOW, &SystemEntropy),
        session: SessionId::new(NOW, &SystemEntropy),
        given_at: NOW,
        ttl: Ttl::from_minutes(60),
    };
    mirror.show(shown()).await;

    let before = used();
    for number in 0..rows() {
        limiter.reserve(&number.to_string(), quota, NOW).await.unwrap();
    }
    let (of_a_meter, before) = ((used() - before) / rows(), used());
    for _ in 0..rows() {
        mirror.show(shown()).await;
    }
    let of_a_picture = (used() - before) / rows();

    println!("Redis, {} keys of each: a meter {of_a_meter}, a session shown {of_a_picture} bytes", rows());
    assert!(of_a_meter < 400 && of_a_picture < 500);
}
