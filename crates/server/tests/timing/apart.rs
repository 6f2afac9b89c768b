//! Whether two kinds of requests can be told apart by the time of their answers.

use std::time::{Duration, Instant};

/// Requests of each kind in a round.
const SAMPLES: usize = 500;
/// Requests of each kind before the first round, which find everything cold.
const WARM_UP: usize = 50;
const PERMUTATIONS: usize = 2_000;
/// A difference has to be found in each of so many rounds,
const ROUNDS: usize = 4;
/// each time farther apart than all but this part of the permutations,
const SIGNIFICANT: f64 = 0.01;
/// and by more than this part of the time itself: nobody measures less through a network.
const NEGLIGIBLE: f64 = 0.03;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing that stays.
    Alike,
    /// The same kind is slower each time.
    Apart,
}

/// The answering times of each kind.
type Times = [Vec<Duration>; 2];

/// Holds the times of `one` against those of `other`.
pub(crate) async fn compare<A, B>(name: &str, one: impl Fn() -> A, other: impl Fn() -> B) -> Verdict
where
    A: IntoFuture,
    B: IntoFuture,
{
    sample(WARM_UP, &one, &other).await;
    let mut slower = None;
    for round in 1..=ROUNDS {
        let times = sample(SAMPLES, &one, &other).await;
        let found = difference(name, round, &times);
        if found.is_none() || slower.is_some_and(|before| found != Some(before)) {
            return Verdict::Alike;
        }
        slower = found;
    }
    Verdict::Apart
}

/// Requests in pairs whose order changes, so that neither kind is always the one that comes after the other.
async fn sample<A, B>(count: usize, one: impl Fn() -> A, other: impl Fn() -> B) -> Times
where
    A: IntoFuture,
    B: IntoFuture,
{
    let mut times = [Vec::with_capacity(count), Vec::with_capacity(count)];
    for number in 0..count * 2 {
        let kind = usize::from(number % 2 == 1) ^ usize::from(number / 2 % 2 == 1);
        let started = Instant::now();
        if kind == 0 {
            one().await;
        } else {
            other().await;
        }
        times[kind].push(started.elapsed());
    }
    times
}

/// The kind that is slower in this round, if one is.
fn difference(name: &str, round: usize, times: &Times) -> Option<usize> {
    let [one, other] = times;
    let (low, high) = (quartile(one), quartile(other));
    let found = low.abs_diff(high);
    let mut all: Vec<Duration> = one.iter().chain(other).copied().collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut farther = 0;
    for _ in 0..PERMUTATIONS {
        for at in (1..all.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            all.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
        }
        let (left, right) = all.split_at(one.len());
        farther += usize::from(quartile(left).abs_diff(quartile(right)) >= found);
    }
    let chance = farther as f64 / PERMUTATIONS as f64;
    let part = found.as_secs_f64() / low.min(high).as_secs_f64();
    println!("{name}, round {round}: {low:?} and {high:?} ({:.1} % apart), p = {chance:.4}", part * 100.0);
    (chance < SIGNIFICANT && part > NEGLIGIBLE).then_some(usize::from(high > low))
}

/// The time that a quarter of `times` stay below.
fn quartile(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    let at = times.len() / 4;
    *times.select_nth_unstable(at).1
}
