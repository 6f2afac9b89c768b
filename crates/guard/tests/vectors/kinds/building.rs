//! Guards that can be built, and guards that cannot.

use doorward_guard::any;
use serde_json::Value;

use crate::Verdict;
use crate::app::builder;
use crate::judge::{each_member, ensure};
use crate::world::World;

fn build(case: &Value) -> Verdict {
    let builder = builder(case, &World::default(), (any(), "/p"))?;
    builder.build().map(drop).map_err(|fault| fault.to_string())
}

/// What cannot be built lets nobody in, either.
pub(crate) fn fails(case: &Value) -> Verdict {
    let built = build(case);
    each_member(&case["expect"], |name, wanted| match name {
        "error" | "never_passes" => {
            Some(ensure(built.is_err() == (wanted == true), || format!("building gives {built:?}")))
        }
        _ => None,
    })
}

pub(crate) fn succeeds(case: &Value) -> Verdict {
    build(case)
}
