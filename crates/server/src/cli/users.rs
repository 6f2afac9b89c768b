//! `doorward users`: accounts, without a running server.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use doorward_core::Core;
use doorward_core::account::{Cursor, User, UserFilter};
use doorward_core::client::Client;
use indicatif::{ProgressBar, ProgressStyle};

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::accounts::read::{Form, rows};
use crate::accounts::report::Report;
use crate::accounts::write::{Progress, next};
use crate::api::users::UserBody;

const PAGE: u32 = 200;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List accounts, youngest first.
    List {
        /// How the address, the user name or the shown name begins.
        begins: Option<String>,
        /// Those that hold this role, or `superuser`.
        #[arg(long)]
        role: Option<String>,
        /// Those that are disabled.
        #[arg(long)]
        disabled: bool,
        /// Those whose address was not proved.
        #[arg(long)]
        unverified: bool,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one account as JSON.
    Show {
        /// An id, an address or a user name.
        account: String,
    },
    /// Make accounts of a file with hashes of another program; run it again to go on after an interruption.
    Import {
        /// CSV or JSON.
        file: PathBuf,
        /// The form of the file; by its ending when it is not given.
        #[arg(long)]
        form: Option<Form>,
        /// Only say what would become of each row.
        #[arg(long)]
        dry_run: bool,
        /// The whole report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write all accounts as CSV, without password hashes.
    Export,
    /// Give a role, or `superuser`.
    GiveRole {
        /// An id, an address or a user name.
        account: String,
        /// The role.
        role: String,
    },
    /// Take a role, or `superuser`.
    TakeRole {
        /// An id, an address or a user name.
        account: String,
        /// The role.
        role: String,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        let (who, client) = (core.command_line(), Client::default());
        match action {
            Action::List { begins, role, disabled, unverified, limit, json } => {
                let role = role.map(|role| role.parse()).transpose()?;
                let is_active = disabled.then_some(false);
                let is_verified = unverified.then_some(false);
                let filter = UserFilter { begins, role, is_active, is_verified, ..UserFilter::default() };
                list(&core, &filter, limit, json).await
            }
            Action::Show { account } => {
                let user = core.account_called(&account).await?;
                print(&format!("{}\n", listing::json(&UserBody::from(user))))
            }
            Action::Import { file, form, dry_run, json } => {
                let form = form.map_or_else(|| form_of(&file), Ok)?;
                import(&core, (&file, form), dry_run, json).await
            }
            Action::Export => export(&core).await,
            Action::GiveRole { account, role } => {
                let user = core.account_called(&account).await?;
                said(&core.give_role(&who, user.id, &role.parse()?, &client).await?)
            }
            Action::TakeRole { account, role } => {
                let user = core.account_called(&account).await?;
                said(&core.take_role(&who, user.id, &role.parse()?, &client).await?)
            }
        }
    })
}

/// What an account holds now.
fn said(user: &User) -> Result<(), Failure> {
    let mut roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
    roles.extend(user.is_superuser.then_some("superuser"));
    let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
    print(&format!("{} holds {roles}.\n", user.email.as_str()))
}

async fn list(core: &Core, filter: &UserFilter, limit: usize, is_json: bool) -> Result<(), Failure> {
    let (mut found, mut cursor): (Vec<UserBody>, Option<Cursor>) = (Vec::new(), None);
    while found.len() < limit {
        let most = u32::try_from(limit - found.len()).unwrap_or(PAGE).min(PAGE);
        let page = core.users(filter, cursor.take(), most).await?;
        found.extend(page.items.into_iter().map(UserBody::from));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    listing::show(&found, is_json, ["id", "email", "username", "state", "roles", "since"], UserBody::cells)
}

/// The form of a file, by its ending.
pub(super) fn form_of(file: &std::path::Path) -> Result<Form, Failure> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(Form::Csv),
        Some("json" | "jsonl" | "ndjson") => Ok(Form::Json),
        _ => Err(Failure::new(Exit::Refused, "--form: say whether the file is csv or json")),
    }
}

async fn import(
    core: &Core,
    (path, form): (&std::path::Path, Form),
    is_rehearsal: bool,
    is_json: bool,
) -> Result<(), Failure> {
    let file = File::open(path)
        .map_err(|fault| Failure::new(Exit::Refused, format!("cannot read {}: {fault}", path.display())))?;
    let mut rows = rows(BufReader::new(file), form)?.collect::<Vec<_>>().into_iter();
    let bar = ProgressBar::new(rows.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len}, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    let told = |report: &Report| bar.set_position(report.rows() as u64);
    let (who, client) = (core.command_line(), Client::default());
    let report = Report::of_import(core, &who, (&mut rows, is_rehearsal), &client, told).await?;
    bar.finish_and_clear();
    tell(&report, is_rehearsal, is_json)
}

/// What became of the rows of an import.
pub(super) fn tell(report: &Report, is_rehearsal: bool, is_json: bool) -> Result<(), Failure> {
    if is_json {
        return print(&format!("{}\n", listing::json(report)));
    }
    for refusal in &report.refusals {
        let field = refusal.field.map(|field| format!("{field}: ")).unwrap_or_default();
        print(&format!("account {}: {field}{}\n", refusal.row, refusal.detail))?;
    }
    let verb = if is_rehearsal { "would be made" } else { "made" };
    let Report { added, existing, refused, .. } = report;
    print(&format!("{added} {verb}, {existing} there already, {refused} refused\n"))
}

async fn export(core: &Core) -> Result<(), Failure> {
    core.note_export(&core.command_line(), &Client::default()).await?;
    let (filter, mut progress) = (UserFilter::default(), Progress::Head);
    while let Some((text, further)) = next(core, &filter, progress).await? {
        print(&text)?;
        progress = further;
    }
    Ok(())
}
