//! The command line: one file per command.

mod admin;
mod api_keys;
mod audit;
mod backup;
mod bench_hash;
mod clients;
mod config;
mod copy;
mod exit;
mod forward_auth;
mod generate_private_key;
mod guard;
mod healthcheck;
mod import;
mod keep_mirror;
mod keep_up;
mod keys;
mod listing;
mod mail;
mod master_key;
mod migrate;
mod node;
mod openapi;
mod passkeys;
mod password_filter;
mod roles;
mod serve;
mod sessions;
mod settings;
mod users;
mod webhooks;

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::{Exit, Failure};
pub(crate) use serve::run_with as serve_with;

use crate::config::{Config, Environment};

/// The auth server of your applications.
#[derive(Debug, Parser)]
#[command(version, about, after_help = exit::HELP)]
struct Arguments {
    /// The configuration; ./doorward.toml when there is one.
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Bring the database up to date and stop.
    Migrate,
    /// Copy the database and the documents into a folder while the server runs.
    Backup(backup::Options),
    /// Copy everything to another database, as from SQLite to PostgreSQL.
    Copy(copy::Options),
    /// Print a new private key.
    GeneratePrivateKey(generate_private_key::Options),
    /// Make and list administrators, set passwords, enable and disable accounts.
    #[command(subcommand)]
    Admin(admin::Action),
    /// List, import and export accounts, give and take roles.
    #[command(subcommand)]
    Users(users::Action),
    /// Bring accounts along from another system.
    #[command(subcommand)]
    Import(import::Action),
    /// List and end sessions.
    #[command(subcommand)]
    Sessions(sessions::Action),
    /// List and revoke API keys.
    #[command(subcommand)]
    ApiKeys(api_keys::Action),
    /// List and remove passkeys.
    #[command(subcommand)]
    Passkeys(passkeys::Action),
    /// Add, list and remove applications that people sign in to.
    #[command(subcommand)]
    Clients(clients::Action),
    /// List, make and delete roles.
    #[command(subcommand)]
    Roles(roles::Action),
    /// List and change what can be changed while the server runs.
    #[command(subcommand)]
    Settings(settings::Action),
    /// Check, print and describe the configuration.
    #[command(subcommand)]
    Config(config::Action),
    /// List and rotate signing keys.
    #[command(subcommand)]
    Keys(keys::Action),
    /// Read, follow, sign and verify the audit log.
    #[command(subcommand)]
    Audit(audit::Action),
    /// Show what mails look like, list the queue, and try mails again.
    #[command(subcommand)]
    Mail(mail::Action),
    /// List the services that are told what happens, and try again those that could not be told.
    #[command(subcommand)]
    Webhooks(webhooks::Action),
    /// Make the file with leaked passwords that `password.breached_file` names.
    PasswordFilter(password_filter::Options),
    /// Check and explain the rules of applications that use the crate doorward-guard.
    #[command(subcommand)]
    Guard(guard::Action),
    /// Explain what a proxy is told about a request to a guarded host.
    #[command(subcommand)]
    ForwardAuth(forward_auth::Action),
    /// Print the OpenAPI description.
    Openapi,
    /// Ask a running server whether it is well; for containers and scripts.
    Healthcheck,
    /// Measure what this machine can hash, and say which settings to choose.
    BenchHash(bench_hash::Options),
}

/// What every command is given.
struct Context {
    file: Option<PathBuf>,
    environment: Environment,
}

impl Context {
    fn config(&self) -> Result<Config, Failure> {
        Ok(crate::config::load(self.file.as_deref(), &self.environment)?)
    }
}

/// Runs what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    end(obey(arguments))
}

/// Says why a command did not do what was asked, and gives the code that it ends with.
pub(crate) fn end(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("doorward: {}", failure.text);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn obey(arguments: Arguments) -> Result<(), Failure> {
    let context = Context { file: arguments.config, environment: Environment::of_this_process()? };
    match arguments.command {
        Command::Serve => serve::run(&context),
        Command::Migrate => migrate::run(&context),
        Command::Backup(options) => backup::run(&context, &options),
        Command::Copy(options) => copy::run(&context, &options),
        Command::GeneratePrivateKey(options) => generate_private_key::run(&options),
        Command::Admin(action) => admin::run(&context, action),
        Command::Users(action) => users::run(&context, action),
        Command::Import(action) => import::run(&context, action),
        Command::Sessions(action) => sessions::run(&context, action),
        Command::ApiKeys(action) => api_keys::run(&context, action),
        Command::Passkeys(action) => passkeys::run(&context, action),
        Command::Clients(action) => clients::run(&context, action),
        Command::Roles(action) => roles::run(&context, action),
        Command::Settings(action) => settings::run(&context, action),
        Command::Config(action) => config::run(&context, action),
        Command::Keys(action) => keys::run(&context, &action),
        Command::Mail(action) => mail::run(&context, action),
        Command::Webhooks(action) => webhooks::run(&context, &action),
        Command::Audit(action) => audit::run(&context, action),
        Command::PasswordFilter(options) => password_filter::run(&options),
        Command::Guard(action) => guard::run(&action),
        Command::ForwardAuth(action) => forward_auth::run(&context, action),
        Command::Openapi => openapi::run(),
        Command::Healthcheck => healthcheck::run(&context),
        Command::BenchHash(options) => bench_hash::run(&options),
    }
}

/// Prints a document. Whoever has read enough of it may close the pipe.
fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(fault) if fault.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Refused, format!("cannot print: {fault}")))
        }
        _ => Ok(()),
    }
}
