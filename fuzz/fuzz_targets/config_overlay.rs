//! Any file and any variable as configuration: read or refused, never a panic.
#![no_main]

use doorward::config::{Environment, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (text, key, value) = input;
    let name = format!("DOORWARD__{key}");
    let _ = parse(text, &Environment::of([(&*name, value)]));
});
