//! Tells applications that what they were given has ended: a signed logout token by POST (OpenID Connect Back-Channel Logout 1.0 §2.5).
//!
//! The queue and its rules are in `doorward_core::oauth`; here one worker per node empties it. Nothing of an answer is read but its
//! status. Invariant: an address that is not on the public network is called only where the operator allows that, whatever the
//! application was registered with before.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::oauth::{LogoutCall, LogoutNotice, Untold};
use doorward_core::{Core, Error};
use futures_util::{StreamExt, stream};
use metrics::counter;
use url::Url;

use super::caller::{self, Reach};
use super::egress;
use crate::config::LogoutsConfig;

/// Notices that are looked at in one round.
const ROUND: u32 = 64;
/// Applications that are called at the same time.
const TOGETHER: usize = 8;
/// How often the queue is looked at when nothing is heard of it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Tells applications.
#[derive(Debug)]
pub struct Herald {
    client: reqwest::Client,
    reach: Reach,
}

impl Herald {
    /// One that calls as `config` allows.
    ///
    /// # Errors
    /// A sentence: there is no client to call with.
    pub fn new(config: &LogoutsConfig) -> Result<Self, String> {
        let reach = if config.allows_private_addresses { Reach::Anywhere } else { Reach::Public };
        Ok(Self { client: caller::client(config.timeout, reach)?, reach })
    }

    /// Tells what comes into the queue, for ever.
    pub async fn run(self, core: Arc<Core>) {
        loop {
            let written = core.audit_written();
            match self.round(&core).await {
                Ok(taken) if taken == ROUND as usize => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "Could not look for what applications have to be told"),
            }
            let _ = tokio::time::timeout(LOOK_EVERY, written).await;
        }
    }

    /// Tries each notice that is due now, once; says how many there were.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn round(&self, core: &Core) -> Result<usize, Error> {
        let due = core.due_logouts(ROUND).await?;
        let count = due.len();
        let told = stream::iter(due).map(|notice| self.work(core, notice)).buffer_unordered(TOGETHER);
        told.for_each(|()| async {}).await;
        Ok(count)
    }

    async fn work(&self, core: &Core, notice: LogoutNotice) {
        let session = notice.session;
        if let Err(error) = self.tell(core, notice).await {
            // It is handed out again later.
            tracing::warn!(session.id = %session, %error, "Lost track of what an application has to be told");
        }
    }

    async fn tell(&self, core: &Core, notice: LogoutNotice) -> Result<(), Error> {
        let Some(call) = core.take_logout(notice).await? else { return Ok(()) };
        let (client, session) = (call.notice.client, call.notice.session);
        let outcome = match self.post(&call).await {
            Ok(()) => {
                core.logout_was_told(&call.notice).await?;
                "told"
            }
            Err((why, fault)) => {
                let is_tried_again = core.logout_was_not_told(&call.notice, why).await?;
                tracing::warn!(
                    client.id = %client, session.id = %session, fault, is_tried_again,
                    "Could not tell an application that a session has ended"
                );
                if is_tried_again { "postponed" } else { "failed" }
            }
        };
        counter!("doorward_logouts_total", "outcome" => outcome).increment(1);
        Ok(())
    }

    async fn post(&self, call: &LogoutCall) -> Result<(), (Untold, String)> {
        let may_be_called = Url::parse(&call.uri).is_ok_and(|url| egress::may_be_called(&url));
        if self.reach == Reach::Public && !may_be_called {
            let why = "its address is not on the public network; say hooks.allow_private_addresses = true";
            return Err((Untold::Silent, why.to_owned()));
        }
        let form = [("logout_token", call.token.expose())];
        match caller::send(self.client.post(&call.uri).form(&form)).await {
            Ok((status, _)) if status.is_success() => Ok(()),
            Ok((status, _)) if status.is_server_error() => {
                Err((Untold::Silent, format!("it answered {status}")))
            }
            Ok((status, _)) => Err((Untold::Refused, format!("it answered {status}"))),
            Err(fault) => Err((Untold::Silent, fault.to_string())),
        }
    }
}
