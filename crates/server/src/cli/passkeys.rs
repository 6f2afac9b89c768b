//! `doorward passkeys`: keys on people's devices, without a running server.

use doorward_core::client::Client;

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::passkeys::PasskeyBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the passkeys of an account, youngest first.
    List {
        /// An id, an address or a user name.
        account: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Remove a passkey, as when its device was lost; its owner is told by mail. Sessions go on: `doorward sessions` ends them.
    Remove {
        /// An id, an address or a user name.
        account: String,
        /// The id of the passkey.
        passkey: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        match action {
            Action::List { account, json } => {
                let user = core.account_called(&account).await?;
                let passkeys: Vec<_> =
                    core.passkeys_of(user.id).await?.iter().map(PasskeyBody::from).collect();
                let head = ["id", "name", "since", "last used", "copies"];
                listing::show(&passkeys, json, head, PasskeyBody::cells)
            }
            Action::Remove { account, passkey } => {
                let user = core.account_called(&account).await?;
                let passkey =
                    passkey.parse().map_err(|_| Failure::new(Exit::Refused, "this is no id of a passkey"))?;
                core.remove_passkey_of(&core.command_line(), (user.id, passkey), &Client::default()).await?;
                print(&format!("{} has the passkey {passkey} no more.\n", user.email.as_str()))
            }
        }
    })
}
