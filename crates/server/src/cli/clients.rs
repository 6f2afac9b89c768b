//! `doorward clients`: applications that people sign in to, without a running server.

use doorward_core::client::Client;
use doorward_core::oauth::{NewClient, OAuthClient};
use doorward_core::{ClientId, Secret};

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::admin::clients::ClientBody;
use crate::api::admin::clients::add::AddedClientBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Add an application; its secret is shown once.
    Add(Wanted),
    /// List applications by name.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Give an application a new secret, which is shown once; the old one is worth nothing from now on.
    Secret {
        /// Its id.
        id: String,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Remove an application and end all that it was given. A server that runs hears of it within a second.
    Remove {
        /// Its id.
        id: String,
    },
}

/// What an application is to be.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// What people know it by.
    name: String,
    /// Where browsers may be sent with an answer; more than once for more than one.
    #[arg(long = "redirect-uri", value_name = "URI", required_unless_present = "own_scope")]
    redirect_uris: Vec<String>,
    /// Where browsers may be sent after they have signed out.
    #[arg(long = "post-logout-uri", value_name = "URI")]
    post_logout_uris: Vec<String>,
    /// Where it is told that what it was given has ended.
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// What it may ask for at most; "openid profile email" when it is not given.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// What it may do by itself, in nobody's name.
    #[arg(long, value_name = "SCOPES")]
    own_scope: Option<String>,
    /// It can keep no secret, as in a browser or on a telephone.
    #[arg(long)]
    public: bool,
    /// It is your own: nobody is asked whether it may have what it asks for.
    #[arg(long)]
    trusted: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl From<Wanted> for NewClient {
    fn from(wanted: Wanted) -> Self {
        Self {
            name: wanted.name,
            is_public: wanted.public,
            redirect_uris: wanted.redirect_uris,
            post_logout_uris: wanted.post_logout_uris,
            logout_uri: wanted.backchannel_logout_uri,
            scope: wanted.scope,
            own_scope: wanted.own_scope,
            is_trusted: wanted.trusted,
        }
    }
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        let (who, client) = (core.command_line(), Client::default());
        match action {
            Action::Add(wanted) => {
                let json = wanted.json;
                let (added, secret) = core.add_client(&who, wanted.into(), &client).await?;
                show(&added, secret.as_ref(), json)
            }
            Action::List { json } => {
                let clients: Vec<_> = core.clients().await?.iter().map(ClientBody::from).collect();
                let head = ["id", "name", "kind", "scopes", "addresses"];
                listing::show(&clients, json, head, ClientBody::cells)
            }
            Action::Secret { id, json } => {
                let (found, secret) = core.renew_client_secret(&who, named(&id)?, &client).await?;
                show(&found, Some(&secret), json)
            }
            Action::Remove { id } => {
                let id = named(&id)?;
                core.remove_client(&who, id, &client).await?;
                print(&format!("{id} is no application any more.\n"))
            }
        }
    })
}

fn named(id: &str) -> Result<ClientId, Failure> {
    id.parse().map_err(|_| Failure::new(Exit::Refused, "this is no id of an application"))
}

/// Shows an application with its secret.
fn show(client: &OAuthClient, secret: Option<&Secret<String>>, json: bool) -> Result<(), Failure> {
    if json {
        return print(&format!("{}\n", listing::json(&AddedClientBody::new(client, secret))));
    }
    let secret = secret.map(|secret| format!("client_secret: {}   (shown this once)\n", secret.expose()));
    print(&format!("client_id:     {}\n{}", client.id, secret.unwrap_or_default()))
}
