//! The sessions of a file.

use std::time::Duration;

use serde::Deserialize;

use super::secrets::{Named, SecretSource};
use crate::builder::GuardsBuilder;
use crate::session::{SealKey, Sessions};

/// `[session]`: how long people stay logged in, and where that is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionSection {
    /// Seals sessions into cookies, so that they outlive the process; without it they are in memory.
    key: Option<Named>,
    idle_seconds: Option<u64>,
    absolute_seconds: Option<u64>,
    cookie: Option<String>,
    logout: Option<String>,
}

impl SessionSection {
    pub(super) fn apply(
        self,
        builder: GuardsBuilder,
        secrets: &dyn SecretSource,
    ) -> Result<GuardsBuilder, String> {
        let mut sessions = match self.key {
            Some(named) => {
                let text = named.find(secrets)?;
                let key = SealKey::from_text(text.reveal());
                Sessions::sealed(key.ok_or("the key is shorter than 32 bytes")?)
            }
            None => Sessions::in_memory(),
        };
        if let Some(seconds) = self.idle_seconds {
            sessions = sessions.idle(Duration::from_secs(seconds));
        }
        if let Some(seconds) = self.absolute_seconds {
            sessions = sessions.absolute(Duration::from_secs(seconds));
        }
        if let Some(name) = self.cookie {
            sessions = sessions.cookie(&name);
        }
        let builder = builder.sessions(sessions);
        Ok(match self.logout {
            Some(path) => builder.logout(path),
            None => builder,
        })
    }
}
