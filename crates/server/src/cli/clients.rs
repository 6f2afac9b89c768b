//! `doorward clients`: applications that people sign in to, without a running server.

use doorward_core::client::Client;
use doorward_core::oauth::NewClient;

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::admin::clients::ClientBody;
use crate::api::admin::clients::add::AddedClientBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Add an application; its secret is shown once.
    Add {
        /// What people know it by.
        name: String,
        /// Where browsers may be sent with an answer; more than once for more than one.
        #[arg(long = "redirect-uri", value_name = "URI", required = true)]
        redirect_uris: Vec<String>,
        /// Where browsers may be sent after they have signed out.
        #[arg(long = "post-logout-uri", value_name = "URI")]
        post_logout_uris: Vec<String>,
        /// What it may ask for at most; "openid profile email" when it is not given.
        #[arg(long, value_name = "SCOPES")]
        scope: Option<String>,
        /// It can keep no secret, as in a browser or on a telephone.
        #[arg(long)]
        public: bool,
        /// It is your own: nobody is asked whether it may have what it asks for.
        #[arg(long)]
        trusted: bool,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List applications by name.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Remove an application and end all that it was given. A server that runs hears of it within a second.
    Remove {
        /// Its id.
        id: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        let (who, client) = (core.command_line(), Client::default());
        match action {
            Action::Add { name, redirect_uris, post_logout_uris, scope, public, trusted, json } => {
                let (is_public, is_trusted) = (public, trusted);
                let new = NewClient { name, is_public, redirect_uris, post_logout_uris, scope, is_trusted };
                let (added, secret) = core.add_client(&who, new, &client).await?;
                if json {
                    return print(&format!(
                        "{}\n",
                        listing::json(&AddedClientBody::new(&added, secret.as_ref()))
                    ));
                }
                let secret =
                    secret.map(|secret| format!("client_secret: {}   (shown this once)\n", secret.expose()));
                print(&format!("client_id:     {}\n{}", added.id, secret.unwrap_or_default()))
            }
            Action::List { json } => {
                let clients: Vec<_> = core.clients().await?.iter().map(ClientBody::from).collect();
                let head = ["id", "name", "kind", "scopes", "addresses"];
                listing::show(&clients, json, head, ClientBody::cells)
            }
            Action::Remove { id } => {
                let id =
                    id.parse().map_err(|_| Failure::new(Exit::Refused, "this is no id of an application"))?;
                core.remove_client(&who, id, &client).await?;
                print(&format!("{id} is no application any more.\n"))
            }
        }
    })
}
