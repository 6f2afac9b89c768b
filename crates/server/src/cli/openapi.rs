//! `doorward openapi`: prints the description of the API.

use anyhow::Context as _;

use super::exit::Failure;
use super::print;

pub(super) fn run() -> Result<(), Failure> {
    let json = crate::openapi::document().to_pretty_json().context("cannot print")?;
    print(&format!("{json}\n"))
}
