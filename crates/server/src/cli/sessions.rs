//! `doorward sessions`: where people are signed in, and the end of it, without a running server.

use doorward_core::client::Client;

use super::exit::Failure;
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::sessions::list::SessionBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the living sessions of an account, youngest first.
    List {
        /// An id, an address or a user name.
        account: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// End one session of an account, or all of them. A server that runs hears of it within a second.
    End {
        /// An id, an address or a user name.
        account: String,
        /// The session; all of them when it is not given.
        session: Option<String>,
    },
    /// End all sessions of all accounts. API keys stay.
    EndEverybodys,
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        let (who, client) = (core.command_line(), Client::default());
        match action {
            Action::List { account, json } => {
                let user = core.account_called(&account).await?;
                let sessions = core.sessions_of(user.id).await?;
                let bodies: Vec<_> =
                    sessions.into_iter().map(|session| SessionBody::of(session, None)).collect();
                let head = ["id", "since", "last seen", "address", "program"];
                listing::show(&bodies, json, head, SessionBody::cells)
            }
            Action::End { account, session } => {
                let user = core.account_called(&account).await?;
                match session.map(|id| id.parse()).transpose() {
                    Ok(Some(session)) => core.end_session_of(&who, (user.id, session), &client).await?,
                    Ok(None) => core.end_sessions_of(&who, user.id, &client).await?,
                    Err(_) => {
                        return Err(doorward_core::Error::from(doorward_core::Code::SessionNotFound).into());
                    }
                }
                print(&format!("The sessions of {} have ended.\n", user.email.as_str()))
            }
            Action::EndEverybodys => {
                core.sign_everybody_out(None, None, &client).await?;
                print("All sessions have ended.\n")
            }
        }
    })
}
