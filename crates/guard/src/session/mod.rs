//! Sessions of guards that log people in: who is logged in with which guard, from one request to the next.
//!
//! The browser holds one cookie `__Host-…`: either the whole session, sealed, or the random name of one in a store. A name
//! that was not given out here is nobody's session, and every login gives a new one.
//!
//! Invariant: a session ends when it was not used for `idle`, and at the latest `absolute` after the login.

mod cookie;
mod ended;
mod memory;
mod random;
mod record;
mod seal;
mod store;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use quick_cache::sync::Cache;

pub(crate) use cookie::{Cookie, SameSite};
use ended::Ended;
pub use memory::MemoryStore;
pub(crate) use random::{random, random_text};
pub use record::{Entry, Session};
pub use seal::SealKey;
pub use store::{SessionStore, StoreError};

use crate::request::{Sent, cookie as read_cookie};
use crate::secret::KeyDigest;
use crate::soon::Soon;

/// Sealed sessions that were opened lately, so that they need not be opened again.
const OPENED_MAX: usize = 10_000;
/// What a browser keeps of one cookie, less its name and attributes.
const COOKIE_MAX: usize = 3_800;

/// How sessions are kept.
///
/// ```
/// use std::time::Duration;
/// use doorward_guard::{SealKey, Sessions};
///
/// // Survives restarts, and works on any number of machines that share the key.
/// let sealed = Sessions::sealed(SealKey::from_bytes([7; 32])).idle(Duration::from_secs(30 * 60));
/// // Gone with the process; a logout is final at once.
/// let in_memory = Sessions::in_memory();
/// ```
#[derive(Clone)]
pub struct Sessions {
    cookie: String,
    idle: i64,
    absolute: i64,
    keeping: Keeping,
    ended: Arc<Ended>,
    key: Arc<SealKey>,
}

#[derive(Clone)]
enum Keeping {
    Sealed(Arc<Sealed>),
    Stored(Arc<dyn SessionStore>),
}

struct Sealed {
    opened: Cache<String, Arc<Session>>,
}

/// The session of one request.
#[derive(Default, Clone)]
pub(crate) struct Loaded {
    pub(crate) session: Option<Arc<Session>>,
    /// The value of the cookie that names it.
    value: Option<String>,
    /// The cookie that keeps it alive, if it is time for that.
    pub(crate) renewal: Option<HeaderValue>,
}

/// A session after a change: what the browser has to keep now.
pub(crate) struct Changed {
    pub(crate) set_cookie: HeaderValue,
    /// The cookie's name and value, as the next request will have them; `None` if there is no session any more.
    pub(crate) pair: Option<String>,
}

/// What came of a renewal.
pub(crate) enum Updated {
    /// The browser has to keep this cookie.
    Cookie(HeaderValue),
    /// The store has kept it.
    Kept,
    /// The session has ended meanwhile.
    Ended,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.keeping {
            Keeping::Sealed(_) => "sealed",
            Keeping::Stored(_) => "stored",
        };
        write!(out, "Sessions({kind}, idle {} s, absolute {} s)", self.idle, self.absolute)
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self::in_memory()
    }
}

impl Sessions {
    fn new(keeping: Keeping, key: SealKey) -> Self {
        Self {
            cookie: "__Host-doorward-guard".to_owned(),
            idle: 60 * 60,
            absolute: 24 * 60 * 60,
            keeping,
            ended: Arc::default(),
            key: Arc::new(key),
        }
    }

    /// In the memory of this process: a restart logs everybody out.
    pub fn in_memory() -> Self {
        Self::stored(MemoryStore::default(), SealKey::random())
    }

    /// In the browser, sealed with `key`: a restart logs nobody out, and machines that share the key share the sessions.
    ///
    /// A logout takes the cookie away and is remembered by this process until the session would have ended; another process
    /// does not learn of it. Where a stolen cookie must die everywhere at once, use [`Sessions::stored`].
    pub fn sealed(key: SealKey) -> Self {
        let sealed = Sealed { opened: Cache::new(OPENED_MAX) };
        Self::new(Keeping::Sealed(Arc::new(sealed)), key)
    }

    /// In a store of the application's own. `key` seals logins that are under way.
    pub fn stored(store: impl SessionStore, key: SealKey) -> Self {
        Self::new(Keeping::Stored(Arc::new(store)), key)
    }

    /// A session ends when it was not used for so long; an hour unless told.
    #[must_use]
    pub fn idle(mut self, life: Duration) -> Self {
        self.idle = seconds(life);
        self
    }

    /// A session ends so long after the login at the latest; a day unless told.
    #[must_use]
    pub fn absolute(mut self, life: Duration) -> Self {
        self.absolute = seconds(life);
        self
    }

