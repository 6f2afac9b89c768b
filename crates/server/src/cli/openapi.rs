//! `doorward openapi`: prints the description of the API.

use anyhow::Context as _;

use super::exit::Failure;

pub(super) fn run() -> Result<(), Failure> {
    let json = crate::openapi::document().to_pretty_json().context("cannot print")?;
    println!("{json}");
    Ok(())
}
