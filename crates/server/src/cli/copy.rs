//! `doorward copy`: everything brought to another database, verified, and taken up again where it was interrupted.
//!
//! Documents come first: when the accounts are whole, all is. Where documents are whole already, they are only compared.
//!
//! The master key is not in a database and does not come along: the file that the configuration names is brought by hand.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use doorward_core::Secret;
use doorward_documents::{SCHEMA, copy as documents};
use doorward_store::{CopiedTable, CopyMode, CopyProgress, Place, PostgresOptions, copy};
use serde_json::json;

use super::exit::{Exit, Failure};
use super::{Context, node, print};
use crate::config::Config;

/// How often it is told how far the copy is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long a statement about documents may take: the disk is busy.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// `sqlite:` and the path of a file, or `postgres://user@host/name`; the configured database if left out.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// As `--from`. Leave out the side whose address holds a password, and keep it in the configuration.
    #[arg(long, value_name = "URL", required_unless_present = "from")]
    to: Option<String>,
    /// Drop what an interrupted copy has left in the target, and copy all of it again.
    #[arg(long, conflicts_with = "verify_only")]
    start_over: bool,
    /// Copy nothing: hold both sides against each other, row by row.
    #[arg(long)]
    verify_only: bool,
    /// Only documents: where the accounts have been copied already.
    #[arg(long)]
    documents: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// A table that both sides hold alike.
struct Copied {
    name: String,
    rows: u64,
    digest: String,
}

pub(super) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let config = context.config()?;
    let (from, to) = (place(options.from.as_deref(), &config)?, place(options.to.as_deref(), &config)?);
    if let Place::Sqlite(path) = &to {
        node::make_folder(path).map_err(|fault| Failure::new(Exit::Database, format!("{fault:#}")))?;
    }
    let mode = match (options.verify_only, options.start_over) {
        (true, _) => CopyMode::Verify,
        (false, true) => CopyMode::StartOver,
        (false, false) => CopyMode::GoOn,
    };
    let started = Instant::now();
    let copied = node::block_on(async {
        let mut copied = copy_documents(&config, &from, &to, mode).await?;
        if !options.documents {
            let mut teller = Teller::default();
            let accounts = copy(&from, &to, mode, |at| teller.hear(at)).await?;
            copied.extend(accounts.into_iter().map(of_accounts));
        }
        Ok(copied)
    })?;
    print(&summary(options, &config, &copied, started.elapsed()))
}

fn of_accounts(table: CopiedTable) -> Copied {
    Copied { name: table.name, rows: table.rows, digest: table.digest.to_string() }
}

async fn copy_documents(
    config: &Config,
    from: &Place,
    to: &Place,
    mode: CopyMode,
) -> Result<Vec<Copied>, Failure> {
    if let (Place::Sqlite(one), Place::Sqlite(other)) = (from, to)
        && one.parent() == other.parent()
    {
        // Both sides have one file of documents.
        return Ok(Vec::new());
    }
    let mode = match mode {
        CopyMode::GoOn => documents::CopyMode::GoOn,
        CopyMode::StartOver => documents::CopyMode::StartOver,
        CopyMode::Verify => documents::CopyMode::Verify,
    };
    let language = config.documents.as_ref().map_or_else(Default::default, |config| config.settings.language);
    let mut teller = Teller::default();
    let told = move |table: &'static str, rows| {
        teller.hear(CopyProgress { table: &format!("documents.{table}"), rows, is_whole: false });
    };
    let copied = documents::copy(shelf(from)?, shelf(to)?, mode, language, told).await?;
    let copied = copied.into_iter().map(|table| Copied {
        name: format!("documents.{}", table.name),
        rows: table.rows,
        digest: table.digest.to_string(),
    });
    Ok(copied.collect())
}

/// Where the documents of a place are.
fn shelf(place: &Place) -> Result<documents::Place, Failure> {
    Ok(match place {
        Place::Sqlite(path) => documents::Place::File(path.with_file_name("documents.db")),
        Place::Postgres(url, options) => {
            let options =
                PostgresOptions { max_connections: 1, statement_timeout: PATIENCE, ..options.clone() };
            documents::Place::Server(doorward_store::pool(url, &options, SCHEMA)?)
        }
    })
}

/// Where the address leads; without one, where the configuration says.
fn place(url: Option<&str>, config: &Config) -> Result<Place, Failure> {
    let server = config.database_server.as_ref();
    let Some(url) = url else {
        return Ok(match server {
            Some(server) => Place::Postgres(server.url.clone(), node::server_options(server)),
            None => Place::Sqlite(config.database.clone()),
        });
    };
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && path != ":memory:" => {
            Ok(Place::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
        }
        Some(("postgres" | "postgresql", _)) => {
            let options = server.map_or_else(PostgresOptions::default, node::server_options);
            Ok(Place::Postgres(Secret::new(url.to_owned()), options))
        }
        _ => Err(Failure::new(
            Exit::Refused,
            "an address is \"sqlite:\" and the path of a file, or \"postgres://user@host/name\"",
        )),
    }
}

/// Says on standard error how far the copy is: now and then, and at the end of each table.
#[derive(Debug, Default)]
struct Teller {
    /// When this table, on this run, was first heard of, and how many rows it had then.
    began: Option<(Instant, u64)>,
    told: Option<Instant>,
}

impl Teller {
    fn hear(&mut self, at: CopyProgress<'_>) {
        let now = Instant::now();
        let (began, before) = *self.began.get_or_insert((now, at.rows));
        let is_due = now - *self.told.get_or_insert(now) >= TELL_EVERY;
        if is_due || at.is_whole {
            let rate = (at.rows - before) as f64 / (now - began).as_secs_f64().max(0.001);
            let rate = if at.rows == before { String::new() } else { format!(", {rate:.0} rows/s") };
            eprintln!("{}: {} rows{rate}{}", at.table, at.rows, if at.is_whole { ", all" } else { "" });
            self.told = Some(now);
        }
        if at.is_whole {
            self.began = None;
        }
    }
}

fn summary(options: &Options, config: &Config, copied: &[Copied], took: Duration) -> String {
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    if options.json {
        let table =
            |table: &Copied| json!({ "name": table.name, "rows": table.rows, "sha256": table.digest });
        let tables: Vec<_> = copied.iter().map(table).collect();
        let seconds = took.as_secs_f64();
        return format!(
            "{}\n",
            json!({ "verified": true, "rows": rows, "seconds": seconds, "tables": tables })
        );
    }
    let mut text = String::new();
    for table in copied.iter().filter(|table| table.rows > 0) {
        text.push_str(&format!("{:>12}  {:<24}  {}\n", table.rows, table.name, table.digest));
    }
    let what = if options.verify_only { "Both sides are the same" } else { "Copied and verified" };
    text.push_str(&format!("{what}: {rows} rows in {:.1} s.\n", took.as_secs_f64()));
    if !options.verify_only {
        let key = config.master_key_file.display();
        text.push_str(&format!(
            "The master key ({key}) is in no database: bring the file along, or no node can use the copy.\n"
        ));
    }
    text
}
