//! News of revocations that go as a test wants them to.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use doorward_jose::KeyError;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use super::keys::ProviderKey;
use crate::client::FetchError;
use crate::clock::Clock;
use crate::revocation::{NewsBody, NewsSource};
use crate::soon::Waiting;

/// Seconds for which an end matters.
const MATTERS: i64 = 3_600;
/// Milliseconds for which a sign of life is good.
const BOUND: i64 = 3_000;

/// An issuer's news, told line by line; its clones are the same news.
///
/// What is told has been heard when the call is over.
///
/// ```
/// use doorward_guard::guards::Jwt;
/// use doorward_guard::testkit::{NewsScript, Provider, ProviderKey, TestClock};
/// use doorward_jose::Algorithm;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), doorward_jose::KeyError> {
/// let (clock, key) = (TestClock::default(), ProviderKey::generate("k1", Algorithm::Es256)?);
/// let provider = Provider::new("https://auth.example").clock(clock.clone()).keys([key.clone()]);
/// let script = NewsScript::new(key, ("https://auth.example", "reports"), clock.clone());
///
/// let people = Jwt::keys_at("https://auth.example/keys", "https://auth.example", "reports").fetch(provider);
/// let (news, hearing) = people.revocation_news("").source(script.clone()).clock(clock).start();
/// tokio::spawn(hearing);
/// script.start(&[]).await?;
/// script.heartbeat().await?;
///
/// assert!(news.is_fresh());
/// script.end(&["s-1"]).await?;
/// assert_eq!(news.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NewsScript(Arc<Script>);

struct Script {
    clock: Arc<dyn Clock>,
    issuer: String,
    audience: String,
    state: Mutex<State>,
    /// The listener has taken everything and waits for more.
    waits: Notify,
    /// Somebody listens.
    opened: Notify,
}

struct State {
    key: ProviderKey,
    stream: String,
    seq: u64,
    listener: Option<mpsc::UnboundedSender<Bytes>>,
    /// What was not taken yet.
    under_way: usize,
    told: Vec<String>,
    places: Vec<Option<String>>,
    is_down: bool,
}

impl std::fmt::Debug for NewsScript {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NewsScript").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}

impl NewsScript {
    /// News that `key` signs, of an issuer and for an audience.
    pub fn new(key: ProviderKey, (issuer, audience): (&str, &str), clock: impl Clock) -> Self {
        let state = State {
            key,
            stream: "stream-1".to_owned(),
            seq: 0,
            listener: None,
            under_way: 0,
            told: Vec::new(),
            places: Vec::new(),
            is_down: false,
        };
        Self(Arc::new(Script {
            clock: Arc::new(clock),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            state: Mutex::new(state),
            waits: Notify::new(),
            opened: Notify::new(),
        }))
    }

    /// Tells all that has ended, for one who starts.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub async fn start(&self, sessions: &[&str]) -> Result<(), KeyError> {
        self.tell(json!({ "event": "start", "left": 0, "sessions": sessions })).await
    }

