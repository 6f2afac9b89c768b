//! `[revocations]`: how services that check tokens by themselves hear of what has ended.

use doorward_core::Ttl;
use doorward_core::revocation::RevocationSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::length::Length;
use super::settle::{Checked, refused};

/// The shortest time between two looks, and between two signs of life.
const SHORTEST: Ttl = Ttl::from_millis(10);
const LONGEST: Ttl = Ttl::from_seconds(60);
const MOST_LISTENERS: usize = 10_000;

/// The stream of `GET /api/v1/revocations`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Revocations {
    /// How often a listener hears that all is well. One that has heard nothing for three times as long, and `look_every`, does not
    /// know what has ended.
    pub heartbeat: Length,
    /// How often the database is asked for what other nodes and the command line have ended. What this node ends is told at once; and
    /// while a cache carries the news of all nodes, once a second is enough.
    pub look_every: Length,
    /// How many listen at the same time at most, on this node.
    pub listeners: usize,
}

impl Default for Revocations {
    fn default() -> Self {
        let RevocationSettings { heartbeat, look_every, listeners } = RevocationSettings::default();
        Self { heartbeat: Length(heartbeat), look_every: Length(look_every), listeners }
    }
}

/// Judges `[revocations]`.
pub(super) fn revocations(section: &Revocations) -> Checked<RevocationSettings> {
    let is_good = |length: Length| (SHORTEST..=LONGEST).contains(&length.0);
    if !is_good(section.heartbeat) || !is_good(section.look_every) {
        return refused("revocations.heartbeat and revocations.look_every: 10ms to 1m");
    }
    if section.listeners > MOST_LISTENERS {
        return refused(format!("revocations.listeners: {MOST_LISTENERS} at most"));
    }
    Ok(RevocationSettings {
        heartbeat: section.heartbeat.0,
        look_every: section.look_every.0,
        listeners: section.listeners,
    })
}
