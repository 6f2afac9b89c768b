//! `doorward password-filter`: makes the file that `password.breached_file` names.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::print;
use crate::outside::breached_file::{self, Lines};

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// A list of leaked passwords, one in each line, as SHA-1 in hexadecimal; `-` reads standard input. All of them are
    /// held in memory for the moment, eight bytes each.
    list: PathBuf,
    /// The file to make.
    #[arg(long, short, default_value = "leaked.pwf")]
    out: PathBuf,
    /// The lines are passwords, not digests.
    #[arg(long)]
    plain: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let lines = if options.plain { Lines::Passwords } else { Lines::Digests };
    let built = if options.list.as_os_str() == "-" {
        breached_file::build(io::stdin().lock(), lines, &options.out)
    } else {
        File::open(&options.list)
            .and_then(|list| breached_file::build(BufReader::new(list), lines, &options.out))
    };
    let count = built.map_err(|fault| {
        Failure::new(
            Exit::Refused,
            format!("{} -> {}: {fault}", options.list.display(), options.out.display()),
        )
    })?;
    print(&format!("{count} passwords in {}\n", options.out.display()))
}
