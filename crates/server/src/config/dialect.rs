//! `[dialect.<name>]`: which other systems' clients are served.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Other systems whose clients find their routes here, over the same accounts. All are off unless switched on.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dialects {
    /// Clients of R2R: `/v1`, `/v2` and `/v3`.
    pub r2r: R2r,
    /// Clients of AuthX.
    pub authx: Authx,
    /// Services built with TP Auth.
    pub tp: Tp,
}

/// Clients of R2R: `/v1`, `/v2` and `/v3`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct R2r {
    /// Serve them.
    pub enabled: bool,
}

/// Clients of AuthX.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Authx {
    /// Serve them.
    pub enabled: bool,
}

/// Services built with TP Auth.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tp {
    /// Serve them.
    pub enabled: bool,
}
