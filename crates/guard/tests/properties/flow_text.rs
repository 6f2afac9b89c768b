//! Texts that may be flows.

use doorward_guard::Flow;
use proptest::prelude::*;

use crate::tree::cases;

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn what_parses_prints_to_a_text_that_parses_to_the_same(text in "[ab()&|!\"'`\\\\ \t.ü0_-]{0,24}") {
        if let Ok(flow) = text.parse::<Flow>() {
            prop_assert_eq!(flow.to_string().parse::<Flow>().expect("what was printed"), flow);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        if let Err(fault) = text.parse::<Flow>() {
            prop_assert!((1..=text.chars().count() + 1).contains(&fault.column()), "{}", fault);
        }
    }
}

#[test]
fn hostile_texts_are_refused_at_once() {
    for text in
        ["(".repeat(1_000_000), "a&&".repeat(1_000_000), "\"".repeat(1_000_001), "((a))".repeat(100_000)]
    {
        assert!(text.parse::<Flow>().is_err());
    }
}
