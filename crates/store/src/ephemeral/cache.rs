//! What nodes share and may lose: a server that speaks Redis's protocol (Redis, Valkey, Dragonfly), and the line to it.
//!
//! Whoever asks waits for the answer no longer than they were told to, and never for a line to be made: that is done beside. After
//! a fault the server counts as away until a new line is there. What it means that there is no answer is for the asker to say.
//!
//! Does not know what is kept there: see [`super::shared`] and [`super::news`]; nor where it is: see [`super::place`].
//!
//! Invariant: nothing here decides who may come in. Whatever the server loses, forgets or makes up, the database knows better.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use doorward_core::{Secret, Ttl};
use redis::aio::PubSub;
use redis::{FromRedisValue, RedisError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::place::{Line, Place};

/// So long after a fault nobody asks.
const PAUSE: Duration = Duration::from_millis(500);
/// How long making a line may take in all, which no request waits for.
const DIAL: Duration = Duration::from_secs(5);
/// How often a line that nobody uses is tried, and how long that may take.
const TRY: Duration = Duration::from_secs(1);

/// Where the server is and how it is used.
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// `redis`, `rediss` or `unix`, perhaps with a password; `redis-sentinel://host,host/service`, `redis-cluster://host,host`, and
    /// `rediss-` for TLS.
    pub url: Secret<String>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// The database that meters are in, whatever the address says. A cluster has but one.
    pub database: Option<i64>,
    /// The PEM of the authorities that may have signed the server's certificate, in place of the system's.
    pub authority: Option<Vec<u8>>,
    /// How long whoever asks waits for an answer.
    pub timeout: Ttl,
}

/// The address cannot be used; the text holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CacheError(String);

impl CacheError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// One server that nodes share, or many that are as one.
pub struct Cache {
    dialer: Arc<Dialer>,
    task: JoinHandle<()>,
    prefix: String,
    timeout: Duration,
}

/// Sees to it that there is a line.
struct Dialer {
    place: Place,
    state: watch::Sender<State>,
    /// How many lines were made.
    lines: AtomicU64,
}

#[derive(Clone)]
enum State {
    /// The first line is being made.
    Seeking,
    /// The line of this number is good.
    Well(u64, Line),
    /// Nobody answers, since then.
    Away(Instant),
}

impl fmt::Debug for Cache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cache")
            .field("kind", &self.kind())
            .field("prefix", &self.prefix)
            .field("is_well", &self.is_well())
            .finish_non_exhaustive()
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Cache {
    /// Begins to make a line to the server, which need not be there yet. Inside a tokio runtime.
    ///
    /// # Errors
    /// [`CacheError`] when the address has no form that can be used.
    pub fn open(options: &CacheOptions) -> Result<Self, CacheError> {
        let place = Place::parse(options)?;
        metrics::gauge!("doorward_cache_info", "kind" => place.kind()).set(1.0);
        let dialer =
            Arc::new(Dialer { place, state: watch::Sender::new(State::Seeking), lines: AtomicU64::new(0) });
        let task = tokio::spawn(Arc::clone(&dialer).keep_a_line());
        Ok(Self { dialer, task, prefix: options.prefix.clone(), timeout: options.timeout.into() })
    }

    /// `single`, `sentinel` or `cluster`.
    pub fn kind(&self) -> &'static str {
        self.dialer.place.kind()
    }

    /// Whether the last question was answered.
    pub fn is_well(&self) -> bool {
        matches!(*self.dialer.state.borrow(), State::Well(..))
    }

    /// For how long nobody has answered; `None` while somebody does.
    pub fn away_for(&self) -> Option<Duration> {
        match *self.dialer.state.borrow() {
            State::Away(since) => Some(since.elapsed()),
            _ => None,
        }
    }

    /// How many lines were made: another one may lead to a server that has lost something, or has it again.
    pub(super) fn lines_made(&self) -> u64 {
        self.dialer.lines.load(Ordering::Acquire)
    }

    /// `name` as the server knows it.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A line on which messages come.
    pub(super) async fn listen(&self) -> Result<PubSub, RedisError> {
        self.dialer.place.listen().await
    }

    /// The answer to a question, unless the server is away.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        question: impl AsyncFnOnce(Line) -> Result<T, RedisError>,
    ) -> Option<T> {
        self.dialer.ask(self.timeout, question).await
    }
}

impl Dialer {
    async fn ask<T>(
        &self,
        time: Duration,
        question: impl AsyncFnOnce(Line) -> Result<T, RedisError>,
    ) -> Option<T> {
        let mut number = 0;
        let answer = timeout(time, async {
            let (known, line) = self.line().await?;
            number = known;
            Some(question(line).await)
        });
        match answer.await {
            Ok(None) => None,
            Ok(Some(Ok(answer))) => Some(answer),
            Ok(Some(Err(fault))) => self.goes_away(number, &fault.to_string()),
            Err(_elapsed) => self.goes_away(number, "no answer in time"),
        }
    }

    /// The line and its number. The first one is waited for, others are there or not.
    async fn line(&self) -> Option<(u64, Line)> {
        if matches!(*self.state.borrow(), State::Seeking) {
            let _ = self.state.subscribe().wait_for(|state| !matches!(state, State::Seeking)).await;
        }
        match &*self.state.borrow() {
            State::Well(number, line) => Some((*number, line.clone())),
            _ => None,
        }
    }

    /// Nobody answers on the line of this number, or there is none yet.
    fn goes_away<T>(&self, failed: u64, fault: &str) -> Option<T> {
        let is_news = self.state.send_if_modified(|state| {
            let is_the_line = match state {
                State::Seeking => true,
                State::Well(number, _) => *number == failed,
                State::Away(_) => false,
            };
            if is_the_line {
                *state = State::Away(Instant::now());
            }
            is_the_line
        });
        if is_news {
            metrics::gauge!("doorward_cache_up").set(0.0);
            tracing::warn!(
                fault,
                "The cache does not answer: this node goes by itself, with stricter limits"
            );
        }
        None
    }

    /// Makes a line, and another one whenever it has failed. Never ends.
    async fn keep_a_line(self: Arc<Self>) {
        loop {
            let number = self.lines.load(Ordering::Acquire);
            match timeout(DIAL, self.place.dial()).await {
                Ok(Ok(line)) => {
                    self.lines.store(number + 1, Ordering::Release);
                    self.state.send_replace(State::Well(number + 1, line));
                    metrics::gauge!("doorward_cache_up").set(1.0);
                    tracing::info!("The cache answers");
                    self.watch_over().await;
                }
                Ok(Err(fault)) => drop(self.goes_away::<()>(number, &fault.to_string())),
                Err(_elapsed) => drop(self.goes_away::<()>(number, "no line in time")),
            }
            sleep(PAUSE).await;
        }
    }

    /// Tries the line now and then; done when it has failed.
    async fn watch_over(&self) {
        let mut state = self.state.subscribe();
        loop {
            let failed = state.wait_for(|state| matches!(state, State::Away(_)));
            if timeout(TRY, failed).await.is_ok() {
                return;
            }
            let ping = async |mut line: Line| redis::cmd("PING").query_async::<()>(&mut line).await;
            let _ = self.ask(TRY, ping).await;
        }
    }
}
