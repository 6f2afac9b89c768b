//! A load generator that costs little: keep-alive connections, requests as ready bytes, answers read by their length.
//!
//! Does not speak HTTP/2 or TLS. One connection has one request on its way at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Answers with a 2xx status.
    pub(crate) good: u64,
    /// Answers 429 or 503.
    pub(crate) shed: u64,
    /// Any other answer.
    pub(crate) bad: u64,
    /// The status of the last of those.
    pub(crate) bad_status: u16,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// How long each good answer took, sorted.
    pub(crate) good_times: Vec<Duration>,
    /// How long each shed answer took, sorted.
    pub(crate) shed_times: Vec<Duration>,
}

impl Outcome {
    /// Good answers per second.
    pub(crate) fn rate(&self) -> f64 {
        self.good as f64 / self.took.as_secs_f64()
    }

    /// The time that 99 of 100 good answers kept to, in milliseconds.
    pub(crate) fn p99_ms(&self) -> f64 {
        percentile(&self.good_times, 0.99)
    }

    /// The time that 99 of 100 shed answers kept to, in milliseconds.
    pub(crate) fn shed_p99_ms(&self) -> f64 {
        percentile(&self.shed_times, 0.99)
    }

    fn add(&mut self, other: Self) {
        self.good += other.good;
        self.shed += other.shed;
        self.bad += other.bad;
        self.bad_status = self.bad_status.max(other.bad_status);
        self.good_times.extend(other.good_times);
        self.shed_times.extend(other.shed_times);
    }
}

fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

/// One keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the connection's buffer.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends `request` and reads the answer to it.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(at) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let (status, length) = read_head(&self.buffer[..head])?;
        while self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection in an answer");
            }
        }
        let (head, body) = self.buffer.split_at(head);
        Ok(Answer { status, head, body: &body[..length] })
    }
}

/// Searches by vectors: the reader shares the machine with the server, and answers with more headers must not count twice.
fn read_head(head: &[u8]) -> Result<(u16, usize)> {
    let status: u16 = std::str::from_utf8(head.get(9..12).context("no status line")?)?.parse()?;
    if let Some(length) =
        length(head, b"\r\ncontent-length: ").or_else(|| length(head, b"\r\nContent-Length: "))
    {
        return Ok((status, length));
    }
    match status {
        204 | 304 => Ok((status, 0)),
        _ => bail!("an answer without length: {}", String::from_utf8_lossy(head)),
    }
}

fn length(head: &[u8], name: &[u8]) -> Option<usize> {
    let rest = &head[memmem::find(head, name)? + name.len()..];
    let digits = &rest[..memchr::memchr(b'\r', rest)?];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The bytes of a request without body.
pub(crate) fn get(path: &str, header: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{header}\r\n").into_bytes()
}

/// The bytes of a request with a JSON body.
pub(crate) fn post(path: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A POST of a form.
pub(crate) fn form(path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let escaped = |text: &str| text.replace('%', "%25").replace('@', "%40").replace(' ', "+");
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let (body, media_type) = (fields.join("&"), "application/x-www-form-urlencoded");
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// `request` with one more header line.
pub(crate) fn with_header(request: &[u8], header: &str) -> Vec<u8> {
    let at = request.windows(2).position(|two| two == b"\r\n").map_or(0, |at| at + 2);
    [&request[..at], header.as_bytes(), &request[at..]].concat()
}

/// Sends `requests` in turn over `connections` connections for `length`, after a warm-up of a fifth of it.
pub(crate) async fn steady(
    address: &str,
    connections: usize,
    length: Duration,
    requests: Arc<Vec<Vec<u8>>>,
) -> Result<Outcome> {
    let (is_counting, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let stop = Instant::now() + length + length / 5;
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let mut connection = Connection::open(address).await?;
        let (is_counting, next, requests) = (is_counting.clone(), next.clone(), requests.clone());
        tasks.push(tokio::spawn(async move {
            let mut outcome = Outcome::default();
            while Instant::now() < stop {
                let at = next.fetch_add(1, Ordering::Relaxed) % requests.len();
                let started = Instant::now();
                let status = connection.ask(&requests[at]).await?.status;
                if is_counting.load(Ordering::Relaxed) {
                    outcome.note(status, started.elapsed());
                }
            }
            anyhow::Ok(outcome)
        }));
    }
    tokio::time::sleep(length / 5).await;
    is_counting.store(true, Ordering::Relaxed);
    gather(Instant::now(), tasks).await
}

/// Offers `per_second` requests for `length`, whether or not earlier ones have been answered: each of as many connections
/// sends one a second. What an overloaded server is up against.
pub(crate) async fn offered(
    address: &str,
    per_second: u32,
    length: Duration,
    requests: Arc<Vec<Vec<u8>>>,
) -> Result<Outcome> {
    let started = Instant::now();
    let mut tasks = Vec::new();
    for lane in 0..per_second {
        let (address, requests) = (address.to_owned(), requests.clone());
        tasks.push(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1) * lane / per_second).await;
            let mut connection = Connection::open(&address).await?;
            let (mut outcome, mut second) =
                (Outcome::default(), tokio::time::interval(Duration::from_secs(1)));
            while started.elapsed() < length {
                second.tick().await;
                let one = Instant::now();
                let status = connection.ask(&requests[lane as usize % requests.len()]).await?.status;
                outcome.note(status, one.elapsed());
            }
            anyhow::Ok(outcome)
        }));
    }
    gather(started, tasks).await
}

