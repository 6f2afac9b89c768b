//! Tells listeners what has happened: each line of the audit log that they want, in order, at least once.
//!
//! How far each has been told is in the database: nothing is lost when the server stops. A listener that does not answer is
//! tried again after a growing while; a line that could not be told for days is passed over, with an error in the log.

use std::time::Duration;

use doorward_core::audit::{AuditFilter, Deed};
use doorward_core::hook::Delivery;
use doorward_core::{Core, Error};

use super::webhook::Webhook;
use crate::api::admin::audit::LineBody;
use crate::config::HooksConfig;

/// How often listeners that have been told everything are looked after.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One listener.
#[derive(Debug)]
pub struct Listener {
    name: String,
    hook: Webhook,
    deeds: Vec<Deed>,
}

impl Listener {
    /// The listeners of `config`.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn all(config: &HooksConfig) -> Result<Vec<Self>, String> {
        let open = |url: &String| {
            let (name, hook) = (url.clone(), Webhook::new(url, config)?);
            Ok(Self { name, hook, deeds: config.after_deeds.clone() })
        };
        config.after.iter().map(open).collect()
    }

    /// Tells what there is to tell now; says whether there may be more.
    ///
    /// # Errors
    /// [`doorward_core::Code::StoreUnavailable`].
    pub async fn tell(&self, core: &Core) -> Result<bool, Error> {
        let Some(telling) = core.untold(&self.name, &AuditFilter::default()).await? else { return Ok(false) };
        let mut delivery = Delivery::default();
        for record in &telling.records {
            let (event, deed) = (&record.event, record.event.deed);
            let is_wanted = self.deeds.is_empty() || self.deeds.contains(&deed);
            if is_wanted {
                let id = event.id.to_string();
                let told = self.hook.tell(&id, core.now(), deed.as_str(), &LineBody::from(record)).await;
                if let Err(fault) = told {
                    tracing::warn!(%fault, listener = self.name, seq = record.link.seq, "A listener could not be told");
                    delivery.fault = Some(fault.to_string());
                    break;
                }
                delivery.is_heard = true;
            }
            delivery.passed += 1;
        }
        let has_told_all = delivery.passed == telling.records.len();
        if core.note_told(&self.name, &telling, delivery).await? {
            tracing::error!(
                listener = self.name,
                "A line of the audit log could not be told and is passed over"
            );
        }
        Ok(has_told_all)
    }
}

/// Looks after `listeners` for ever.
pub async fn keep_telling(core: std::sync::Arc<Core>, listeners: Vec<Listener>) {
    if listeners.is_empty() {
        return;
    }
    loop {
        let written = core.audit_written();
        let mut has_more = false;
        for listener in &listeners {
            match listener.tell(&core).await {
                Ok(more) => has_more |= more,
                Err(error) => tracing::warn!(%error, "Could not look for what listeners have to be told"),
            }
        }
        if !has_more {
            let _ = tokio::time::timeout(LOOK_EVERY, written).await;
        }
    }
}
