//! The connection to a server that speaks Redis's protocol (Redis, Valkey, Dragonfly): what nodes share and may lose.
//!
//! Whoever asks waits for the answer no longer than they were told to. After a fault the server counts as away: for a moment
//! nobody asks, then one caller at a time tries again. What it means that there is no answer is for the asker to say.
//!
//! Does not know what is kept there: see [`super::shared`] and [`super::news`].
//!
//! Invariant: nothing here decides who may come in. Whatever the server loses, forgets or makes up, the database knows better.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use doorward_core::{Secret, Ttl};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ConnectionInfo, FromRedisValue, IntoConnectionInfo, RedisError};

/// So long after a fault nobody asks.
const PAUSE: Duration = Duration::from_millis(500);
/// How long making a connection may take, which no request waits for.
const CONNECT: Duration = Duration::from_secs(2);
/// The server answers.
const WELL: i64 = i64::MIN;

/// Where the server is and how it is used.
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// `redis`, `rediss`, `valkey`, `valkeys` or `unix`, perhaps with a password.
    pub url: Secret<String>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// The database that meters are in, whatever the address says.
    pub database: Option<i64>,
    /// How long whoever asks waits for an answer.
    pub timeout: Ttl,
}

/// The address cannot be used; the text holds no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CacheError(String);

/// One server that nodes share.
pub struct Cache {
    client: Client,
    manager: ConnectionManager,
    prefix: String,
    timeout: Duration,
    started: Instant,
    /// [`WELL`], or not before which millisecond after the start somebody asks again.
    retry_at: AtomicI64,
}

impl fmt::Debug for Cache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cache")
            .field("prefix", &self.prefix)
            .field("is_well", &self.is_well())
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// Gets ready to use the server, which need not be there yet. Inside a tokio runtime.
    ///
    /// # Errors
    /// [`CacheError`] when the address has no form that can be used.
    pub fn open(options: &CacheOptions) -> Result<Self, CacheError> {
        let client = Client::open(address(options)?).map_err(|fault| unusable(&fault))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            // Each asker has a time of its own.
            .set_response_timeout(None)
            .set_number_of_retries(1);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|fault| unusable(&fault))?;
        Ok(Self {
            client,
            manager,
            prefix: options.prefix.clone(),
            timeout: Duration::from(options.timeout),
            started: Instant::now(),
            retry_at: AtomicI64::new(WELL),
        })
    }

    /// Makes the connection ahead of the first request; says in the log when there is nobody.
    pub async fn greet(&self) {
        let ping = redis::cmd("PING");
        if self.within(CONNECT, ping.query_async::<()>(&mut self.manager.clone())).await.is_some() {
            metrics::gauge!("doorward_cache_up").set(1.0);
            tracing::info!("The cache answers");
        }
    }

    /// Whether the last question was answered.
    pub fn is_well(&self) -> bool {
        self.retry_at.load(Ordering::Acquire) == WELL
    }

    /// `name` as the server knows it.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// The answer to a question, unless the server is away.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        question: impl AsyncFnOnce(ConnectionManager) -> Result<T, RedisError>,
    ) -> Option<T> {
        if !self.may_ask() {
            return None;
        }
        self.within(self.timeout, question(self.manager.clone())).await
    }

    /// While the server is away, one caller may ask each time the pause is over.
    fn may_ask(&self) -> bool {
        let retry_at = self.retry_at.load(Ordering::Acquire);
        if retry_at == WELL {
            return true;
        }
        let now = self.now();
        now >= retry_at
            && self
                .retry_at
                .compare_exchange(retry_at, now.saturating_add(pause()), Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
    }

    async fn within<T>(
        &self,
        time: Duration,
        answer: impl Future<Output = Result<T, RedisError>>,
    ) -> Option<T> {
        match tokio::time::timeout(time, answer).await {
            Ok(Ok(answer)) => {
                if self.retry_at.swap(WELL, Ordering::AcqRel) != WELL {
                    metrics::gauge!("doorward_cache_up").set(1.0);
                    tracing::info!("The cache answers again");
                }
                Some(answer)
            }
            Ok(Err(fault)) => self.goes_away(&fault.to_string()),
            Err(_elapsed) => self.goes_away("no answer in time"),
        }
    }

    fn goes_away<T>(&self, fault: &str) -> Option<T> {
        metrics::gauge!("doorward_cache_up").set(0.0);
        let until = self.now().saturating_add(pause());
        if self.retry_at.swap(until, Ordering::AcqRel) == WELL {
            tracing::warn!(
                fault,
                "The cache does not answer: this node goes by itself, with stricter limits"
            );
        }
        None
    }

    fn now(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

fn pause() -> i64 {
    i64::try_from(PAUSE.as_millis()).unwrap_or(i64::MAX)
}

/// The address with the database that goes before the one in it.
fn address(options: &CacheOptions) -> Result<ConnectionInfo, CacheError> {
    let info = options.url.expose().as_str().into_connection_info().map_err(|fault| unusable(&fault))?;
    Ok(match options.database {
        Some(database) => {
            let settings = info.redis_settings().clone().set_db(database);
            info.set_redis_settings(settings)
        }
        None => info,
    })
}

/// The kind of fault alone: its words may repeat the address and the password in it.
fn unusable(fault: &RedisError) -> CacheError {
    CacheError(format!("this address cannot be used ({:?})", fault.kind()))
}
