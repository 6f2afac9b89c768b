//! `doorward webhooks`: the services that are told what happens, without a running server.

use doorward_core::client::Client;

use super::exit::Failure;
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::admin::webhooks::list::WebhookBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the services of `hooks.after`, how far each has been told, and what stood in the way.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Let the running server try at once what it would try later.
    Retry,
}

pub(super) fn run(context: &Context, action: &Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        match action {
            Action::List { json } => {
                let hooks: Vec<_> = core.listeners().await?.into_iter().map(WebhookBody::from).collect();
                let head = ["url", "backlog", "attempts", "last success", "last failure", "error"];
                listing::show(&hooks, *json, head, WebhookBody::cells)
            }
            Action::Retry => {
                let due = core.retry_listeners(&core.command_line(), &Client::default()).await?;
                print(&format!("{due} webhooks are due.\n"))
            }
        }
    })
}