    /// The cookie is called `__Host-` and `name`, for applications that share a host name.
    #[must_use]
    pub fn cookie(mut self, name: &str) -> Self {
        self.cookie = format!("__Host-{name}");
        self
    }

    /// The name of the cookie.
    pub fn cookie_name(&self) -> &str {
        &self.cookie
    }

    pub(crate) fn key(&self) -> &SealKey {
        &self.key
    }

    /// The session of a request with these headers at `now`, seconds since 1970.
    pub(crate) fn load(&self, headers: &HeaderMap, now: i64) -> Soon<Result<Loaded, StoreError>> {
        // Two cookies of this name are none: who planted the second is unknown.
        let Sent::Once(value) = read_cookie(headers, &self.cookie) else {
            return Soon::Now(Ok(Loaded::default()));
        };
        let value = value.to_owned();
        match &self.keeping {
            Keeping::Sealed(sealed) => Soon::Now(Ok(self.load_sealed(sealed, value, now))),
            Keeping::Stored(store) => match store.load(&KeyDigest::of(&value)) {
                Soon::Now(found) => match found.map(|found| self.checked(found, value, now)) {
                    Ok((loaded, None)) => Soon::Now(Ok(loaded)),
                    Ok((loaded, Some(touched))) => self.touch(loaded, touched),
                    Err(fault) => Soon::Now(Err(fault)),
                },
                Soon::Later(waiting) => {
                    let sessions = self.clone();
                    Soon::later(async move {
                        let (loaded, touched) = sessions.checked(waiting.await?, value, now);
                        match touched {
                            Some(touched) => sessions.touch(loaded, touched).wait().await,
                            None => Ok(loaded),
                        }
                    })
                }
            },
        }
    }

    fn load_sealed(&self, sealed: &Sealed, value: String, now: i64) -> Loaded {
        let session = sealed.opened.get(&value).or_else(|| {
            let session: Arc<Session> = Arc::new(self.key.open("session", "", &value)?);
            sealed.opened.insert(value.clone(), session.clone());
            Some(session)
        });
        let Some(session) = session else { return Loaded::default() };
        if self.ended.contains(&session.id) {
            return Loaded::default();
        }
        let (mut loaded, touched) = self.checked(Some(session), value, now);
        if let Some(touched) = touched
            && let Ok(value) = self.key.seal("session", "", &*touched)
        {
            loaded.renewal = Some(self.set_cookie(&value, &touched, now));
        }
        loaded
    }

    /// The session if it lives, and what it has to become if its use is to be noted.
    fn checked(
        &self,
        found: Option<Arc<Session>>,
        value: String,
        now: i64,
    ) -> (Loaded, Option<Arc<Session>>) {
        let live = found.filter(|session| {
            now < session.seen_at.saturating_add(self.idle)
                && now < self.end_of(session)
                && session.created_at <= now + 60
        });
        let Some(session) = live else { return (Loaded::default(), None) };
        // Noted now and then: a write for each request would cost more than the request.
        let is_due = now >= session.seen_at.saturating_add((self.idle / 10).max(1));
        let touched = is_due.then(|| Arc::new(Session { seen_at: now, ..(*session).clone() }));
        (Loaded { session: Some(session), value: Some(value), renewal: None }, touched)
    }

    fn touch(&self, loaded: Loaded, touched: Arc<Session>) -> Soon<Result<Loaded, StoreError>> {
        let (Keeping::Stored(store), Some(value)) = (&self.keeping, &loaded.value) else {
            return Soon::Now(Ok(loaded));
        };
        let (key, until) = (KeyDigest::of(value), self.end_of(&touched));
        let id = touched.id.clone();
        match store.save(&key, touched, until) {
            Soon::Now(done) if !self.ended.contains(&id) => Soon::Now(done.map(|()| loaded)),
            done => {
                let (store, ended) = (store.clone(), self.ended.clone());
                Soon::later(async move {
                    done.wait().await?;
                    Ok(if gone(&*store, &ended, &key, &id).await? { Loaded::default() } else { loaded })
                })
            }
        }
    }

    const fn end_of(&self, session: &Session) -> i64 {
        session.created_at.saturating_add(self.absolute)
    }

    /// A login with `guard`: a new session with a new name that keeps what other guards know.
    pub(crate) async fn sign_in(
        &self,
        loaded: &Loaded,
        guard: &str,
        entry: Entry,
        now: i64,
    ) -> Result<Changed, StoreError> {
        let mut entries = loaded.session.as_ref().map(|session| session.entries.clone()).unwrap_or_default();
        entries.insert(guard.into(), entry);
        let session = Session { id: random_text(), created_at: now, seen_at: now, entries };
        self.replace(loaded, Some(session), now).await
    }

