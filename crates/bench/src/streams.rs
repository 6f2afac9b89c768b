//! Calls of gRPC that cost their sender little: frames of HTTP/2 as ready bytes, answers known by their first bytes (RFC 9113).
//!
//! Does what these calls need and nothing else: plain text, one method, requests that fit into the first windows, and no look into the
//! headers of answers. Heads are sent in full once for each connection and by index from then on (RFC 7541), as clients do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::{Outcome, gather};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// Room for all answers of a run.
const WINDOW: u32 = 0x7fff_0000;
const FIRST_WINDOW: u32 = 65_535;
/// The bytes before each frame.
const FRAME: usize = 9;

/// What is called, and over how many connections.
#[derive(Clone)]
pub(crate) struct Method {
    pub(crate) address: String,
    pub(crate) path: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) connections: usize,
    /// Calls that each connection has under way.
    pub(crate) calls: usize,
    /// What an answer begins with.
    pub(crate) good: &'static [u8],
}

/// Sends `messages` in turn for `length`, after a warm-up of a fifth of it.
pub(crate) async fn steady(
    method: &Method,
    length: Duration,
    messages: Arc<Vec<Vec<u8>>>,
) -> Result<Outcome> {
    let (is_counting, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let stop = Instant::now() + length + length / 5;
    let mut tasks = Vec::new();
    for _ in 0..method.connections {
        let mut connection = Connection::open(method).await?;
        let (is_counting, next, messages) = (is_counting.clone(), next.clone(), messages.clone());
        tasks.push(tokio::spawn(async move {
            let mut outcome = Outcome::default();
            let message = || &*messages[next.fetch_add(1, Ordering::Relaxed) % messages.len()];
            while Instant::now() < stop {
                connection.fill(message).await?;
                let is_counting = is_counting.load(Ordering::Relaxed);
                for took in connection.take().await? {
                    if is_counting {
                        outcome.note(200, took);
                    }
                }
            }
            anyhow::Ok(outcome)
        }));
    }
    tokio::time::sleep(length / 5).await;
    is_counting.store(true, Ordering::Relaxed);
    gather(Instant::now(), tasks).await
}

/// A call that waits for its answer.
struct Call {
    stream: u32,
    started: Instant,
    is_good: bool,
}

struct Connection {
    stream: TcpStream,
    method: Method,
    under_way: Vec<Call>,
    next: u32,
    /// What came and was not looked at yet.
    buffer: Vec<u8>,
    /// What is to be sent.
    out: Vec<u8>,
}

impl Connection {
    async fn open(method: &Method) -> Result<Self> {
        let stream = TcpStream::connect(&method.address).await?;
        stream.set_nodelay(true)?;
        let mut out = PREFACE.to_vec();
        // SETTINGS_INITIAL_WINDOW_SIZE, and as much for the connection.
        frame(&mut out, (SETTINGS, 0, 0), &[&[0, 4], &WINDOW.to_be_bytes()[..]].concat());
        frame(&mut out, (WINDOW_UPDATE, 0, 0), &(WINDOW - FIRST_WINDOW).to_be_bytes());
        let (under_way, buffer) = (Vec::new(), Vec::with_capacity(64 * 1024));
        Ok(Self { stream, method: method.clone(), under_way, next: 1, buffer, out })
    }

    /// Sends as many calls as may be under way.
    async fn fill<'m>(&mut self, message: impl Fn() -> &'m [u8]) -> Result<()> {
        while self.under_way.len() < self.method.calls {
            let (stream, message) = (self.next, message());
            let head =
                if stream == 1 { self.whole_head() } else { vec![0x83, 0x86, 0xc2, 0xc1, 0xc0, 0xbf, 0xbe] };
            frame(&mut self.out, (HEADERS, END_HEADERS, stream), &head);
            let prefix = [&[0], &u32::try_from(message.len())?.to_be_bytes()[..]].concat();
            frame(&mut self.out, (DATA, END_STREAM, stream), &[&prefix, message].concat());
            self.under_way.push(Call { stream, started: Instant::now(), is_good: false });
            self.next += 2;
        }
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }

    /// The head of the first call: POST, http, and five lines that are known by their numbers from then on.
    fn whole_head(&self) -> Vec<u8> {
        let mut head = vec![0x83, 0x86];
        let bearer = format!("Bearer {}", self.method.secret);
        // The names are numbers of the static table, but `te`.
        line(&mut head, &[0x44], self.method.path);
        line(&mut head, &[0x41], "localhost");
        line(&mut head, &[0x5f], "application/grpc");
        line(&mut head, &[0x40, 2, b't', b'e'], "trailers");
        line(&mut head, &[0x57], &bearer);
        head
    }

    /// How long the calls took that have ended, at least one.
    async fn take(&mut self) -> Result<Vec<Duration>> {
        let mut ended = Vec::new();
        while ended.is_empty() {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
            let mut at = 0;
            while let Some(head) = self.buffer.get(at..at + FRAME) {
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
                let (kind, flags) = (head[3], head[4]);
                let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                let Some(payload) = self.buffer.get(at + FRAME..at + FRAME + length) else { break };
                let payload = payload.to_vec();
                at += FRAME + length;
                ended.extend(self.read((kind, flags, stream), &payload)?);
            }
            self.buffer.drain(..at);
        }
        Ok(ended)
    }

    /// Reads one frame; says how long the call took that ends with it.
    fn read(&mut self, (kind, flags, stream): (u8, u8, u32), payload: &[u8]) -> Result<Option<Duration>> {
        let call = self.under_way.iter_mut().position(|call| call.stream == stream);
        match kind {
            DATA => {
                let call = &mut self.under_way[call.context("an answer to nothing")?];
                call.is_good |= payload.get(5..).is_some_and(|message| message.starts_with(self.method.good));
            }
            HEADERS if flags & END_STREAM != 0 => {
                let call = self.under_way.swap_remove(call.context("an end of nothing")?);
                ensure!(call.is_good, "an answer is not what it should be");
                return Ok(Some(call.started.elapsed()));
            }
            SETTINGS if flags & ACK == 0 => frame(&mut self.out, (SETTINGS, ACK, 0), &[]),
            PING if flags & ACK == 0 => frame(&mut self.out, (PING, ACK, 0), payload),
            RST_STREAM | GOAWAY => bail!("the server ends a call or the connection"),
            _ => {}
        }
        Ok(None)
    }
}

/// Appends a frame.
fn frame(out: &mut Vec<u8>, (kind, flags, stream): (u8, u8, u32), payload: &[u8]) {
    let [_, a, b, c] = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    out.extend([a, b, c, kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend(payload);
}

/// Appends a line of a head, in full and to be remembered (RFC 7541 §6.2.1); no text here is longer than 126 bytes.
fn line(head: &mut Vec<u8>, name: &[u8], value: &str) {
    head.extend(name);
    head.push(u8::try_from(value.len()).unwrap_or(126));
    head.extend(value.as_bytes());
}
