//! `doorward keys`: signing keys.

use doorward_core::token::Takeover;

use super::Context;
use super::exit::Failure;
use super::node::{Node, block_on};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the keys, oldest first; the one that signs is marked.
    List,
    /// Make a new key. It is published at once and signs ten minutes later; tokens of the old one live out their time.
    Rotate {
        /// Believe the old keys no more from this moment: for a key that has leaked. Every access token has to be
        /// refreshed.
        #[arg(long)]
        now: bool,
    },
}

pub(super) fn run(context: &Context, action: &Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        match action {
            Action::List => {
                let signing = core.signing_kid();
                for key in core.signing_keys().await? {
                    let mark = if key.kid == signing { "signs" } else { "     " };
                    let end =
                        key.verifies_until.map_or_else(|| "no end".to_owned(), |end| format!("until {end}"));
                    println!("{mark}  {}  {}  since {}  {end}", key.kid, key.algorithm, key.created_at);
                }
            }
            Action::Rotate { now } => {
                let takeover = if *now { Takeover::Immediate } else { Takeover::Overlapping };
                println!("{}", core.rotate_keys(takeover).await?);
            }
        }
        Ok(())
    })
}
