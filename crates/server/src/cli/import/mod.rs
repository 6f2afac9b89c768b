//! `doorward import`: everybody of another system, with the hashes of their passwords and the names their clients know them by;
//! of R2R, where its database is at hand, also what they keep.
//!
//! Run it again to go on after an interruption: who is there already is told as that.

mod belongings;
mod keys;
mod tell;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use doorward_core::account::AliasKind;
use doorward_core::client::Client;
use doorward_core::role::RoleName;
use doorward_core::{Core, Error, Secret};
use doorward_store::Elsewhere;

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::users::{form_of, tell as tell_accounts};
use super::{Context, listing, print};
use crate::accounts::members::{Members, rows};
use crate::accounts::read::{Form, Row};
use crate::accounts::report::Report;
use crate::accounts::{authx, r2r};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Accounts of AuthX, from a file with its collection of users.
    Authx(Options),
    /// Accounts of R2R, from its database or a file with its table of users.
    R2r {
        #[command(flatten)]
        options: Options,
        /// The table, where the accounts come from a database.
        #[arg(long, default_value = "r2r_default.users")]
        table: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// A file with CSV under a line of names, or with JSON objects; of R2R also a database, as `postgres://…`.
    #[arg(long)]
    from: String,
    /// The form of the file; by its ending when it is not given.
    #[arg(long)]
    form: Option<Form>,
    /// Only say what would become of each row.
    #[arg(long)]
    dry_run: bool,
    /// The whole report as JSON.
    #[arg(long)]
    json: bool,
}

/// How one account of a dump is read.
type Read = fn(&Members) -> Row;

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    let (options, table, read): (_, _, Read) = match action {
        Action::Authx(options) => (options, None, authx::account),
        Action::R2r { options, table } => (options, Some(table), r2r::account),
    };
    block_on(async {
        let core = Node::open(&config).await?.core;
        let source = match table.filter(|_| is_database(&options.from)) {
            Some(table) => Some((Elsewhere::connect(&Secret::new(options.from.clone())).await?, table)),
            None => None,
        };
        let members = match &source {
            Some((theirs, table)) => kept(theirs, table).await?,
            None => dumped(&options)?,
        };
        let rows: Vec<Row> = members.into_iter().map(|members| read(&members?)).collect();
        let coming = old_ids(&rows);
        let report = bring_accounts(&core, rows, &options).await?;
        let belongings = match &source {
            None => None,
            Some((theirs, table)) => {
                let plan = belongings::Plan { theirs, table, coming, is_rehearsal: options.dry_run };
                let mut told = belongings::bring(&core, &config, &plan).await?;
                keys::bring(&core, &plan, &mut told.api_keys).await?;
                Some(told)
            }
        };
        if options.json {
            return print(&format!("{}\n", listing::json(&Told { accounts: report, belongings })));
        }
        tell_accounts(&report, options.dry_run, false)?;
        belongings.map_or(Ok(()), |belongings| belongings.tell(options.dry_run))
    })
}

/// All that became of an import.
#[derive(serde::Serialize)]
struct Told {
    #[serde(flatten)]
    accounts: Report,
    #[serde(flatten)]
    belongings: Option<tell::Belongings>,
}

async fn bring_accounts(core: &Core, mut rows: Vec<Row>, options: &Options) -> Result<Report, Failure> {
    let roles = make_roles(core, &mut rows, options.dry_run).await?;
    if !options.json {
        print(&roles)?;
    }
    let (who, client) = (core.command_line(), Client::default());
    let mut rows = rows.into_iter();
    Ok(Report::of_import(core, &who, (&mut rows, options.dry_run), &client, |_| {}).await?)
}

/// The ids that accounts of R2R had there.
fn old_ids(rows: &[Row]) -> BTreeSet<String> {
    let aliases = rows.iter().flatten().filter_map(|row| row.alias.as_ref());
    aliases.filter(|(kind, _)| *kind == AliasKind::R2r).map(|(_, id)| id.clone()).collect()
}

fn is_database(from: &str) -> bool {
    from.starts_with("postgres://") || from.starts_with("postgresql://")
}

/// The accounts in a table of a database.
async fn kept(theirs: &Elsewhere, table: &str) -> Result<Vec<Result<Members, Error>>, Failure> {
    let missing = || Failure::new(Exit::Database, format!("there is no table {table}; name it by --table"));
    let found = theirs.rows(table).await?.ok_or_else(missing)?;
    Ok(rows(found.join("\n").as_bytes(), Form::Json))
}

/// The accounts of the file.
fn dumped(options: &Options) -> Result<Vec<Result<Members, Error>>, Failure> {
    let path = Path::new(&options.from);
    let form = options.form.map_or_else(|| form_of(path), Ok)?;
    let file = File::open(path)
        .map_err(|fault| Failure::new(Exit::Refused, format!("cannot read {}: {fault}", path.display())))?;
    Ok(rows(BufReader::new(file), form))
}

/// Makes the roles that the accounts hold and nobody has made yet; they allow nothing until they are told to. A rehearsal makes none.
/// Gives what there is to tell of it.
async fn make_roles(core: &Core, rows: &mut [Row], is_rehearsal: bool) -> Result<String, Failure> {
    let known: BTreeSet<String> = core.roles().iter().map(|role| role.name.to_string()).collect();
    let held = rows.iter().flatten().flat_map(|row| &row.roles).cloned();
    let is_new = |name: &String| !known.contains(name) && name.parse::<RoleName>().is_ok();
    let new: BTreeSet<String> = held.filter(is_new).collect();
    let mut told = String::new();
    for name in &new {
        if is_rehearsal {
            told.push_str(&format!("the role {name} would be made\n"));
            continue;
        }
        let about = "Brought along; allows nothing yet.".to_owned();
        core.create_role(&core.command_line(), (name, about, ""), &Client::default()).await?;
        told.push_str(&format!(
            "made the role {name}, which allows nothing until you say `doorward roles set {name} SCOPES`\n"
        ));
    }
    if is_rehearsal {
        rows.iter_mut().flatten().for_each(|row| row.roles.retain(|role| !new.contains(role)));
    }
    Ok(told)
}
