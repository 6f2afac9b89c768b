//! Keeps a node up with the database, which other processes change too: now and then, and at once when another node says so.
//!
//! What another node says is a hint: the database knows. While the channel carries what all nodes say, it is not looked between.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::Core;
use doorward_core::port::{Entropy, SystemEntropy};
use doorward_store::NewsChannel;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use super::keep_mirror;
use super::node::Node;

/// How often everything that other processes may have changed is looked for.
const FOLLOW: Duration = Duration::from_secs(1);
/// How long to wait when the database does not answer.
const REST: Duration = Duration::from_millis(500);
/// How often there is tidying up.
const TIDY: Duration = Duration::from_secs(60);

/// Begins to keep a node up, to wake those that share the cache with it, and to keep the picture of sessions true.
pub(super) fn start(Node { core, cache, mirror, .. }: &Node) {
    if let Some(mirror) = mirror {
        keep_mirror::start(core, mirror.clone());
    }
    let woken = Arc::new(Notify::new());
    let channel = cache.as_ref().map(|cache| {
        let mut name = [0; 16];
        SystemEntropy.fill(&mut name);
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let (channel, wake) = (NewsChannel::new(cache.clone(), name), woken.clone());
        tokio::spawn(channel.clone().listen(move || wake.notify_one()));
        tokio::spawn(tell(core.clone(), channel.clone()));
        channel
    });
    tokio::spawn(keep_up(core.clone(), woken, channel));
}

/// Does what has to be done now and then.
async fn keep_up(core: Arc<Core>, woken: Arc<Notify>, channel: Option<NewsChannel>) {
    let (mut follow, mut tidy) = (tokio::time::interval(FOLLOW), tokio::time::interval(TIDY));
    let mut look = tokio::time::interval(core.settings().revocations.look_every.into());
    for interval in [&mut follow, &mut tidy, &mut look] {
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let (mut since, mut looked) = (core.now(), core.now());
    loop {
        let done = tokio::select! {
            _ = follow.tick() => core.follow(since).await.map(|next| since = next),
            () = woken.notified() => core.follow(since).await.map(|next| since = next),
            _ = tidy.tick() => core.tidy().await,
            _ = look.tick() => if may_rest(&core, channel.as_ref()) {
                Ok(())
            } else {
                core.look_for_ends(looked).await.map(|next| looked = next)
            },
            () = core.look_wanted() => core.look_for_ends(looked).await.map(|next| looked = next),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "Could not keep up with the database; trying again");
            tokio::time::sleep(REST).await;
        }
    }
}

/// Whether nobody need look before [`FOLLOW`] is over: whatever ends elsewhere is told, and those who listen for signs of life
/// do not hear of an older moment for it.
fn may_rest(core: &Core, channel: Option<&NewsChannel>) -> bool {
    let Some(channel) = channel else { return false };
    let carries = channel.carries();
    metrics::gauge!("doorward_news_carried").set(f64::from(u8::from(carries)));
    carries && Duration::from(core.settings().revocations.heartbeat) >= FOLLOW
}

/// Wakes the other nodes whenever something was taken away here; what is taken away meanwhile is told after it.
async fn tell(core: Arc<Core>, channel: NewsChannel) {
    let mut taken_away = core.taken_away();
    while taken_away.changed().await.is_ok() {
        channel.tell().await;
    }
}
