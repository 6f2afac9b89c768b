//! `doorward bench-hash`: what this machine can hash, and which settings to choose.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward_core::password::{HashFunction, HashPool, HashSettings};
use doorward_core::port::{PasswordHasher, SystemEntropy};
use doorward_core::{Secret, Ttl};
use indicatif::ProgressBar;

use super::exit::{Exit, Failure};
use super::node::block_on;

/// A login may feel like this, and a thief pays as much per guess.
const COMFORT: Duration = Duration::from_millis(250);

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Seconds per setting.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let length = Duration::try_from_secs_f64(options.seconds)
        .map_err(|_| Failure::new(Exit::Refused, "--seconds: a number greater than zero"))?;
    let candidates = candidates();
    let bar = ProgressBar::new(candidates.len() as u64);
    let mut measured = Vec::new();
    for function in candidates {
        let settings = HashSettings { function, threads, max_wait: Ttl::from_days(1) };
        measured.push((function, block_on(measure(settings, length))?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!(
        "{threads} threads, {:.1} s each\n\n{:<44} {:>9} {:>9}",
        options.seconds, "setting", "hashes/s", "ms each"
    );
    for (function, rate) in &measured {
        println!("{:<44} {rate:>9.1} {:>9.1}", name(*function), each(threads, *rate).as_secs_f64() * 1000.0);
    }
    recommend(&measured, threads);
    Ok(())
}

fn candidates() -> Vec<HashFunction> {
    let argon2id = |mib: u32, passes| HashFunction::Argon2id { memory_kib: mib * 1024, passes, lanes: 1 };
    let argon2ids =
        [(19, 2), (19, 3), (46, 1), (64, 2), (64, 3), (128, 3)].map(|(mib, passes)| argon2id(mib, passes));
    argon2ids.into_iter().chain([10, 12].map(|cost| HashFunction::Bcrypt { cost })).collect()
}

/// Hashes per second on all threads together.
async fn measure(settings: HashSettings, length: Duration) -> Result<f64, Failure> {
    let pool = HashPool::start(settings, Arc::new(SystemEntropy)).map_err(anyhow::Error::from)?;
    let pool = Arc::new(pool);
    let started = Instant::now();
    let workers: Vec<_> = (0..settings.threads * 2)
        .map(|_| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move {
                let mut done = 0_u32;
                while started.elapsed() < length {
                    done += u32::from(pool.hash(Secret::new("correct horse".to_owned())).await.is_ok());
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await.map_err(anyhow::Error::from)?;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

fn each(threads: usize, rate: f64) -> Duration {
    Duration::from_secs_f64(threads as f64 / rate.max(0.001))
}

fn recommend(measured: &[(HashFunction, f64)], threads: usize) {
    let is_argon2id = |function: &HashFunction| matches!(function, HashFunction::Argon2id { .. });
    let fits =
        measured.iter().filter(|(function, rate)| is_argon2id(function) && each(threads, *rate) <= COMFORT);
    let best = fits.min_by(|a, b| a.1.total_cmp(&b.1));
    let Some((HashFunction::Argon2id { memory_kib, passes, .. }, rate)) = best else {
        println!(
            "\nEven the least that OWASP recommends is slow here; keep the defaults and expect few logins a second."
        );
        return;
    };
    println!(
        "\nThe dearest argon2id that keeps a login under {} ms, for {rate:.0} logins a second:\n",
        COMFORT.as_millis()
    );
    println!("[crypto]\nargon2_memory = \"{}MiB\"\nargon2_passes = {passes}", memory_kib / 1024);
    println!(
        "\nMore logins a second are worth more than dearer hashes? Keep the defaults (19MiB, 2 passes)."
    );
}

fn name(function: HashFunction) -> String {
    match function {
        HashFunction::Argon2id { memory_kib, passes, lanes } => {
            format!("argon2id {} MiB, {passes} passes, {lanes} lane", memory_kib / 1024)
        }
        HashFunction::Bcrypt { cost } => format!("bcrypt cost {cost}"),
    }
}
