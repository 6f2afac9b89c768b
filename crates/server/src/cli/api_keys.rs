//! `doorward api-keys`: credentials of programs, without a running server.

use doorward_core::client::Client;

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::api_keys::ApiKeyBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the keys of an account that were not revoked, youngest first.
    List {
        /// An id, an address or a user name.
        account: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key. A server that runs hears of it within a second.
    Revoke {
        /// An id, an address or a user name.
        account: String,
        /// The id of the key.
        key: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        match action {
            Action::List { account, json } => {
                let user = core.account_called(&account).await?;
                let keys: Vec<_> = core.api_keys_of(user.id).await?.iter().map(ApiKeyBody::from).collect();
                let head = ["id", "name", "scope", "since", "last used", "until"];
                listing::show(&keys, json, head, ApiKeyBody::cells)
            }
            Action::Revoke { account, key } => {
                let user = core.account_called(&account).await?;
                let key = key.parse().map_err(|_| Failure::new(Exit::Refused, "this is no id of a key"))?;
                core.revoke_api_key_of(&core.command_line(), (user.id, key), &Client::default()).await?;
                print(&format!("The key {key} of {} is revoked.\n", user.email.as_str()))
            }
        }
    })
}
