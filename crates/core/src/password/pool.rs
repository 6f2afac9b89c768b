//! A few threads of low priority that do nothing but hash passwords.
//!
//! As many as the machine has cores, each with its working memory kept between hashes. The queue is bounded by the time a
//! newcomer would wait: beyond that the caller is told to come back, and every other route stays fast.
//!
//! Invariant: a password that nobody waits for any more is not hashed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::function::Workspace;
use super::{HashSettings, PasswordHash};
use crate::port::{Entropy, HashError, PasswordHasher, Verdict};
use crate::secret::Secret;
use crate::time::Ttl;

/// An idle thread gives its working memory back after this long.
const KEEP_MEMORY: Duration = Duration::from_secs(10);
/// How much the hashing threads yield to those that answer requests; 19 would be all they can.
const NICENESS: i32 = 15;
/// No hash is believed to take less when the wait is estimated.
const FASTEST: Duration = Duration::from_micros(50);

/// Hashes passwords on threads of its own.
///
/// Dropping the pool lets its threads finish what they are at; what still waits is answered [`HashError::Stopped`].
#[derive(Debug)]
pub struct HashPool {
    shared: Arc<Shared>,
}

/// What the pool is doing at this moment, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLoad {
    /// How many passwords wait.
    pub waiting: usize,
    /// How many are being hashed.
    pub running: usize,
    /// What one hash has cost of late.
    pub hash_time: Duration,
}

struct Shared {
    settings: HashSettings,
    entropy: Arc<dyn Entropy>,
    /// Compared with when there is no account: costs what a real one costs.
    decoy: PasswordHash,
    queue: Mutex<Queue>,
    wake: Condvar,
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}

struct Queue {
    jobs: VecDeque<Job>,
    running: usize,
    /// Moving average of one hash.
    hash_time: Duration,
    is_closed: bool,
}

enum Job {
    Hash {
        plain: Secret<String>,
        answer: oneshot::Sender<Result<PasswordHash, HashError>>,
    },
    Verify {
        plain: Secret<String>,
        stored: Option<PasswordHash>,
        answer: oneshot::Sender<Result<Verdict, HashError>>,
    },
}

impl HashPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`HashError::Unreadable`] when the settings are outside what the function takes; [`HashError::Stopped`] when no
    /// thread can be started.
    pub fn start(settings: HashSettings, entropy: Arc<dyn Entropy>) -> Result<Self, HashError> {
        settings.function.check()?;
        let decoy = settings.function.decoy(&*entropy);
        let queue = Queue {
            jobs: VecDeque::new(),
            running: 0,
            hash_time: settings.function.cost().max(FASTEST),
            is_closed: false,
        };
        let shared =
            Arc::new(Shared { settings, entropy, decoy, queue: Mutex::new(queue), wake: Condvar::new() });
        for number in 0..settings.threads.max(1) {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || shared.work())
                .map_err(|_| HashError::Stopped)?;
        }
        Ok(Self { shared })
    }

    /// What the pool is doing at this moment.
    pub fn load(&self) -> PoolLoad {
        let queue = self.shared.queue.lock();
        PoolLoad { waiting: queue.jobs.len(), running: queue.running, hash_time: queue.hash_time }
    }

    fn submit(&self, job: Job) -> Result<(), HashError> {
        let settings = &self.shared.settings;
        let mut queue = self.shared.queue.lock();
        // Those who gave up make room first.
        queue.jobs.retain(|job| !job.is_abandoned());
        let ahead = u32::try_from(queue.jobs.len() + queue.running).unwrap_or(u32::MAX);
        let threads = u32::try_from(settings.threads.max(1)).unwrap_or(1);
        let wait = queue.hash_time.saturating_mul(ahead / threads);
        if wait > Duration::from(settings.max_wait) {
            return Err(HashError::Busy { retry_after: Ttl::from(wait) });
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        let mut queue = self.shared.queue.lock();
        queue.is_closed = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.wake.notify_all();
    }
}

#[async_trait]
impl PasswordHasher for HashPool {
    async fn hash(&self, plain: Secret<String>) -> Result<PasswordHash, HashError> {
        let (answer, done) = oneshot::channel();
        self.submit(Job::Hash { plain, answer })?;
        done.await.unwrap_or(Err(HashError::Stopped))
    }

    async fn verify(
        &self,
        plain: Secret<String>,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, HashError> {
        let (answer, done) = oneshot::channel();
        // An account without a password is checked like one that does not exist.
        let stored = stored.filter(PasswordHash::is_usable);
        self.submit(Job::Verify { plain, stored, answer })?;
        done.await.unwrap_or(Err(HashError::Stopped))
    }
}

impl Job {
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Hash { answer, .. } => answer.is_closed(),
            Self::Verify { answer, .. } => answer.is_closed(),
        }
    }
}

