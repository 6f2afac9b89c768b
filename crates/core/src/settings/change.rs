//! Settings read, changed and followed while the server runs.
//!
//! Invariant: what is in use was judged as a whole. A stored value that does not fit, because the configuration has changed
//! since, is left out and said in the log.

use std::collections::BTreeMap;

use serde_json::Value;

use super::runtime::{self, Runtime};
use super::{Settings, StoredSetting};
use crate::audit::Deed;
use crate::change::{Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;

/// A setting that can be changed, as it stands.
#[derive(Debug, Clone)]
pub struct SettingValue {
    /// Its name, as in the configuration.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What holds.
    pub value: Value,
    /// What the configuration says.
    pub configured: Value,
    /// Whether it was changed while the server runs.
    pub is_changed: bool,
}

impl Core {
    /// The settings that can be changed, as they stand.
    pub fn changeable_settings(&self) -> Vec<SettingValue> {
        let (now, stored) = (self.settings(), self.current_settings().stored());
        let view = |setting: &Runtime| SettingValue {
            name: setting.name,
            about: setting.about,
            value: (setting.write)(&now),
            configured: (setting.write)(self.current_settings().configured()),
            is_changed: stored.iter().any(|kept| kept.name == setting.name),
        };
        runtime::ALL.iter().map(view).collect()
    }

    /// Changes settings, all of them or none: `null` goes back to what the configuration says. They hold on this node at once and
    /// on others within a second.
    ///
    /// # Errors
    /// [`Code::InvalidField`]: a name is not one of [`runtime::ALL`], or a value does not fit; [`Code::StoreUnavailable`].
    pub async fn change_settings(
        &self,
        by: Option<UserId>,
        wanted: &BTreeMap<String, Value>,
        client: &Client,
    ) -> Result<Vec<SettingValue>, Error> {
        let (mut stored, at) = (self.ports().store.settings().await?, self.now());
        let mut changes = Changes::new();
        for (name, value) in wanted {
            let setting = runtime::named(name).ok_or_else(|| unknown(name))?;
            stored.retain(|kept| kept.name != *name);
            if value.is_null() {
                changes = changes.with(Change::DropSetting { name: name.clone() });
            } else {
                (setting.read)(&mut Settings::default(), value).ok_or_else(|| misshapen(name))?;
                let kept =
                    StoredSetting { name: name.clone(), value: value.to_string(), set_at: at, set_by: by };
                stored.push(kept.clone());
                changes = changes.with(Change::KeepSetting(Box::new(kept)));
            }
            let mut event = self.event(Deed::SettingChanged, client).because(format!("{name} = {value}"));
            event.actor = by;
            changes = changes.recorded(event);
        }
        let (whole, _) = laid_over(self.current_settings().configured(), &stored);
        runtime::judge(&whole).map_err(|why| Error::new(Code::InvalidField, why))?;
        self.apply(changes).await?;
        self.follow_settings().await?;
        self.follow_token_life().await?;
        Ok(self.changeable_settings())
    }

    /// Takes the settings into use as they are in the database; says whether there was anything new.
    pub(crate) async fn follow_settings(&self) -> Result<bool, Error> {
        // One after the other: an older reading must not replace a younger one.
        let _turn = self.turn().lock().await;
        let stored = self.ports().store.settings().await?;
        if *self.current_settings().stored() == stored {
            return Ok(false);
        }
        self.follow_sign_out(&stored);
        self.follow_narrowed(&stored);
        let configured = self.current_settings().configured();
        let (mut whole, misfits) = laid_over(configured, &stored);
        for name in misfits {
            tracing::warn!("The stored setting {name} does not have the form it should have and is left out");
        }
        if let Err(why) = runtime::judge(&whole) {
            tracing::error!("The stored settings do not fit the configuration and are left out: {why}");
            whole = configured.clone();
        }
        self.current_settings().replace(whole, stored);
        Ok(true)
    }
}

/// `configured` with what was changed since; and the names of what could not be read.
fn laid_over<'a>(configured: &Settings, stored: &'a [StoredSetting]) -> (Settings, Vec<&'a str>) {
    let (mut whole, mut misfits) = (configured.clone(), Vec::new());
    for kept in stored {
        let Some(setting) = runtime::named(&kept.name) else { continue };
        let value: Option<Value> = serde_json::from_str(&kept.value).ok();
        if value.and_then(|value| (setting.read)(&mut whole, &value)).is_none() {
            misfits.push(&*kept.name);
        }
    }
    (whole, misfits)
}

fn unknown(name: &str) -> Error {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    Error::new(Code::InvalidField, format!("There is no setting {name} that can be changed here."))
}

fn misshapen(name: &str) -> Error {
    let example = runtime::named(name).map(|setting| (setting.write)(&Settings::default()));
    let why = format!("The value of {name} is written like {}.", example.unwrap_or_default());
    Error::new(Code::InvalidField, why)
}
