//! The decision, whatever order guards stand in.

use std::collections::{BTreeMap, BTreeSet};

use doorward_guard::{Decision, GuardSet, Identity, Manner, Outcome, Plan, ScopeSet, UserInfo, decide};
use proptest::prelude::*;

use crate::tree::{NAMES, Tree, cases, tree};

/// What each guard says, by its name.
type Said = BTreeMap<&'static str, u8>;

fn said() -> impl Strategy<Value = Said> {
    prop::collection::vec(0_u8..12, NAMES.len()).prop_map(|said| NAMES.into_iter().zip(said).collect())
}

/// Contradictions and outages are rarer than the rest, or they would decide most cases.
fn outcome(name: &str, said: u8) -> Outcome {
    match said {
        0..=4 => Outcome::Pass(Identity::new(UserInfo::new("local", name).with_scopes([name]))),
        5..=7 => Outcome::Missing,
        8 | 9 => Outcome::invalid("wrong"),
        10 => Outcome::unavailable(7, "away"),
        _ => Outcome::bad_request("twice"),
    }
}

fn manner(name: &str) -> Manner {
    match name {
        "a" | "b" => Manner::Challenge,
        "c" => Manner::Interactive,
        _ => Manner::Silent,
    }
}

/// The decision with names in the place of numbers.
fn decided(tree: &Tree, said: &Said, needed: &ScopeSet, navigates: bool) -> (&'static str, BTreeSet<String>) {
    let plan = Plan::with_manners(&tree.flow(), manner).expect("a small flow");
    let outcomes: Vec<Outcome> = plan.guards().iter().map(|name| outcome(name, said[&**name])).collect();
    let named = |set: GuardSet| set.iter().map(|index| plan.guards()[index].to_string()).collect();
    match decide(&plan, &outcomes, needed, navigates) {
        Decision::Allow { proof } => ("allow", named(proof)),
        Decision::Redirect { to } => ("redirect", named(to)),
        Decision::Challenge { failed } => ("challenge", named(failed)),
        Decision::LacksScope { proof } => ("lacks scope", named(proof)),
        Decision::Wrong => ("wrong", BTreeSet::new()),
        Decision::Missing => ("missing", BTreeSet::new()),
        // Which of several contradictions is told of first makes no difference to the caller's rights.
        Decision::BadRequest { .. } => ("bad request", BTreeSet::new()),
        Decision::Unavailable { .. } => ("unavailable", BTreeSet::new()),
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn the_order_of_guards_makes_no_difference(
        tree in tree(),
        said in said(),
        by in 1_usize..7,
        needed in proptest::sample::subsequence(&NAMES[..], 0..3),
        navigates: bool,
    ) {
        let needed = ScopeSet::from(needed);

        prop_assert_eq!(
            decided(&tree, &said, &needed, navigates),
            decided(&tree.turned(by), &said, &needed, navigates)
        );
    }

    #[test]
    fn a_further_proof_takes_no_entrance_away(tree in tree(), said in said(), more in 0_usize..NAMES.len()) {
        let mut better = said.clone();
        better.insert(NAMES[more], 0);
        let contradicts = tree.flow().guards().iter().any(|name| better[&**name] == 11);

        if decided(&tree, &said, &ScopeSet::EMPTY, false).0 == "allow" && !contradicts {
            prop_assert_eq!(decided(&tree, &better, &ScopeSet::EMPTY, false).0, "allow");
        }
    }
}
