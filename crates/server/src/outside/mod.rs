//! What Doorward asks of others over HTTP, and the files it is told to look into, behind the ports of `doorward-core`.
//!
//! | to find | look in |
//! |---|---|
//! | how others are called, and which addresses may be | `caller.rs`, `egress.rs` |
//! | hooks of the operator | `webhook.rs`, `tell.rs` |
//! | applications that are told of ends | `logout.rs` |
//! | captchas | `captcha.rs` |
//! | models that read documents | `model.rs` |
//! | passkeys | `passkeys.rs` |
//! | leaked passwords | `breached_file.rs`, `breached_range.rs` |
//!
//! Invariant: a call ends within its time, follows no redirect, and reads no more of the answer than it needs.

pub mod breached_file;
mod breached_range;
mod caller;
mod captcha;
mod egress;
pub mod logout;
mod model;
pub mod passkeys;
pub mod tell;
pub mod webhook;

use std::sync::Arc;

use doorward_core::hook::Hooks;
use doorward_core::port::{BreachedPasswords, Captcha, Outside, PasskeyVerifier};

use crate::config::{OutsideConfig, PasskeysConfig};
use breached_file::BreachedFile;
use breached_range::BreachedRange;
use captcha::SiteVerify;
pub(crate) use model::Model;
use passkeys::Passkeys;
use webhook::AskedBefore;

/// Those who are asked, as `config` has it.
///
/// # Errors
/// A sentence that names the setting.
pub fn open(config: &OutsideConfig) -> Result<Outside, String> {
    let mut breached: Vec<Arc<dyn BreachedPasswords>> = Vec::new();
    if let Some(path) = &config.breached_file {
        let file = BreachedFile::open(path);
        breached.push(Arc::new(file.map_err(|fault| format!("password.breached_file: {fault}"))?));
    }
    if let Some(range) = &config.breached_range {
        breached.push(Arc::new(BreachedRange::new(range)?));
    }
    let hooks = match &config.hooks {
        Some(hooks) => Some(Arc::new(AskedBefore::new(hooks)?) as Arc<dyn Hooks>),
        None => None,
    };
    let listeners = config.hooks.as_ref().map(|hooks| hooks.after.clone()).unwrap_or_default();
    let captcha = config.captcha.as_ref().map(SiteVerify::new).transpose()?;
    Ok(Outside {
        captcha: captcha.map(|captcha| Arc::new(captcha) as Arc<dyn Captcha>),
        breached,
        hooks,
        listeners,
        mirror: None,
        reaches_private: config.logouts.allows_private_addresses,
        providers: Vec::new(),
        passkeys: None,
    })
}

/// Who verifies passkeys, where people can have them.
///
/// # Errors
/// A sentence that names the setting.
pub fn passkeys(config: Option<&PasskeysConfig>) -> Result<Option<Arc<dyn PasskeyVerifier>>, String> {
    config.map(|config| Ok(Arc::new(Passkeys::new(config)?) as Arc<dyn PasskeyVerifier>)).transpose()
}
