//! `doorward backup`: the database and the documents, copied into a folder while the server runs.
//!
//! The master key is not copied: whoever finds both has everything, so it is kept apart. Data on PostgreSQL are left to its own
//! tools.
//!
//! Invariant: a file in the folder under its own name is whole and verified, and none is written over.

use std::path::{Path, PathBuf};
use std::time::Instant;

use doorward_store::back_up;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::{Context, node, print};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Where the copies go; made if need be. No file in it is written over: take a new folder each time.
    folder: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// A file that was written.
struct Written {
    path: PathBuf,
    bytes: u64,
}

pub(super) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let config = context.config()?;
    if config.database_server.is_some() {
        let text = "the data are on PostgreSQL, documents too: back them up with pg_dump, or with its base backups and archived log";
        return Err(Failure::new(Exit::Refused, text));
    }
    let started = Instant::now();
    let files = files(&config);
    for file in &files {
        if let Err(fault) = file.metadata() {
            let text = format!("cannot open the database {}: {fault}", file.display());
            return Err(Failure::new(Exit::Database, text));
        }
        let to = options.folder.join(name(file));
        if to.exists() {
            let text = format!(
                "{} is there already, and no backup is written over: take another folder",
                to.display()
            );
            return Err(Failure::new(Exit::Refused, text));
        }
    }
    let mut written = Vec::with_capacity(files.len());
    for file in &files {
        let path = options.folder.join(name(file));
        node::make_folder(&path).map_err(|fault| Failure::new(Exit::Refused, format!("{fault:#}")))?;
        let bytes = back_up(file, &path)?;
        written.push(Written { path, bytes });
    }
    print(&summary(options, &config, &written, started.elapsed().as_secs_f64()))
}

/// What is copied, in this order: a document whose account is gone goes when the copies are used, and one whose account came later
/// would stay for ever.
fn files(config: &Config) -> Vec<PathBuf> {
    let documents = config.database.with_file_name("documents.db");
    let documents = documents.exists().then_some(documents);
    documents.into_iter().chain([config.database.clone()]).collect()
}

fn name(file: &Path) -> &Path {
    file.file_name().map_or(file, Path::new)
}

fn summary(options: &Options, config: &Config, written: &[Written], seconds: f64) -> String {
    let key = &config.master_key_file;
    if options.json {
        let file = |one: &Written| json!({ "path": one.path, "bytes": one.bytes });
        let files: Vec<_> = written.iter().map(file).collect();
        return format!(
            "{}\n",
            json!({ "verified": true, "seconds": seconds, "files": files, "not_copied": [key] })
        );
    }
    let mut text = String::new();
    for Written { path, bytes } in written {
        text.push_str(&format!("{bytes:>15} bytes  {}\n", path.display()));
    }
    text.push_str(&format!(
        "Copied and verified in {seconds:.1} s. The master key ({}) is kept apart from them: without it they are of no use.\n",
        key.display()
    ));
    text
}
