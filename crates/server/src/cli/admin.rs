//! `doorward admin`: administrators, and what they do for others, without a running server.

use doorward_core::{Core, Secret};

use super::exit::Failure;
use super::node::{Node, block_on};
use super::{Context, listing};
use crate::api::users::UserBody;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Make an administrator; a password is made and shown once unless one is given on standard input.
    Create {
        /// The address.
        email: String,
        /// A name to log in with beside the address.
        #[arg(long)]
        username: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a new password for any account and end all its sessions.
    ResetPassword {
        /// The address or user name.
        account: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the administrators, oldest first.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Disable any account and end all its sessions.
    Disable {
        /// The address or user name.
        account: String,
    },
    /// Enable an account again.
    Enable {
        /// The address or user name.
        account: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        match action {
            Action::Create { email, username, password_stdin } => {
                let (password, is_made) = password(password_stdin, || core.generate_password())?;
                let user = core.create_admin(&email, username, password.clone()).await?;
                println!("{} is an administrator.", user.email.as_str());
                show(&password, is_made);
            }
            Action::ResetPassword { account, password_stdin } => {
                let (password, is_made) = password(password_stdin, || core.generate_password())?;
                let user = core.reset_password(&account, &password).await?;
                println!("{} has a new password; all sessions have ended.", user.email.as_str());
                show(&password, is_made);
            }
            Action::List { json } => list(&core, json).await?,
            Action::Disable { account } => {
                let user = core.set_active(&account, false).await?;
                println!("{} is disabled; all sessions have ended.", user.email.as_str());
            }
            Action::Enable { account } => {
                let user = core.set_active(&account, true).await?;
                println!("{} is enabled.", user.email.as_str());
            }
        }
        Ok(())
    })
}

async fn list(core: &Core, is_json: bool) -> Result<(), Failure> {
    let admins: Vec<_> = core.administrators().await?.into_iter().map(UserBody::from).collect();
    listing::show(&admins, is_json, ["id", "email", "state", "since"], |admin| {
        let [id, email, _, state, _, since] = admin.cells();
        [id, email, state, since]
    })
}

/// The password, and whether it was made here.
fn password(
    is_given: bool,
    make: impl FnOnce() -> Secret<String>,
) -> Result<(Secret<String>, bool), Failure> {
    if !is_given {
        return Ok((make(), true));
    }
    let text = std::io::read_to_string(std::io::stdin()).map_err(anyhow::Error::from)?;
    Ok((Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()), false))
}

fn show(password: &Secret<String>, is_made: bool) {
    if is_made {
        println!("password: {}   (shown this once)", password.expose());
    }
}