/// Sends `per_second` requests over `connections` connections for `length`, evenly: each waits for its turn, and for the
/// answer before.
pub(crate) async fn paced(
    address: &str,
    (connections, per_second): (u32, u32),
    length: Duration,
    requests: Arc<Vec<Vec<u8>>>,
) -> Result<Outcome> {
    let started = Instant::now();
    let pause = Duration::from_secs(1) * connections / per_second.max(1);
    let mut tasks = Vec::new();
    for lane in 0..connections {
        let (address, requests) = (address.to_owned(), requests.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await?;
            tokio::time::sleep(pause * lane / connections).await;
            let (mut outcome, mut turn) = (Outcome::default(), tokio::time::interval(pause));
            while started.elapsed() < length {
                turn.tick().await;
                let one = Instant::now();
                let status = connection.ask(&requests[lane as usize % requests.len()]).await?.status;
                outcome.note(status, one.elapsed());
            }
            anyhow::Ok(outcome)
        }));
    }
    gather(started, tasks).await
}

/// Sends each of `requests` once, over `connections` connections.
pub(crate) async fn once(address: &str, connections: usize, requests: Arc<Vec<Vec<u8>>>) -> Result<Outcome> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    let started = Instant::now();
    for _ in 0..connections {
        let mut connection = Connection::open(address).await?;
        let (next, requests) = (next.clone(), requests.clone());
        tasks.push(tokio::spawn(async move {
            let mut outcome = Outcome::default();
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let started = Instant::now();
                let status = connection.ask(request).await?.status;
                outcome.note(status, started.elapsed());
            }
            anyhow::Ok(outcome)
        }));
    }
    gather(started, tasks).await
}

impl Outcome {
    pub(crate) fn note(&mut self, status: u16, took: Duration) {
        match status {
            200..=299 => {
                self.good += 1;
                self.good_times.push(took);
            }
            429 | 503 => {
                self.shed += 1;
                self.shed_times.push(took);
            }
            other => {
                self.bad += 1;
                self.bad_status = other;
            }
        }
    }
}

/// Waits for all tasks and adds up what came of them.
pub(crate) async fn gather(
    started: Instant,
    tasks: Vec<tokio::task::JoinHandle<Result<Outcome>>>,
) -> Result<Outcome> {
    let mut all = Outcome::default();
    for task in tasks {
        all.add(task.await??);
    }
    all.took = started.elapsed();
    all.good_times.sort();
    all.shed_times.sort();
    Ok(all)
}
