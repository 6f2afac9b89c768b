//! `doorward roles`: what accounts can be allowed, without a running server.

use doorward_core::client::Client;

use super::exit::Failure;
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::admin::roles::RoleBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List roles by name.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// List every scope there is, with what it allows.
    Scopes,
    /// Make a role, or change the one of this name.
    Set {
        /// Its name.
        name: String,
        /// What it allows.
        scopes: Vec<String>,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
    },
    /// Delete a role.
    Delete {
        /// Its name.
        name: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        let (who, client) = (core.command_line(), Client::default());
        match action {
            Action::List { json } => {
                let roles: Vec<_> = core.roles().iter().map(RoleBody::from).collect();
                listing::show(&roles, json, ["name", "scopes", "description"], RoleBody::cells)
            }
            Action::Scopes => {
                let scopes: Vec<_> = core.scopes().into_iter().collect();
                listing::show(&scopes, false, ["scope", "allows"], |(name, about)| {
                    [name.clone(), about.clone()]
                })
            }
            Action::Set { name, scopes, description } => {
                let (role, scopes) = (name.parse()?, scopes.join(" "));
                let role = if core.roles().iter().any(|known| known.name == role) {
                    core.update_role(&who, &role, (description, Some(&scopes)), &client).await?
                } else {
                    let new = (&*name, description.unwrap_or_default(), &*scopes);
                    core.create_role(&who, new, &client).await?
                };
                print(&format!("{} allows {}.\n", role.name, role.scopes))
            }
            Action::Delete { name } => {
                core.delete_role(&who, &name.parse()?, &client).await?;
                print(&format!("{name} is no role any more.\n"))
            }
        }
    })
}
