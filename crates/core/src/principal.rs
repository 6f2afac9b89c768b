//! Who is asking, as a verified credential proves it.

use std::sync::Arc;

use crate::error::{Code, Error};
use crate::id::{SessionId, UserId};
use crate::session::Live;
use crate::settings::SessionSettings;
use crate::time::Timestamp;

/// A caller who has proved who they are.
#[derive(Debug)]
pub struct Principal {
    /// Whose account it is.
    pub user_id: UserId,
    /// The session the credential belongs to; `None` for one who acts without login because authentication is off.
    pub session_id: Option<SessionId>,
    /// Whether the account runs the server.
    pub is_superuser: bool,
    /// When the credential itself ends; its session may end before.
    pub expires_at: Timestamp,
    pub(crate) live: Option<Arc<Live>>,
}

impl Principal {
    /// Lets only those on who may do what `scope` names, one of [`crate::scope`].
    ///
    /// # Errors
    /// [`Code::Forbidden`].
    pub fn require(&self, scope: &str) -> Result<(), Error> {
        if self.is_superuser {
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, format!("This needs the scope {scope}.")))
    }

    /// Notes that the credential was used.
    ///
    /// # Errors
    /// [`crate::Code::TokenRevoked`] when its session has ended.
    pub(crate) fn see(&self, now: Timestamp, settings: &SessionSettings) -> Result<(), Error> {
        self.live.as_ref().map_or(Ok(()), |live| live.see(now, settings))
    }
}
