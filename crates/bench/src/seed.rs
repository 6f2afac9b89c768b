//! Fills databases: through the API with a cheap hash, or straight through the store where a million rows are wanted.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use doorward_core::account::{EmailAddress, Profile, User};
use doorward_core::change::{Change, Changes};
use doorward_core::password::PasswordHash;
use doorward_core::port::{Clock, Entropy, Journal, SystemClock, SystemEntropy};
use doorward_core::session::Session;
use doorward_core::{Digest, SessionId, Ttl, UserId};
use doorward_store::{Sqlite, SqliteOptions};
use serde_json::{Value, json};

use crate::load::{Connection, post};

/// The password of every seeded account.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Settings for rows that are not about hashing: hashes that cost nothing, limits that nothing meets.
pub(crate) const CHEAP: &[(&str, &str)] = &[
    // Tokens name their issuer, and the port changes from start to start.
    ("DOORWARD__SERVER__PUBLIC_URL", "http://bench.localhost"),
    ("DOORWARD__CRYPTO__ARGON2_MEMORY", "64KiB"),
    ("DOORWARD__CRYPTO__ARGON2_PASSES", "1"),
    ("DOORWARD__CRYPTO__HASH_MAX_WAIT", "60s"),
    ("DOORWARD__TOKENS__ACCESS_TTL", "1d"),
    ("DOORWARD__LIMITS__LOGIN_PER_ACCOUNT_AND_NETWORK", "{ burst = 1000000, refill = \"1ms\" }"),
    ("DOORWARD__LIMITS__LOGIN_PER_ACCOUNT", "{ burst = 1000000, refill = \"1ms\" }"),
    ("DOORWARD__LIMITS__LOGIN_PER_NETWORK", "{ burst = 1000000, refill = \"1ms\" }"),
    ("DOORWARD__LIMITS__REGISTER_PER_NETWORK", "{ burst = 1000000, refill = \"1ms\" }"),
];
/// The same limits with the hashes of production.
pub(crate) const REAL_HASH: &[(&str, &str)] = &[CHEAP[0], CHEAP[5], CHEAP[6], CHEAP[7], CHEAP[8]];
/// Write sets that are on their way to the store at once.
const AT_ONCE: usize = 2_000;

/// The account number `n`.
pub(crate) fn email(n: usize) -> String {
    format!("user{n}@example.com")
}

/// What a login gave.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) cookie: String,
}

/// Makes the accounts `users` and logs in to each `logins` times; both over eight connections.
pub(crate) async fn logins(
    address: &str,
    users: std::ops::Range<usize>,
    logins: usize,
) -> Result<Vec<Login>> {
    let mut tasks = Vec::new();
    for lane in 0..8 {
        let (address, users) = (address.to_owned(), users.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut given = Vec::new();
            for user in users.filter(|user| user % 8 == lane) {
                let body = json!({ "email": email(user), "password": PASSWORD });
                connection.ask(&post("/api/v1/users", &body)).await?;
                for _ in 0..logins {
                    given.push(login(&mut connection, user).await?);
                }
            }
            anyhow::Ok(given)
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(all)
}

async fn login(connection: &mut Connection, user: usize) -> Result<Login> {
    let body = json!({ "identifier": email(user), "password": PASSWORD, "cookie": true });
    let answer = connection.ask(&post("/api/v1/login", &body)).await?;
    let tokens: Value = serde_json::from_slice(answer.body)?;
    let text = |name: &str| tokens[name].as_str().map(str::to_owned).context("no tokens");
    let (access, refresh) = (text("access_token")?, text("refresh_token")?);
    let head = String::from_utf8_lossy(answer.head);
    let (_, cookie) = head.split_once("__Host-doorward=").context("no cookie")?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    Ok(Login { access, refresh, cookie })
}

/// Adds accounts and one session for each straight to the database in `folder`, without a server. `hash` is the stored hash
/// of [`PASSWORD`].
pub(crate) async fn rows(folder: &Path, users: std::ops::Range<usize>, hash: &str) -> Result<()> {
    std::fs::create_dir_all(folder.join("data"))?;
    let store = Arc::new(Sqlite::open(&folder.join("data/doorward.db"), SqliteOptions::default())?);
    let mut waiting = tokio::task::JoinSet::new();
    for n in users {
        let (store, user) = (Arc::clone(&store), user(n, hash)?);
        let session = session(&user);
        let open = Change::OpenSession { session: Box::new(session), password_version: 1 };
        let changes = Changes::from(Change::AddUser(Box::new(user))).with(open);
        waiting.spawn(async move { store.apply(changes).await });
        if waiting.len() >= AT_ONCE {
            waiting.join_next().await.context("nothing waits")???;
        }
        if n % 100_000 == 0 && n > 0 {
            eprintln!("  {n} accounts");
        }
    }
    while let Some(done) = waiting.join_next().await {
        done??;
    }
    Ok(())
}

pub(crate) fn user(n: usize, hash: &str) -> Result<User> {
    let now = SystemClock.now();
    Ok(User {
        id: UserId::new(now, &SystemEntropy),
        email: EmailAddress::parse(&email(n))?,
        username: None,
        password: PasswordHash::from_text(hash.to_owned()),
        password_version: 1,
        profile: Profile::default(),
        is_active: true,
        is_verified: false,
        is_superuser: false,
        roles: Vec::new(),
        rights_version: 0,
        created_at: now,
        updated_at: now,
    })
}

pub(crate) fn session(user: &User) -> Session {
    let now = SystemClock.now();
    let id = SessionId::new(now, &SystemEntropy);
    Session {
        id,
        user_id: user.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now + Ttl::from_days(30),
        user_agent: "seed".to_owned(),
        address: "127.0.0.1".to_owned(),
        network: "127.0.0.1/32".to_owned(),
        refresh_digest: Digest::of(&random()),
        refresh_generation: 0,
        refreshed_at: now,
        cookie_digest: Some(Digest::of(&random())),
        scopes: None,
        client: None,
        given_in: None,
        ended_at: None,
        end_reason: None,
    }
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    bytes
}
