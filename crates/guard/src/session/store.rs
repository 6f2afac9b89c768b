//! Where sessions may be kept: a trait, so that it can be any database.

use std::borrow::Cow;
use std::sync::Arc;

use super::Session;
use crate::secret::KeyDigest;
use crate::soon::Soon;

/// Keeps sessions by the digest of their names: a thief of the store cannot make cookies from it.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
/// use doorward_guard::{KeyDigest, SealKey, Session, SessionStore, Sessions, Soon, StoreError};
///
/// #[derive(Default)]
/// struct Shelf(Mutex<HashMap<KeyDigest, Arc<Session>>>);
///
/// impl SessionStore for Shelf {
///     fn load(&self, key: &KeyDigest) -> Soon<Result<Option<Arc<Session>>, StoreError>> {
///         let shelf = self.0.lock().map_err(|_| StoreError::new("the shelf has fallen down"));
///         shelf.map(|shelf| shelf.get(key).cloned()).into()
///     }
///
///     fn save(&self, key: &KeyDigest, session: Arc<Session>, _until: i64) -> Soon<Result<(), StoreError>> {
///         let shelf = self.0.lock().map_err(|_| StoreError::new("the shelf has fallen down"));
///         shelf.map(|mut shelf| drop(shelf.insert(*key, session))).into()
///     }
///
///     fn remove(&self, key: &KeyDigest) -> Soon<Result<(), StoreError>> {
///         let shelf = self.0.lock().map_err(|_| StoreError::new("the shelf has fallen down"));
///         shelf.map(|mut shelf| drop(shelf.remove(key))).into()
///     }
/// }
///
/// let sessions = Sessions::stored(Shelf::default(), SealKey::random());
/// ```
pub trait SessionStore: Send + Sync + 'static {
    /// The session under `key`, if there is one.
    fn load(&self, key: &KeyDigest) -> Soon<Result<Option<Arc<Session>>, StoreError>>;

    /// Keeps `session` under `key` until `until`, seconds since 1970, in place of what was there.
    fn save(&self, key: &KeyDigest, session: Arc<Session>, until: i64) -> Soon<Result<(), StoreError>>;

    /// Removes what is under `key`. After it has answered, [`load`](Self::load) finds nothing there.
    fn remove(&self, key: &KeyDigest) -> Soon<Result<(), StoreError>>;
}

/// Sessions cannot be read or written now. For logs; users see 503.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(Cow<'static, str>);

impl StoreError {
    /// What is the matter.
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(what.into())
    }
}