impl Shared {
    fn work(&self) {
        // Without the right to be nicer the pool still works, only less considerately.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        let mut work = Workspace::default();
        while let Some(job) = self.next(&mut work) {
            let started = Instant::now();
            self.run(job, &mut work);
            let took = started.elapsed().max(FASTEST);
            let mut queue = self.queue.lock();
            queue.running -= 1;
            queue.hash_time = (queue.hash_time * 7 + took) / 8;
        }
    }

    /// The next job; waits for it. `None` when the pool is closed.
    fn next(&self, work: &mut Workspace) -> Option<Job> {
        let mut queue = self.queue.lock();
        let mut is_wiped = false;
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                queue.running += 1;
                return Some(job);
            }
            if queue.is_closed {
                return None;
            }
            if !is_wiped {
                // Nobody waits: time to tidy, outside the lock.
                drop(queue);
                work.wipe();
                is_wiped = true;
                queue = self.queue.lock();
            } else if self.wake.wait_for(&mut queue, KEEP_MEMORY).timed_out() {
                work.release();
                self.wake.wait_while(&mut queue, |queue| queue.jobs.is_empty() && !queue.is_closed);
            }
        }
    }

    fn run(&self, job: Job, work: &mut Workspace) {
        if job.is_abandoned() {
            return;
        }
        let function = self.settings.function;
        match job {
            Job::Hash { plain, answer } => {
                let _ = answer.send(function.hash(plain.expose(), self.entropy.bytes(), work));
            }
            Job::Verify { plain, stored, answer } => {
                let verified =
                    function.verify_level(plain.expose(), stored.as_ref().unwrap_or(&self.decoy), work);
                let verdict =
                    verified.map(|(verdict, _)| if stored.is_some() { verdict } else { Verdict::Mismatch });
                let _ = answer.send(verdict);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::HashFunction;
    use crate::port::fake::FixedEntropy;

    const CHEAP: HashFunction = HashFunction::Argon2id { memory_kib: 64, passes: 1, lanes: 1 };

    fn pool(function: HashFunction, max_wait: Ttl) -> HashPool {
        let settings = HashSettings { function, threads: 2, max_wait };
        HashPool::start(settings, Arc::new(FixedEntropy::default())).unwrap()
    }

    fn plain(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_known_again() {
        let pool = pool(CHEAP, Ttl::from_seconds(5));

        let stored = pool.hash(plain("correct horse")).await.unwrap();

        assert_eq!(pool.verify(plain("correct horse"), Some(stored.clone())).await, Ok(Verdict::Match));
        assert_eq!(pool.verify(plain("battery staple"), Some(stored)).await, Ok(Verdict::Mismatch));
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let pool = pool(CHEAP, Ttl::from_seconds(5));

        assert_ne!(pool.hash(plain("pw")).await.unwrap(), pool.hash(plain("pw")).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_any_password() {
        let pool = pool(CHEAP, Ttl::from_seconds(5));

        assert_eq!(pool.verify(plain("decoy"), None).await, Ok(Verdict::Mismatch));
    }

    #[tokio::test]
    async fn what_would_wait_too_long_is_refused_at_once() {
        let slow = HashFunction::Bcrypt { cost: 8 };
        let pool = Arc::new(pool(slow, Ttl::ZERO));

        let all = (0..64).map(|_| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move { pool.verify(plain("pw"), None).await })
        });
        let mut refused = 0;
        for task in all.collect::<Vec<_>>() {
            match task.await.unwrap() {
                Ok(verdict) => assert_eq!(verdict, Verdict::Mismatch),
                Err(HashError::Busy { retry_after }) => {
                    assert!(retry_after > Ttl::ZERO);
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }

        assert!(refused > 32, "{refused} of 64 were refused");
        assert_eq!(pool.load().waiting, 0);
    }

    #[tokio::test]
    async fn those_who_gave_up_make_room() {
        let pool = Arc::new(pool(HashFunction::Bcrypt { cost: 8 }, Ttl::from_seconds(60)));
        let waiting: Vec<_> = (0..16)
            .map(|_| {
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { pool.verify(plain("pw"), None).await })
            })
            .collect();
        tokio::task::yield_now().await;

        waiting.iter().for_each(tokio::task::JoinHandle::abort);
        for task in waiting {
            let _ = task.await;
        }
        let verdict = pool.verify(plain("pw"), None).await;

        assert_eq!(verdict, Ok(Verdict::Mismatch));
        assert!(pool.load().waiting <= 1);
    }
}
