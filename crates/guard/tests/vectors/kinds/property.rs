//! Properties: each is held by a test of its own, which is named here and must be there.

use serde_json::Value;

use crate::Verdict;

/// An area and a word of the title, and the file and name of the test that holds the property.
const HELD_BY: &[(&str, &str, &str, &str)] = &[
    ("oauth2-start", "bounded", "tests/vectors/held.rs", "attempts_lie_in_the_browser_for_an_hour_at_most"),
    (
        "oauth2-refresh",
        "one refresh",
        "tests/vectors/held.rs",
        "requests_that_refresh_a_token_at_once_send_one_refresh",
    ),
    (
        "oidc-id-token",
        "limited in rate",
        "tests/vectors/held.rs",
        "unknown_keys_do_not_make_keys_be_fetched_again_and_again",
    ),
    (
        "provider-presets",
        "without internet",
        "tests/vectors/held.rs",
        "a_mock_needs_no_network_and_works_on_this_machine_alone",
    ),
    ("openapi-prune", "twice", "tests/properties/openapi.rs", "pruning_twice_gives_the_same_as_pruning_once"),
    ("openapi-prune", "webhooks", "tests/properties/openapi.rs", "webhooks_and_callbacks_are_pruned_too"),
    ("key", "same time", "tests/properties/keys.rs", "keys_are_compared_as_digests_in_constant_time"),
];

pub(crate) fn named(case: &Value) -> Verdict {
    let (area, title) =
        (case["area"].as_str().unwrap_or_default(), case["title"].as_str().unwrap_or_default());
    let held = HELD_BY.iter().find(|(of, word, ..)| *of == area && title.contains(word));
    let (_, _, file, test) = held.ok_or("no test holds this")?;
    let source = std::fs::read_to_string(file).map_err(|fault| format!("{file}: {fault}"))?;
    let is_there = source.contains(&format!("fn {test}("));
    if is_there { Ok(()) } else { Err(format!("{file} has no test {test}")) }
}
