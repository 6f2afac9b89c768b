//! Flows against a naive evaluator.

use std::collections::BTreeSet;

use doorward_guard::{Flow, GuardSet, Plan, ScopeSet};
use proptest::prelude::*;

use crate::tree::{cases, passed, tree};

/// The numbers of these guards in a plan.
fn numbers(plan: &Plan, names: &BTreeSet<&str>) -> GuardSet {
    let is_in = |(_, name): &(usize, &std::sync::Arc<str>)| names.contains(&***name);
    plan.guards()
        .iter()
        .enumerate()
        .filter(is_in)
        .fold(GuardSet::EMPTY, |set, (index, _)| set.union(GuardSet::only(index)))
}

fn names(plan: &Plan, set: GuardSet) -> BTreeSet<String> {
    set.iter().map(|index| plan.guards()[index].to_string()).collect()
}

proptest! {
    #![proptest_config(cases(100_000))]

    #[test]
    fn a_flow_holds_when_a_naive_evaluator_says_so(tree in tree(), passed in passed()) {
        let flow = tree.flow();
        let plan = Plan::new(&flow).expect("a small flow");

        prop_assert_eq!(flow.is_satisfied_by(|name| passed.contains(name)), tree.holds(&passed));
        prop_assert_eq!(!plan.satisfied_by(numbers(&plan, &passed)).is_empty(), tree.holds(&passed));
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn guards_count_when_a_whole_alternative_of_theirs_passed(tree in tree(), passed in passed()) {
        let plan = Plan::new(&tree.flow()).expect("a small flow");
        let alternatives = tree.alternatives();
        let whole = alternatives.iter().filter(|alternative| alternative.is_subset(&passed));
        let counting: BTreeSet<String> = whole.flatten().map(|name| (*name).to_owned()).collect();

        prop_assert_eq!(names(&plan, plan.satisfied_by(numbers(&plan, &passed))), counting);
    }

    #[test]
    fn requirements_say_the_same_as_the_flow(tree in tree(), passed in passed()) {
        // More than 64 alternatives cannot come of six guards: at most twenty sets hold none another.
        let requirements = tree.flow().security(&ScopeSet::EMPTY).expect("few alternatives");
        let holds = requirements.iter().any(|names| names.keys().all(|name| passed.contains(&**name)));

        prop_assert_eq!(holds, tree.holds(&passed));
        for (index, one) in requirements.iter().enumerate() {
            for other in requirements.iter().skip(index + 1) {
                let (one, other): (BTreeSet<_>, BTreeSet<_>) = (one.keys().collect(), other.keys().collect());
                prop_assert!(!one.is_subset(&other) && !other.is_subset(&one), "superfluous");
            }
        }
    }

    #[test]
    fn a_flow_is_the_same_in_code_and_in_text(tree in tree()) {
        let flow = tree.flow();

        prop_assert_eq!(&tree.text().parse::<Flow>().expect("a flow"), &flow);
        prop_assert_eq!(&flow.to_string().parse::<Flow>().expect("a flow"), &flow);
    }
}
