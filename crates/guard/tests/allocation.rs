//! A verdict takes no heap memory. Stands alone, for its allocator counts for the whole process.

use std::hint::black_box;

use doorward_guard::{Decision, Identity, Outcome, Plan, ScopeSet, UserInfo, decide};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

const FLOWS: [&str; 4] = [
    "a",
    "a || (b && c)",
    "(a && b) || (c && (d || e))",
    "(a || b) && (c || d) && (e || (f && g)) || (h && (a || c))",
];

/// What guards say in case number `case`: all the ways in which a verdict can come about.
fn said(case: usize, guard: usize) -> Outcome {
    match (case + guard) % 7 {
        0..=2 => Outcome::Pass(Identity::new(UserInfo::new("local", "ada").with_scopes(["read", "write"]))),
        3 => Outcome::Missing,
        4 => Outcome::invalid("wrong"),
        5 => Outcome::unavailable(5, "away"),
        _ => Outcome::bad_request("twice"),
    }
}

#[test]
fn a_verdict_over_up_to_eight_guards_takes_no_heap_memory() {
    let plans: Vec<Plan> =
        FLOWS.iter().map(|flow| Plan::new(&flow.parse().expect("a flow")).expect("a plan")).collect();
    assert_eq!(plans.iter().map(|plan| plan.guards().len()).max(), Some(8));
    let cases: Vec<(&Plan, Vec<Outcome>)> = plans
        .iter()
        .flat_map(|plan| {
            (0..7).map(move |case| (plan, (0..plan.guards().len()).map(|guard| said(case, guard)).collect()))
        })
        .collect();
    let needed = ScopeSet::from(["read"]);
    let _profiler = dhat::Profiler::builder().testing().build();

    let before = dhat::HeapStats::get().total_blocks;
    let mut allowed = 0;
    for (plan, outcomes) in &cases {
        for navigates in [false, true] {
            let decision = decide(black_box(plan), black_box(outcomes), &needed, navigates);
            allowed += usize::from(matches!(decision, Decision::Allow { .. }));
        }
    }
    let after = dhat::HeapStats::get().total_blocks;

    assert_eq!(after - before, 0, "blocks were taken");
    assert!((1..cases.len() * 2).contains(&allowed), "the cases are all alike");
    drop(black_box(Box::new(0)));
    assert_eq!(dhat::HeapStats::get().total_blocks - after, 1, "nothing is counted");
}
