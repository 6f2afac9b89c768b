//! Any text as a flow, and as a file of rules: read or refused, never a panic; what is read prints to a text that reads the same.
#![no_main]

use doorward_guard::{Flow, Guards, Plan, ScopeSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(flow) = text.parse::<Flow>() {
        assert_eq!(flow.to_string().parse::<Flow>().unwrap(), flow);
        if let (Ok(_), Ok(security)) = (Plan::new(&flow), flow.security(&ScopeSet::EMPTY)) {
            assert!(!security.is_empty());
        }
    }
    let _ = Guards::outline_of_toml(text);
});
