//! The news as an application holds them, and what they say of a token.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::book::Book;
use super::follow::follow;
use super::source::{HttpNews, NewsSource};
use crate::clock::{Clock, SystemClock};
use crate::guards::{Jwt, Revocations, Standing, TokenFacts};
use crate::secret::Secret;
use crate::soon::Waiting;

/// The ends that are kept one by one unless told: some 40 MiB when all of them are there.
const CAPACITY: usize = 200_000;
/// Nothing was heard yet.
const NEVER: i64 = i64::MIN;
/// What is taken for the bound before the issuer has said it, in seconds.
const BOUND: i64 = 10;

/// News of revocations that are about to be heard; made by [`Jwt::revocation_news`].
pub struct NewsBuilder {
    issuer: Jwt,
    address: String,
    key: Secret,
    source: Option<Arc<dyn NewsSource>>,
    clock: Arc<dyn Clock>,
    capacity: usize,
}

impl std::fmt::Debug for NewsBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NewsBuilder").field("address", &self.address).finish_non_exhaustive()
    }
}

impl NewsBuilder {
    pub(crate) fn new(issuer: Jwt, address: String) -> Self {
        let (key, clock) = (Secret::default(), Arc::new(SystemClock));
        Self { issuer, address, key, source: None, clock, capacity: CAPACITY }
    }

    /// Shows the issuer this API key.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.key = key.into();
        self
    }

    /// Hears the news from here.
    #[must_use]
    pub fn source(mut self, source: impl NewsSource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Takes the time from `clock`: the one of [`GuardsBuilder::clock`](crate::GuardsBuilder::clock), if that is not the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Keeps so many ends one by one; 200,000 unless told. Beyond it, tokens of the time of the oldest ones are refused as a
    /// whole, and their holders fetch new ones.
    #[must_use]
    pub fn capacity(mut self, ends: usize) -> Self {
        self.capacity = ends;
        self
    }

    /// The news, and the work of hearing them: give it to a task, which ends when nobody holds the news any more.
    pub fn start(self) -> (RevocationNews, impl Future<Output = ()> + Send + 'static) {
        let source = self.source.unwrap_or_else(|| Arc::new(HttpNews::new(self.address, self.key)));
        let shared = Arc::new(Shared {
            issuer: self.issuer,
            source,
            clock: self.clock,
            book: Book::new(self.capacity),
            known_at: AtomicI64::new(NEVER),
            bound: AtomicI64::new(BOUND),
            heartbeats: AtomicU64::new(0),
            alive: Notify::new(),
        });
        let following: Waiting<()> = Box::pin(follow(shared.clone()));
        (RevocationNews(shared), following)
    }
}

/// What is shared by whoever hears the news, and those who ask.
pub(super) struct Shared {
    pub(super) issuer: Jwt,
    pub(super) source: Arc<dyn NewsSource>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) book: Book,
    /// Up to when everything is known: when the last sign of life came, less what it was late, in seconds since 1970.
    known_at: AtomicI64,
    /// How long it is good, as the issuer says, in seconds.
    bound: AtomicI64,
    heartbeats: AtomicU64,
    alive: Notify,
}

impl Shared {
    pub(super) fn note_alive(&self, now: i64, lag: i64, bound: i64) {
        let seconds = |millis: i64| millis.max(0).saturating_add(999) / 1000;
        self.bound.store(seconds(bound), Ordering::Release);
        self.known_at.store(now.saturating_sub(seconds(lag)), Ordering::Release);
        self.heartbeats.fetch_add(1, Ordering::AcqRel);
        self.alive.notify_waiters();
    }

    pub(super) fn heartbeats(&self) -> u64 {
        self.heartbeats.load(Ordering::Acquire)
    }

    pub(super) fn bound(&self) -> Duration {
        Duration::from_secs(self.bound.load(Ordering::Acquire).unsigned_abs())
    }

    fn is_fresh(&self, now: i64, within: Option<i64>) -> bool {
        let known_at = self.known_at.load(Ordering::Acquire);
        let bound = within.unwrap_or_else(|| self.bound.load(Ordering::Acquire));
        known_at != NEVER && now.saturating_sub(known_at) <= bound
    }
}

/// News of revocations, heard from the issuer while they happen; its clones are the same news.
///
/// ```no_run
/// use doorward_guard::guards::Jwt;
/// use doorward_guard::{Guards, WhenStale, any, get};
///
/// # async fn example(key: String) -> Result<(), doorward_guard::BuildError> {
/// let people = Jwt::issuer("https://auth.example", "doorward");
/// let (news, hearing) = people.revocation_news("https://auth.example/api/v1/revocations").api_key(key).start();
/// tokio::spawn(hearing);
/// let guards = Guards::builder()
///     // Without news, nobody is let in.
///     .guard("people", people.clone().revocations(news.when_stale(WhenStale::FailClosed)))
///     // Without news, a token is believed until it ends.
///     .guard("readers", people.revocations(news.when_stale(WhenStale::FailOpen)))
///     .rule(any(), "/*", "people")
///     .rule(get(), "/articles/*", "readers")
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RevocationNews(Arc<Shared>);

impl std::fmt::Debug for RevocationNews {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RevocationNews").field("is_fresh", &self.is_fresh()).finish_non_exhaustive()
    }
}

impl RevocationNews {
    /// What a guard asks about each token; `when_stale` says what becomes of one when the news are too old to tell.
    pub fn when_stale(&self, when_stale: WhenStale) -> RevocationWatch {
        RevocationWatch { news: self.clone(), when_stale, within: None }
    }

    /// Whether everything is known that has ended, within the bound that the issuer states.
    pub fn is_fresh(&self) -> bool {
        self.0.is_fresh(self.0.clock.now(), None)
    }

    /// Done when everything is known for the first time, or again.
    pub async fn ready(&self) {
        loop {
            let alive = self.0.alive.notified();
            if self.is_fresh() {
                return;
            }
            alive.await;
        }
    }

    /// How many ends are known one by one.
    pub fn len(&self) -> usize {
        self.0.book.len()
    }

    /// Whether no end is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What becomes of a token when it is not known whether it was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenStale {
    /// It is refused with 503: whether it is good cannot be told.
    FailClosed,
    /// It is believed until it ends, unless its end was heard of before.
    FailOpen,
}

/// News of revocations, and what to do when they are too old: one for each guard, and so for each rule.
#[derive(Debug, Clone)]
pub struct RevocationWatch {
    news: RevocationNews,
    when_stale: WhenStale,
    within: Option<i64>,
}

impl RevocationWatch {
    /// The news are too old after `bound`, whatever the issuer says; whole seconds count.
    #[must_use]
    pub fn within(mut self, bound: Duration) -> Self {
        self.within = Some(i64::try_from(bound.as_secs()).unwrap_or(i64::MAX));
        self
    }
}

impl Revocations for RevocationWatch {
    fn is_revoked(&self, token: &TokenFacts) -> bool {
        self.news.0.book.is_revoked(token)
    }

    fn standing(&self, token: &TokenFacts, now: i64) -> Standing {
        if self.is_revoked(token) { Standing::Revoked } else { self.standing_of_good(now) }
    }

    fn edition(&self) -> Option<u64> {
        Some(self.news.0.book.edition())
    }

    fn standing_of_good(&self, now: i64) -> Standing {
        match self.when_stale {
            WhenStale::FailClosed if !self.news.0.is_fresh(now, self.within) => Standing::Unknown,
            _ => Standing::Good,
        }
    }

    fn fault(&self) -> Option<String> {
        self.news.0.source.fault()
    }
}
