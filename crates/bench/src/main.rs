//! Measures the real server against floors taken in the same run on the same machine.
//!
//! Every figure is a ratio of two things measured minutes apart at most, because machines differ and this one may be busy.
//! `./dev bench` builds and runs everything; `./dev bench open refresh` only these rows.

#![expect(clippy::print_stdout, reason = "a table is what it is for")]

mod calls;
mod floor;
mod heard;
mod load;
mod postgres;
mod process;
mod rows;
mod seed;
mod small;
mod streams;
mod table;

use anyhow::Result;
use table::Table;

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let [first, which] = &wanted[..]
        && first == "serve"
    {
        return small::serve(which);
    }
    if let [first, which, count] = &wanted[..]
        && first == "call"
    {
        return calls::run(which, count.parse()?);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut table = Table::default();
    runtime.block_on(async {
        for (name, row) in rows::ALL {
            if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
                eprintln!("measuring {name} ...");
                row(&mut table).await?;
            }
        }
        anyhow::Ok(())
    })?;
    print!("{table}");
    Ok(())
}
