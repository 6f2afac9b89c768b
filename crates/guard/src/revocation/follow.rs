//! Hears the news for as long as somebody wants to know: connects, checks, enters, and comes back after a loss.
//!
//! Invariant: what is not signed by the issuer changes nothing, and ends the connection it came over.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use serde_json::Value;

use super::events::Events;
use super::news::Shared;
use super::progress::{Progress, Step};
use super::record::{Record, TYP};
use super::source::NewsBody;

/// How long to wait before the first new attempt, and before the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// The least time for the next piece of news.
const SILENCE_MIN: Duration = Duration::from_secs(5);
/// How long it may take until the news are open.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Follows the news until nobody holds them any more.
pub(super) async fn follow(shared: Arc<Shared>) {
    let mut progress = Progress::default();
    let mut pause = PAUSES.0;
    while is_wanted(&shared) {
        let was_alive = shared.heartbeats();
        let fault = hear(&shared, &mut progress).await;
        if !is_wanted(&shared) {
            return;
        }
        progress.interrupt();
        if shared.heartbeats() != was_alive {
            pause = PAUSES.0;
        }
        tracing::warn!(%fault, "News of revocations have broken off; trying again");
        tokio::time::sleep(spread(pause)).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Whether anybody but the follower itself holds the news.
fn is_wanted(shared: &Arc<Shared>) -> bool {
    Arc::strong_count(shared) > 1
}

/// Up to half as long again: not all services come back at the same moment.
fn spread(pause: Duration) -> Duration {
    let share = u32::try_from(RandomState::new().hash_one(0_u8) % 512).unwrap_or_default();
    pause + pause * share / 1024
}

/// Hears one connection to its end; gives what ended it.
async fn hear(shared: &Arc<Shared>, progress: &mut Progress) -> String {
    let opened = tokio::time::timeout(OPEN_TIMEOUT, shared.source.open(progress.place().as_deref())).await;
    let mut body: NewsBody = match opened {
        Ok(Ok(body)) => body,
        Ok(Err(fault)) => return fault.to_string(),
        Err(_elapsed) => return "the news do not open in time".to_owned(),
    };
    let mut events = Events::default();
    while is_wanted(shared) {
        let silence = shared.bound().max(SILENCE_MIN);
        let frame = match tokio::time::timeout(silence, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(fault))) => return fault.to_string(),
            Ok(None) => return "the issuer has ended the connection".to_owned(),
            Err(_elapsed) => return "nothing was heard for too long".to_owned(),
        };
        let Some(bytes) = frame.data_ref() else { continue };
        let Ok(whole) = events.push(bytes) else { return "an event is longer than any is".to_owned() };
        for signed in whole {
            if let Err(fault) = take(shared, progress, &signed).await {
                return fault;
            }
        }
    }
    String::new()
}

/// Believes one piece of news, if it is signed.
async fn take(shared: &Shared, progress: &mut Progress, signed: &str) -> Result<(), String> {
    let now = shared.clock.now();
    let claims = shared.issuer.verify_as(TYP, signed, now).await;
    let claims = claims.map_err(|fault| format!("a piece of news is not believed: {fault}"))?;
    let record: Record = serde_json::from_value(Value::Object(claims))
        .map_err(|_| "a piece of news is not of the documented form".to_owned())?;
    match progress.take(&record) {
        Step::Enter(ended) => shared.book.enter(ended, (record.iat, record.exp), now),
        Step::Alive { lag, bound } => {
            shared.note_alive(now, lag, bound);
            shared.book.tidy(now);
        }
        Step::Nothing => {}
        Step::Lost => {
            progress.lose();
            return Err("something was missed; starting over".to_owned());
        }
    }
    Ok(())
}
