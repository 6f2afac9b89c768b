//! What becomes of an account, by the word of whoever has the command line: the twins of the administrators' routes.

use doorward_core::Core;
use doorward_core::account::Invitation;
use doorward_core::client::Client;

use crate::cli::exit::Failure;
use crate::cli::print;

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Action {
    /// Make an account and mail its owner a link to choose a password; a running server sends it.
    Invite {
        /// The address.
        email: String,
        /// A name to log in with beside the address.
        #[arg(long)]
        username: Option<String>,
        /// The name to show.
        #[arg(long)]
        name: Option<String>,
    },
    /// Count the address of an account as proved.
    Verify {
        /// An id, an address or a user name.
        account: String,
    },
    /// Disable an account and end all its sessions. A server that runs hears of it within a second.
    Disable {
        /// An id, an address or a user name.
        account: String,
    },
    /// Enable an account again.
    Enable {
        /// An id, an address or a user name.
        account: String,
    },
    /// End an account's password and sessions, and mail its owner a link to choose a new one.
    ResetPassword {
        /// An id, an address or a user name.
        account: String,
    },
    /// Take an account's second factor away; its owner is told by mail.
    RemoveSecondFactor {
        /// An id, an address or a user name.
        account: String,
    },
    /// Delete an account with all that is its own, for ever.
    Delete {
        /// An id, an address or a user name.
        account: String,
    },
}

pub(super) async fn run(core: &Core, action: Action) -> Result<(), Failure> {
    let (who, client) = (core.command_line(), Client::default());
    let (email, what) = match action {
        Action::Invite { email, username, name } => {
            let user = core.invite(&who, Invitation { email, username, name }, &client).await?;
            (user.email, "is invited; the mail waits to be sent")
        }
        Action::Verify { account } => {
            let user = core.account_called(&account).await?;
            (core.verify_email_of(&who, user.id, &client).await?.email, "is verified")
        }
        Action::Disable { account } => {
            let user = core.account_called(&account).await?;
            core.set_active_of(&who, user.id, false, &client).await?;
            (user.email, "is disabled; all sessions have ended")
        }
        Action::Enable { account } => {
            let user = core.account_called(&account).await?;
            (core.set_active_of(&who, user.id, true, &client).await?.email, "is enabled")
        }
        Action::ResetPassword { account } => {
            let user = core.account_called(&account).await?;
            core.mail_password_reset_to(&who, user.id, &client).await?;
            (user.email, "has no password and no session; the mail waits to be sent")
        }
        Action::RemoveSecondFactor { account } => {
            let user = core.account_called(&account).await?;
            core.remove_second_factor_of(&who, user.id, &client).await?;
            (user.email, "has no second factor")
        }
        Action::Delete { account } => {
            let user = core.account_called(&account).await?;
            core.delete_account_of(&who, user.id, &client).await?;
            (user.email, "is deleted")
        }
    };
    print(&format!("{} {what}.\n", email.as_str()))
}
