use std::sync::Arc;

use proptest::prelude::*;

use super::*;

const QUOTA: Quota = Quota { burst: 3, refill: Ttl::from_seconds(10) };

fn at(seconds: u32) -> Timestamp {
    Timestamp::from_millis(1_000_000) + Ttl::from_seconds(seconds)
}

#[tokio::test]
async fn a_burst_passes_and_the_next_one_is_told_how_long_to_wait() {
    let limiter = MemoryLimiter::default();
    for _ in 0..3 {
        limiter.reserve("k", QUOTA, at(0)).await.unwrap();
    }

    let limited = limiter.reserve("k", QUOTA, at(0)).await.unwrap_err();

    assert_eq!(limited.retry_after, Ttl::from_seconds(10));
    assert!(limiter.reserve("k", QUOTA, at(9)).await.is_err());
    assert!(limiter.reserve("k", QUOTA, at(10)).await.is_ok());
    assert!(limiter.reserve("k", QUOTA, at(10)).await.is_err());
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_nobody_out_and_lets_one_attempt_in() {
    let limiter = MemoryLimiter::default();
    limiter.reserve("k", QUOTA, at(3_600)).await.unwrap();

    assert!(limiter.reserve("k", QUOTA, at(0)).await.is_ok());
    let limited = limiter.reserve("k", QUOTA, at(0)).await.unwrap_err();

    assert_eq!(limited.retry_after, Ttl::from_seconds(10));
}

#[tokio::test]
async fn what_is_given_back_can_be_taken_again() {
    let limiter = MemoryLimiter::default();
    for _ in 0..100 {
        limiter.reserve("k", QUOTA, at(0)).await.unwrap();
        limiter.give_back("k", QUOTA, at(0)).await;
    }

    assert_eq!(limiter.held(), 0);
}

#[tokio::test]
async fn giving_back_more_than_was_taken_makes_no_credit() {
    let limiter = MemoryLimiter::default();
    for _ in 0..10 {
        limiter.give_back("k", QUOTA, at(0)).await;
    }

    for _ in 0..3 {
        limiter.reserve("k", QUOTA, at(0)).await.unwrap();
    }
    assert!(limiter.reserve("k", QUOTA, at(0)).await.is_err());
}

#[tokio::test]
async fn keys_do_not_share_a_meter() {
    let limiter = MemoryLimiter::default();

    for key in ["a", "b", "c", "d"] {
        limiter.reserve(key, Quota { burst: 1, ..QUOTA }, at(0)).await.unwrap();
    }
}

#[tokio::test]
async fn when_all_room_is_in_use_strangers_are_refused_and_room_comes_back() {
    let limiter = MemoryLimiter::with_room_for(64);
    for key in 0..1_000 {
        let _ = limiter.reserve(&key.to_string(), QUOTA, at(0)).await;
    }

    assert_eq!(limiter.held(), 64);
    assert_eq!(limiter.reserve("new", QUOTA, at(0)).await.unwrap_err().retry_after, FULL_PAUSE);
    assert!(limiter.reserve("new", QUOTA, at(60)).await.is_ok());
}

#[tokio::test]
async fn a_full_house_does_not_keep_out_those_who_are_in() {
    let limiter = MemoryLimiter::with_room_for(SHARDS);
    limiter.reserve("first", QUOTA, at(0)).await.unwrap();
    for key in 0..1_000 {
        let _ = limiter.reserve(&key.to_string(), QUOTA, at(0)).await;
    }

    assert!(limiter.reserve("first", QUOTA, at(0)).await.is_ok());
}

#[tokio::test]
async fn meters_that_ran_empty_make_way_without_being_asked_for() {
    let limiter = MemoryLimiter::default();

    for second in 0..100_000 {
        limiter.reserve(&second.to_string(), QUOTA, at(second)).await.unwrap();
    }

    assert!(limiter.held() <= SHARDS * SWEEP_FROM, "{}", limiter.held());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_callers_share_the_burst_and_no_more() {
    let limiter = Arc::new(MemoryLimiter::default());

    let racers: Vec<_> = (0..64)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            tokio::spawn(async move { limiter.reserve("k", QUOTA, at(0)).await.is_ok() })
        })
        .collect();
    let mut passed = 0;
    for racer in racers {
        passed += u32::from(racer.await.unwrap());
    }

    assert_eq!(passed, 3);
}

/// What somebody may do to a meter.
#[derive(Debug, Clone, Copy)]
enum Step {
    Reserve,
    GiveBack,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Reserve),
        1 => Just(Step::GiveBack),
        2 => (0_i64..2_000).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..200)
}

fn quotas() -> impl Strategy<Value = Quota> {
    (1_u32..20, 1_i64..1_000).prop_map(|(burst, refill)| Quota { burst, refill: Ttl::from_millis(refill) })
}

proptest! {
    /// The same limit told the other way round: a purse that holds `burst` coins of `refill` milliseconds each.
    #[test]
    fn a_meter_is_a_purse_that_fills_with_time(quota in quotas(), steps in steps()) {
        let (coin, full) = (quota.refill.as_millis(), quota.refill.as_millis() * i64::from(quota.burst));
        let (mut shard, mut now, mut purse) = (Shard::default(), 0_i64, full);

        for step in steps {
            match step {
                Step::Wait(span) => {
                    now += span;
                    purse = full.min(purse + span);
                }
                Step::GiveBack => {
                    shard.give_back("k", quota, now);
                    purse = full.min(purse + coin);
                }
                Step::Reserve if purse >= coin => {
                    prop_assert_eq!(shard.reserve("k", quota, now, 8), Ok(()));
                    purse -= coin;
                }
                Step::Reserve => {
                    let wait = Ttl::from_millis(coin - purse);
                    prop_assert_eq!(shard.reserve("k", quota, now, 8), Err(Limited { retry_after: wait }));
                }
            }
        }
    }

    #[test]
    fn whoever_waits_as_long_as_told_is_let_through_and_nobody_sooner(quota in quotas(), tries in 1_u32..50) {
        let mut shard = Shard::default();
        let told = (0..quota.burst + tries).find_map(|_| shard.reserve("k", quota, 0, 8).err());
        let wait = told.map_or(0, |limited| limited.retry_after.as_millis());

        prop_assert!(shard.reserve("k", quota, wait - 1, 8).is_err());
        prop_assert!(shard.reserve("k", quota, wait, 8).is_ok());
    }

    #[test]
    fn memory_is_bounded_whoever_comes_when(
        visits in prop::collection::vec((0_u16..500, 0_i64..500), 1..600),
    ) {
        let (mut shard, mut now) = (Shard::default(), 0);
        for (key, wait) in visits {
            now += wait;
            let _ = shard.reserve(&key.to_string(), QUOTA, now, 50);
            prop_assert!(shard.meters.len() <= 50);
        }
    }
}
