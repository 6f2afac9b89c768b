//! The floors: what the machine and the libraries below reach without Doorward.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use rusqlite::{Connection, params};

/// OWASP's parameters, which are the server's defaults: memory in KiB, and passes.
pub(crate) const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Argon2id hashes per second of so many threads together, memory kept between hashes.
pub(crate) fn hashes_per_second(threads: usize, length: Duration) -> Result<f64> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let started = Instant::now();
    let done: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| {
                let params = params.clone();
                scope.spawn(move || {
                    let mut blocks = vec![Block::new(); params.block_count()];
                    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                    let (mut out, mut done) = ([0; 32], 0);
                    while started.elapsed() < length {
                        let hashed = argon2.hash_password_into_with_memory(
                            b"password",
                            b"0123456789abcdef",
                            &mut out,
                            &mut blocks,
                        );
                        done += u32::from(hashed.is_ok());
                    }
                    done
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

/// What raw group commit on this disk reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Commits {
    /// Rotations (one UPDATE and one INSERT) per second.
    pub(crate) rate: f64,
    /// 99 of 100 commits took no longer, milliseconds.
    pub(crate) p99_ms: f64,
}

/// Rotations with `together` of them in one durable commit, one after the other, for `length`.
pub(crate) fn rotations(folder: &Path, together: usize, length: Duration) -> Result<Commits> {
    let connection = Connection::open(folder.join(format!("floor{together}.db")))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE token (digest TEXT NOT NULL PRIMARY KEY, family TEXT NOT NULL, spent_at BIGINT);",
    )?;
    let mut insert = connection.prepare("INSERT INTO token (digest, family) VALUES ($1, $2)")?;
    let mut spend =
        connection.prepare("UPDATE token SET spent_at = $1 WHERE digest = $2 AND spent_at IS NULL")?;
    let digest = |family: usize, generation: usize| format!("{family:020}{generation:023}");
    for family in 0..together {
        insert.execute(params![digest(family, 0), family.to_string()])?;
    }
    let (started, mut times) = (Instant::now(), Vec::new());
    let mut generation = 0;
    while started.elapsed() < length {
        let one = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for family in 0..together {
            spend.execute(params![generation as i64, digest(family, generation)])?;
            insert.execute(params![digest(family, generation + 1), family.to_string()])?;
        }
        connection.execute_batch("COMMIT")?;
        times.push(one.elapsed());
        generation += 1;
    }
    let rate = (times.len() * together) as f64 / started.elapsed().as_secs_f64();
    times.sort();
    let p99 = times[(times.len() * 99 / 100).min(times.len() - 1)];
    Ok(Commits { rate, p99_ms: p99.as_secs_f64() * 1000.0 })
}

/// The bare check of one Ed25519 signature on a kept key.
pub(crate) struct SignatureCheck {
    key: ParsedPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl SignatureCheck {
    /// Of a signature under `message`.
    pub(crate) fn of(message: &str) -> Result<Self> {
        let pair = Ed25519KeyPair::generate().map_err(|_| anyhow::anyhow!("no key"))?;
        let key = ParsedPublicKey::new(&ED25519, pair.public_key().as_ref())
            .map_err(|_| anyhow::anyhow!("no key"))?;
        let signature = pair.sign(message.as_bytes()).as_ref().to_vec();
        Ok(Self { key, message: message.into(), signature })
    }

    /// Checks it once.
    pub(crate) fn run(&self) -> Result<()> {
        let checked = self.key.verify_sig(&self.message, &self.signature);
        checked.map_err(|_| anyhow::anyhow!("bad signature"))
    }
}

/// The cost of one bare check of a token of `message`'s length, in microseconds of processor time.
pub(crate) fn ed25519_check_us(message: &str) -> Result<f64> {
    let check = SignatureCheck::of(message)?;
    let rounds = 20_000;
    let before = thread_cpu()?;
    (0..rounds).try_for_each(|_| check.run())?;
    Ok((thread_cpu()? - before).as_secs_f64() * 1e6 / f64::from(rounds))
}

/// What this thread has used of a processor: on a busy machine the wall clock counts others, too.
fn thread_cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = stat.split_whitespace().next().context("odd schedstat")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
