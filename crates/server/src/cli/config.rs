//! `doorward config`: checks, prints and describes the configuration.

use super::exit::{Exit, Failure};
use super::{Context, print};
use crate::config;
use crate::tls::Tls;

#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub(super) enum Action {
    /// Say whether a server would start with it.
    Check,
    /// Print it as the server reads it, from file and environment; secrets are left out.
    Print,
    /// Print the JSON Schema of doorward.toml, for editors.
    Schema {
        /// Print a page for people instead.
        #[arg(long)]
        markdown: bool,
    },
    /// Print a doorward.toml with every key and its default.
    Generate,
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    match action {
        Action::Check => {
            let config = context.config()?;
            if let Some((cert, key)) = &config.listen.tls {
                Tls::load(cert, key)
                    .map_err(|fault| Failure::new(Exit::Configuration, format!("{fault:#}")))?;
            }
            config.warnings.iter().for_each(|warning| println!("warning: {warning}"));
            println!("The configuration is good.");
        }
        Action::Print => {
            let sections = config::sections(context.file.as_deref(), &context.environment)?;
            let text = toml::to_string(&sections)
                .map_err(|fault| Failure::new(Exit::Configuration, format!("cannot print: {fault}")))?;
            return print(&text);
        }
        Action::Schema { markdown: true } => return print(&config::markdown()),
        Action::Schema { markdown: false } => return print(&format!("{:#}\n", config::schema())),
        Action::Generate => return print(&config::example()),
    }
    Ok(())
}
