//! `doorward keys`: signing keys.

use doorward_core::token::{StoredKey, Takeover};
use serde_json::json;

use super::exit::Failure;
use super::node::{Node, block_on};
use super::{Context, print};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List the keys, oldest first; the one that signs is marked.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
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
            Action::List { json } => {
                let signing = core.signing_kid();
                for key in core.signing_keys().await? {
                    print(&line(&key, key.kid == signing, *json))?;
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

fn line(key: &StoredKey, signs: bool, is_json: bool) -> String {
    let (kid, algorithm, since, end) = (&key.kid, key.algorithm, key.created_at, key.verifies_until);
    if is_json {
        let object = json!({
            "kid": kid,
            "algorithm": algorithm.to_string(),
            "signs": signs,
            "created_at": since,
            "verifies_until": end,
        });
        return format!("{object}\n");
    }
    let mark = if signs { "signs" } else { "     " };
    let end = end.map_or_else(|| "no end".to_owned(), |end| format!("until {end}"));
    format!("{mark}  {kid}  {algorithm}  since {since}  {end}\n")
}
