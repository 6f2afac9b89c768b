//! Keeps the picture of the living sessions true: takes out what has ended, and says that somebody sees to it.
//!
//! Each node does this with all that it hears of, so what one of them cannot tell another one does.
//!
//! Invariant: the picture is called alive only after everything was taken out that this node knows to have ended.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::Core;
use doorward_store::{ForAll, MirroredSessions};
use tokio::time::MissedTickBehavior;

/// How often somebody says that they see to it.
const BEAT: Duration = Duration::from_secs(1);

/// Begins to keep `mirror` true.
pub(super) fn start(core: &Arc<Core>, mirror: MirroredSessions) {
    let keeper = Keeper { core: core.clone(), mirror, told: 0, line: 0, for_all: ForAll::default() };
    tokio::spawn(keeper.keep());
}

struct Keeper {
    core: Arc<Core>,
    mirror: MirroredSessions,
    /// All ends up to this number were taken out, on the line of that number.
    told: u64,
    line: u64,
    for_all: ForAll,
}

impl Keeper {
    async fn keep(mut self) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let core = self.core.clone();
        loop {
            let written = core.news_written();
            if self.tell().await {
                self.mirror.keep_alive(&self.for_all).await;
            }
            tokio::select! {
                () = written => {}
                _ = beat.tick() => {}
            }
        }
    }

    /// Takes out what has ended since the last time; after a fault all that may still matter, as the cache may have brought it back.
    async fn tell(&mut self) -> bool {
        let line = self.mirror.lines_made();
        if line != self.line {
            self.told = 0;
        }
        loop {
            let (next, ends) = self.core.ended_after(self.told);
            ends.iter().for_each(|end| self.for_all.note(end));
            if !self.mirror.take_out(&ends, self.core.ends_matter_for()).await {
                self.told = 0;
                return false;
            }
            self.told = next;
            if ends.is_empty() {
                self.line = line;
                return self.mirror.lines_made() == line;
            }
        }
    }
}
