//! Those who listen for what has ended: how many, and how each is told.
//!
//! Does not know how news travel: an API route and a gRPC method hand on what comes from here.
//!
//! Invariant: a listener that does not take what it is told loses its place; nobody is waited for, and nothing is kept for
//! one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_core::revocation::{News, NewsReader};
use doorward_core::{Code, Error, Ttl};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};

use crate::app::AppState;

/// News that are under way to one listener.
const UNDER_WAY: usize = 8;
/// How long a listener may take for one of them.
const PATIENCE: Duration = Duration::from_secs(10);
/// When to come back where there is no place.
const COME_BACK: Ttl = Ttl::from_seconds(5);

/// The places for listeners.
#[derive(Debug)]
pub(crate) struct Places(Arc<Semaphore>);

impl Places {
    /// So many.
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }
}

/// Tells somebody what ends from now on, and before it what they have missed since `place`. Whenever `may_listen` refuses,
/// the news end; they end when the server stops, too.
///
/// # Errors
/// [`Code::Overloaded`] when too many listen already.
pub(crate) fn listen(
    app: &AppState,
    place: Option<&str>,
    may_listen: impl Fn(&AppState) -> Result<(), Error> + Send + 'static,
) -> Result<Receiver<News>, Error> {
    let seat = Arc::clone(&app.listeners.0).try_acquire_owned();
    let seat = seat.map_err(|_| {
        Error::new(Code::Overloaded, "As many listen for revocations as this server takes.")
            .retry_after(COME_BACK)
    })?;
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    let listener =
        Listener { app: app.clone(), reader: app.core.listen_for_news(place), sender, _seat: seat };
    tokio::spawn(listener.serve(may_listen));
    Ok(receiver)
}

struct Listener {
    app: AppState,
    reader: NewsReader,
    sender: Sender<News>,
    _seat: OwnedSemaphorePermit,
}

impl Listener {
    async fn serve(mut self, may_listen: impl Fn(&AppState) -> Result<(), Error> + Send + 'static) {
        let core = Arc::clone(&self.app.core);
        let every = Duration::from(core.settings().revocations.heartbeat);
        // The first tick comes at once: a listener knows where it stands from the beginning.
        let mut heartbeat = tokio::time::interval(every);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let written = core.news_written();
            let is_over = self.app.is_draining.load(Ordering::Acquire) || may_listen(&self.app).is_err();
            if is_over || !self.tell_all().await {
                return;
            }
            tokio::select! {
                () = written => {}
                _ = heartbeat.tick() => if !self.tell_of_life().await { return },
                () = self.sender.closed() => return,
            }
        }
    }

    /// Tells what has not been told; says whether the listener takes it.
    async fn tell_all(&mut self) -> bool {
        loop {
            match self.app.core.next_news(&mut self.reader) {
                Ok(None) => return true,
                Ok(Some(news)) => {
                    if !self.tell(news).await {
                        return false;
                    }
                }
                Err(error) => return self.give_up(&error),
            }
        }
    }

    async fn tell_of_life(&mut self) -> bool {
        loop {
            match self.app.core.heartbeat(&self.reader) {
                Ok(Some(news)) => return self.tell(news).await,
                Ok(None) => {
                    if !self.tell_all().await {
                        return false;
                    }
                }
                Err(error) => return self.give_up(&error),
            }
        }
    }

    async fn tell(&self, news: News) -> bool {
        let started = Instant::now();
        let is_told = self.sender.send_timeout(news, PATIENCE).await.is_ok();
        if !is_told && started.elapsed() >= PATIENCE {
            tracing::warn!("A listener for revocations takes too long and is let go");
        }
        is_told
    }

    #[expect(clippy::unused_self, reason = "reads as what happens")]
    fn give_up(&self, error: &Error) -> bool {
        tracing::error!(%error, "Cannot tell of revocations");
        false
    }
}
