//! `doorward migrate`: brings the database up to date and stops.

use std::time::Duration;

use indicatif::ProgressBar;

use super::exit::Failure;
use super::{Context, node};

const TICK: Duration = Duration::from_millis(100);

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    // Shown only on a terminal, and only while there is something to wait for.
    let spinner = ProgressBar::new_spinner().with_message("Migrating the database");
    spinner.enable_steady_tick(TICK);
    let opened = node::block_on(node::open_database(&config));
    spinner.finish_and_clear();
    match &*opened?.migrated {
        [] => println!("The database is up to date."),
        [one] => println!("The database is up to date: migration {one} ran."),
        [first, .., last] => println!("The database is up to date: migrations {first} to {last} ran."),
    }
    Ok(())
}
