//! API keys of R2R: whoever has one goes on with it, by the text that they have.
//!
//! One that cannot be brought is told with its owner, so that they can be told.

use doorward_core::account::AliasKind;
use doorward_core::api_key::BroughtKey;
use doorward_core::client::Client;
use doorward_core::{Core, Error, Secret, Timestamp};

use super::belongings::{Plan, passing, refused};
use super::tell::{Fate, Kind};
use crate::accounts::members::Members;
use crate::accounts::r2r;
use crate::cli::exit::Failure;

/// Where R2R keeps them, beside the accounts.
const KEYS: &str = "users_api_keys";

/// Brings all keys, and tells what became of each.
///
/// # Errors
/// Either database fails.
pub(super) async fn bring(core: &Core, plan: &Plan<'_>, told: &mut Kind) -> Result<(), Failure> {
    for key in plan.all(&[KEYS]).await? {
        let fate = passing(one(core, plan, &key).await)?;
        told.note(called(core, &key).await?, fate);
    }
    Ok(())
}

async fn one(core: &Core, plan: &Plan<'_>, key: &Members) -> Result<Fate, Error> {
    let hash = key.text("hashed_key").ok_or_else(|| refused("What it is checked by is not there."))?;
    let brought = BroughtKey {
        user: plan.owner(core, key.text("user_id")).await?,
        public: key.text("public_key").unwrap_or_default(),
        hash: Secret::new(r2r::hash(hash)),
        id: key.text("id").and_then(|id| id.parse().ok()),
        name: name(key),
        description: key.text("description").unwrap_or_default(),
        created_at: key.moment("created_at").as_deref().and_then(Timestamp::parse),
    };
    let is_new =
        core.bring_api_key(&core.command_line(), brought, plan.is_rehearsal, &Client::default()).await?;
    Ok(if is_new { Fate::Added } else { Fate::Existing })
}

/// What its owner called it, or else said of it.
fn name(key: &Members) -> String {
    key.text("name").or_else(|| key.text("description")).unwrap_or_default()
}

/// The key by its public part, with its name and its owner.
async fn called(core: &Core, key: &Members) -> Result<String, Failure> {
    let (public, old) = (key.text("public_key").unwrap_or_default(), key.text("user_id").unwrap_or_default());
    let owner = passing(core.account_known_as(AliasKind::R2r, &old.to_ascii_lowercase()).await)?;
    let owner = owner.map_or(old, |owner| owner.email.as_str().to_owned());
    Ok(format!("{public} ({}) of {owner}", name(key)))
}
