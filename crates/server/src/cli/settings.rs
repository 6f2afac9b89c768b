//! `doorward settings`: what can be changed while the server runs, without talking to it.

use std::collections::BTreeMap;

use doorward_core::client::Client;
use serde_json::Value;

use super::exit::Failure;
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::admin::settings::SettingBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the settings, with what holds and what the configuration says.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Change a setting. A server that runs goes by it within a second.
    Set {
        /// Its name, as `auth.registration`.
        name: String,
        /// Its value, as in the configuration.
        value: String,
    },
    /// Go back to what the configuration says.
    Reset {
        /// Its name.
        name: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        let (name, value) = match action {
            Action::List { json } => {
                let settings: Vec<_> =
                    core.changeable_settings().into_iter().map(SettingBody::from).collect();
                let head = ["name", "value", "configured", "meaning"];
                return listing::show(&settings, json, head, SettingBody::cells);
            }
            Action::Set { name, value } => (name, read(&value)),
            Action::Reset { name } => (name, Value::Null),
        };
        let wanted = BTreeMap::from([(name.clone(), value)]);
        let settings = core.change_settings(None, &wanted, &Client::default()).await?;
        let value = settings.into_iter().find(|setting| setting.name == name).map(|setting| setting.value);
        print(&format!("{name} = {}\n", value.unwrap_or_default()))
    })
}

/// A value as JSON or TOML writes it, else as text.
fn read(text: &str) -> Value {
    let toml = || {
        let table: toml::Table = format!("value = {text}").parse().ok()?;
        serde_json::to_value(table.get("value")?).ok()
    };
    serde_json::from_str(text).ok().or_else(toml).unwrap_or_else(|| Value::from(text))
}