    /// Tells that sessions have ended.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub async fn end(&self, sessions: &[&str]) -> Result<(), KeyError> {
        self.ends(json!({ "sessions": sessions })).await
    }

    /// Tells that something has ended, as the claims say.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub async fn ends(&self, mut ended: Value) -> Result<(), KeyError> {
        ended["event"] = json!("ends");
        ended["after"] = json!(self.miss());
        self.tell(ended).await
    }

    /// Tells that all is well.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub async fn heartbeat(&self) -> Result<(), KeyError> {
        let at = self.0.clock.now().saturating_mul(1000);
        self.tell(json!({ "event": "heartbeat", "at": at, "as_of": at, "bound": BOUND })).await
    }

    /// Tells whatever the claims say, with those of every piece of news where they say nothing.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub async fn tell(&self, claims: Value) -> Result<(), KeyError> {
        let key = self.0.state.lock().key.clone();
        self.tell_signed(&key, claims).await
    }

    /// As [`tell`](Self::tell), signed with this key, be it the issuer's or not.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub async fn tell_signed(&self, key: &ProviderKey, mut claims: Value) -> Result<(), KeyError> {
        let now = self.0.clock.now();
        let (stream, seq) = {
            let state = self.0.state.lock();
            (state.stream.clone(), state.seq)
        };
        let usual = json!({
            "iss": self.0.issuer, "aud": self.0.audience, "iat": now, "exp": now + MATTERS, "stream": stream, "seq": seq,
        });
        if let (Some(claims), Value::Object(usual)) = (claims.as_object_mut(), usual) {
            for (name, value) in usual {
                claims.entry(name).or_insert(value);
            }
        }
        let algorithm = key.algorithm();
        let header = json!({ "alg": algorithm.as_str(), "typ": "revocation+jwt", "kid": key.kid() });
        let signed = key.sign_as(&header, &claims)?;
        self.0.state.lock().told.push(signed.clone());
        self.send(&signed).await;
        Ok(())
    }

    /// Tells once more what was told as the `number`th, counted from 0.
    pub async fn replay(&self, number: usize) {
        let told = self.0.state.lock().told.get(number).cloned();
        self.send(&told.unwrap_or_default()).await;
    }

    /// Something ends that is never told; gives the number before it.
    pub fn miss(&self) -> u64 {
        let mut state = self.0.state.lock();
        state.seq += 1;
        state.seq - 1
    }

    /// Counts anew from now on, as after a restart.
    pub fn restart(&self) {
        let mut state = self.0.state.lock();
        (state.stream, state.seq) = (format!("{}+", state.stream), 0);
    }

    /// Signs with this key from now on.
    pub fn sign_with(&self, key: ProviderKey) {
        self.0.state.lock().key = key;
    }

    /// Breaks the connection; whoever comes back is let in, if `comes_back`.
    pub fn cut(&self, comes_back: bool) {
        let mut state = self.0.state.lock();
        state.is_down = !comes_back;
        state.listener = None;
        state.under_way = 0;
    }

    /// Lets listeners in again.
    pub fn recover(&self) {
        self.0.state.lock().is_down = false;
    }

    /// From where listeners wanted to go on, in order.
    pub fn places(&self) -> Vec<Option<String>> {
        self.0.state.lock().places.clone()
    }

    /// Done when somebody listens.
    pub async fn listened(&self) {
        loop {
            let opened = self.0.opened.notified();
            if self.0.state.lock().listener.as_ref().is_some_and(|listener| !listener.is_closed()) {
                return;
            }
            opened.await;
        }
    }

    async fn send(&self, signed: &str) {
        self.listened().await;
        let text = Bytes::from(format!("data: {signed}\n\n"));
        {
            let mut state = self.0.state.lock();
            state.under_way += 1;
            if state.listener.as_ref().is_none_or(|listener| listener.send(text).is_err()) {
                state.under_way = 0;
            }
        }
        loop {
            let waits = self.0.waits.notified();
            if self.0.state.lock().under_way == 0 {
                return;
            }
            waits.await;
        }
    }
}

/// Says when the listener has gone, too: it will not come for more.
struct Leaving(NewsScript);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.0.state.lock().under_way = 0;
        self.0.0.waits.notify_waiters();
    }
}

impl NewsSource for NewsScript {
    fn open(&self, place: Option<&str>) -> Waiting<Result<NewsBody, FetchError>> {
        let script = self.clone();
        let place = place.map(str::to_owned);
        Box::pin(async move {
            let mut state = script.0.state.lock();
            state.places.push(place);
            if state.is_down {
                return Err(FetchError::new("the issuer is down"));
            }
            let (sender, receiver) = mpsc::unbounded_channel();
            state.listener = Some(sender);
            state.under_way = 0;
            drop(state);
            script.0.opened.notify_waiters();
            Ok(body(script, receiver))
        })
    }
}

/// What was sent; asked for more, it notes that what came before has been taken.
fn body(script: NewsScript, receiver: mpsc::UnboundedReceiver<Bytes>) -> NewsBody {
    let mut state = (receiver, Leaving(script), 0_usize);
    let stream = PollFrames(move |context: &mut Context<'_>| {
        let (receiver, leaving, given) = &mut state;
        if *given > 0 {
            let taken = std::mem::take(given);
            let mut script = leaving.0.0.state.lock();
            script.under_way = script.under_way.saturating_sub(taken);
            drop(script);
            leaving.0.0.waits.notify_waiters();
        }
        receiver.poll_recv(context).map(|bytes| {
            bytes.map(|bytes| {
                *given += 1;
                Ok(Frame::data(bytes))
            })
        })
    });
    stream.boxed_unsync()
}

type Next = Option<Result<Frame<Bytes>, FetchError>>;

/// A body made of a function.
struct PollFrames<F>(F);

impl<F: FnMut(&mut Context<'_>) -> Poll<Next> + Unpin> Body for PollFrames<F> {
    type Data = Bytes;
    type Error = FetchError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Next> {
        (self.0)(context)
    }
}