    /// The same session with another entry of `guard`: its token was renewed.
    pub(crate) async fn update(
        &self,
        loaded: &Loaded,
        guard: &str,
        entry: Entry,
        now: i64,
    ) -> Result<Updated, StoreError> {
        let (Some(session), Some(value)) = (&loaded.session, &loaded.value) else {
            return Ok(Updated::Ended);
        };
        let mut session = Session { seen_at: now, ..(**session).clone() };
        session.entries.insert(guard.into(), entry);
        let (id, until) = (session.id.clone(), self.end_of(&session));
        match &self.keeping {
            _ if self.ended.contains(&id) => Ok(Updated::Ended),
            Keeping::Sealed(_) => {
                let value = self.sealed_value(&session)?;
                Ok(Updated::Cookie(self.set_cookie(&value, &session, now)))
            }
            Keeping::Stored(store) => {
                let key = KeyDigest::of(value);
                if store.load(&key).wait().await?.is_none() {
                    return Ok(Updated::Ended);
                }
                store.save(&key, Arc::new(session), until).wait().await?;
                Ok(if gone(&**store, &self.ended, &key, &id).await? { Updated::Ended } else { Updated::Kept })
            }
        }
    }

    /// The end of the logins with `guards`, of all if there are none named.
    pub(crate) async fn sign_out(
        &self,
        loaded: &Loaded,
        guards: &[&str],
        now: i64,
    ) -> Result<Changed, StoreError> {
        let rest = loaded.session.as_ref().and_then(|session| {
            let mut rest = (**session).clone();
            rest.id = random_text();
            rest.entries.retain(|name, _| !guards.is_empty() && !guards.contains(&&**name));
            (!rest.entries.is_empty()).then_some(rest)
        });
        self.replace(loaded, rest, now).await
    }

    async fn replace(
        &self,
        loaded: &Loaded,
        session: Option<Session>,
        now: i64,
    ) -> Result<Changed, StoreError> {
        let new = match (&self.keeping, session) {
            (_, None) => None,
            (Keeping::Sealed(_), Some(session)) => Some((self.sealed_value(&session)?, session)),
            (Keeping::Stored(store), Some(session)) => {
                let (value, until) = (random_text(), self.end_of(&session));
                store.save(&KeyDigest::of(&value), Arc::new(session.clone()), until).wait().await?;
                Some((value, session))
            }
        };
        self.end(loaded, now).await?;
        Ok(match new {
            Some((value, session)) => self.changed(&value, &session, now),
            None => Changed { set_cookie: Cookie::new(&self.cookie, "").removed(), pair: None },
        })
    }

    async fn end(&self, loaded: &Loaded, now: i64) -> Result<(), StoreError> {
        let (Some(session), Some(value)) = (&loaded.session, &loaded.value) else { return Ok(()) };
        // Noted first: whoever saves this session at the same time looks here afterwards.
        self.ended.add(&session.id, self.end_of(session), now);
        match &self.keeping {
            Keeping::Stored(store) => store.remove(&KeyDigest::of(value)).wait().await,
            Keeping::Sealed(sealed) => {
                sealed.opened.remove(value);
                Ok(())
            }
        }
    }

    /// The session as a cookie's value. Where it is too large, the providers' `id_token`s stay out: they have been checked, and
    /// nothing of the login depends on them.
    fn sealed_value(&self, session: &Session) -> Result<String, StoreError> {
        let mut value = self.key.seal("session", "", session)?;
        if value.len() > COOKIE_MAX {
            value = self.key.seal("session", "", &session.without_id_tokens())?;
        }
        if value.len() > COOKIE_MAX {
            return Err(StoreError::new("the session is too large for a cookie: keep sessions in a store"));
        }
        Ok(value)
    }

    fn changed(&self, value: &str, session: &Session, now: i64) -> Changed {
        Changed {
            set_cookie: self.set_cookie(value, session, now),
            pair: Some(format!("{}={value}", self.cookie)),
        }
    }

    fn set_cookie(&self, value: &str, session: &Session, now: i64) -> HeaderValue {
        Cookie::new(&self.cookie, value).lives(self.end_of(session).saturating_sub(now)).header()
    }
}

/// Whether the session `id` ended while it was being saved; if so it is removed again.
async fn gone(
    store: &dyn SessionStore,
    ended: &Ended,
    key: &KeyDigest,
    id: &str,
) -> Result<bool, StoreError> {
    let is_gone = ended.contains(id);
    if is_gone {
        store.remove(key).wait().await?;
    }
    Ok(is_gone)
}

fn seconds(life: Duration) -> i64 {
    i64::try_from(life.as_secs()).unwrap_or(i64::MAX)
}
