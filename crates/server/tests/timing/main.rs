//! The time of an answer tells nothing of whether there is an account.
//!
//! Two kinds of requests in turn, many times; then a permutation test: were the labels exchanged at random, how often would
//! the medians lie as far apart as they do? Run by `./dev test-timing`, apart from the other tests: they would be noise.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use std::time::{Duration, Instant};

use doorward_testkit::{Call, TestApp};
use serde_json::json;

/// Requests of each kind.
const SAMPLES: usize = 400;
const PERMUTATIONS: usize = 4_000;
/// Farther apart in fewer than one of a thousand permutations is no noise,
const SIGNIFICANT: f64 = 0.001;
/// unless the difference is less than this part of the time itself: nobody measures that through a network.
const NEGLIGIBLE: f64 = 0.03;

/// Holds the times of `known` against those of `unknown`.
async fn compare(name: &str, known: impl Fn(usize) -> Call, unknown: impl Fn(usize) -> Call) {
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..SAMPLES * 2 {
        // In pairs whose order changes, so that neither kind is always the one that comes after the other.
        let kind = usize::from(number % 2 == 1) ^ usize::from(number / 2 % 2 == 1);
        let call = if kind == 0 { known(number) } else { unknown(number) };
        let started = Instant::now();
        call.await;
        times[kind].push(started.elapsed());
    }
    let [known, unknown] = times;
    let found = apart(&known, &unknown);
    let mut all: Vec<Duration> = known.iter().chain(&unknown).copied().collect();
    let middle = median(&mut all.clone());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut farther = 0;
    for _ in 0..PERMUTATIONS {
        for at in (1..all.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            all.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
        }
        farther += usize::from(apart(&all[..SAMPLES], &all[SAMPLES..]) >= found);
    }
    let chance = farther as f64 / PERMUTATIONS as f64;
    let part = found.as_secs_f64() / middle.as_secs_f64();
    println!("{name}: median {middle:?}, apart {found:?} ({:.1} %), p = {chance:.4}", part * 100.0);
    assert!(chance >= SIGNIFICANT || part < NEGLIGIBLE, "{name} tells accounts apart by time");
}

fn apart(one: &[Duration], other: &[Duration]) -> Duration {
    median(&mut one.to_vec()).abs_diff(median(&mut other.to_vec()))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn asking_for_a_reset() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let ask = |email: &str| app.post("/api/v1/password-reset").json(&json!({ "email": email }));

    compare("reset", |_| ask("ada@example.com"), |_| ask("eve@example.com")).await;
}

#[tokio::test]
async fn asking_for_a_verification() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let ask = |email: &str| app.post("/api/v1/email-verification").json(&json!({ "email": email }));

    compare("verification", |_| ask("ada@example.com"), |_| ask("eve@example.com")).await;
}

#[tokio::test]
async fn trying_a_password() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    let login = |name: &str| app.login(name, "not the password");

    compare("login", |_| login("ada"), |_| login("eve")).await;
}
