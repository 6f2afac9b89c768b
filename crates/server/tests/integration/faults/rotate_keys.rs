//! Signing keys follow one another faster than anybody would let them, on two nodes under load.
//!
//! The nodes' clock is turned on by minutes after each rotation, so that keys begin and cease to sign while the clients look.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Instant;

use doorward_testkit::{RealServer, UNHINDERED, free_folder, from_base64url};
use serde_json::Value;

use super::load::{Talk, rest, text};
use super::turn_clock::TurnedClock;
use super::{BINARY, PATIENCE, rounds};
use crate::cli::doorward_with;

/// How far the clock is turned each time, in seconds: a key begins to sign at the third turn, and ceases at its third.
const TURN: i64 = 240;
/// How old a token may be, in seconds: a little less than it lives, since the clock is turned while it is on its way.
const YOUNG: i64 = 580 - TURN;

/// What clients have seen.
#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    turned: AtomicI64,
    checked: AtomicUsize,
    signers: parking_lot::Mutex<BTreeSet<String>>,
}

/// Takes tokens from one node after the other, and shows each to both for as long as it is young.
async fn check_tokens(seen: Arc<Seen>, nodes: [Talk; 2], email: String) {
    let mut tokens: VecDeque<(String, i64)> = VecDeque::new();
    for turn in 0.. {
        let born = seen.turned.load(Ordering::Acquire);
        let token = text(&nodes[turn % 2].login(&email).await.unwrap(), "access_token");
        seen.signers.lock().insert(signer(&token));
        tokens.push_back((token, born));
        let keys = [published(&nodes[0]).await, published(&nodes[1]).await];
        for (token, born) in &tokens {
            for (node, keys) in nodes.iter().zip(&keys) {
                let verdict = node.verdict(token).await;
                if seen.turned.load(Ordering::Acquire) - born <= YOUNG {
                    assert_eq!(
                        verdict,
                        Some(200),
                        "a token of {} s",
                        seen.turned.load(Ordering::Acquire) - born
                    );
                    assert!(keys.contains(&signer(token)), "its key is published for as long");
                    seen.checked.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        let now = seen.turned.load(Ordering::Acquire);
        tokens.retain(|(_, born)| now - born <= YOUNG);
        tokens.truncate(20);
        if seen.stop.load(Ordering::Relaxed) {
            return;
        }
        rest().await;
    }
}

/// The key that has signed `token`.
fn signer(token: &str) -> String {
    let head: Value = serde_json::from_slice(&from_base64url(token.split('.').next().unwrap())).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

/// The keys that a node publishes.
async fn published(node: &Talk) -> Vec<String> {
    let (_, keys) = node.ask("/.well-known/jwks.json", "", None).await.unwrap();
    keys["keys"].as_array().unwrap().iter().map(|key| text(key, "kid")).collect()
}

async fn until_published(nodes: &[Talk; 2], kid: &str) {
    let began = Instant::now();
    for node in nodes {
        while !published(node).await.iter().any(|known| known == kid) {
            assert!(began.elapsed() < PATIENCE, "a node does not follow");
            rest().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_valid_token_is_refused_while_one_key_follows_the_other() {
    let (shared, folders) = (free_folder(), [free_folder(), free_folder()]);
    let clock = TurnedClock::new(shared.path());
    let settings = settings(shared.path());
    let start = |at: usize| RealServer::start_with(BINARY, folders[at].path(), &settings, &clock.variables());
    let servers = [start(0), start(1)];
    let nodes = [Talk::to(&[&servers[0]]), Talk::to(&[&servers[1]])];
    let first = published(&nodes[0]).await;
    let (seen, turns) = (Arc::new(Seen::default()), if rounds() > 2 { rounds() * 5 } else { 8 });
    let mut clients = Vec::new();
    for _ in 0..if rounds() > 2 { 8 } else { 3 } {
        let email = nodes[0].register().await.unwrap();
        clients.push(tokio::spawn(check_tokens(seen.clone(), nodes.clone(), email)));
    }

    for turn in 1..=turns {
        let rotated = doorward_with(folders[0].path(), &["keys", "rotate"], &clock.variables(), "");
        until_published(&nodes, rotated.done().trim()).await;
        let turned = TURN * i64::try_from(turn).unwrap();
        // First told, then done: a token is never younger than its client believes.
        clock.turn_to(turned);
        seen.turned.store(turned, Ordering::Release);
        let (began, enough) = (Instant::now(), seen.checked.load(Ordering::Relaxed) + 20);
        while seen.checked.load(Ordering::Relaxed) < enough
            && !clients.iter().any(|client| client.is_finished())
        {
            assert!(began.elapsed() < PATIENCE, "the clients get no answers");
            rest().await;
        }
    }

    seen.stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no valid token was refused");
    }
    let signers = seen.signers.lock().len();
    println!(
        "key rotation: {turns} rotations, {signers} keys have signed, {} checks, 0 valid tokens refused",
        seen.checked.load(Ordering::Relaxed)
    );
    assert!(signers > 2, "keys have followed one another");
    assert!(!published(&nodes[0]).await.contains(&first[0]), "the first one is gone");
}

fn settings(shared: &Path) -> String {
    let path = shared.display();
    let crypto = format!("[crypto]\nmaster_key_file = \"{path}/master.key\"\n");
    UNHINDERED.replace("[crypto]\n", &crypto)
        + &format!(
            "[database]\nurl = \"sqlite:{path}/doorward.db\"\n[server]\npublic_url = \"http://auth.example\"\n\
             insecure_plain_http = true\n"
        )
}
