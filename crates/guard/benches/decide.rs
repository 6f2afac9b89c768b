//! The verdict alone: a flow and what its guards have said, without cryptography.

#![expect(clippy::unwrap_used, reason = "a bench whose ground gives way has to stop at once")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use doorward_guard::{Identity, Manner, Outcome, Plan, ScopeSet, UserInfo, decide};

/// Every second guard passes, beginning with the last one: the longest way through the flow.
fn outcomes(count: usize) -> Vec<Outcome> {
    let user = || UserInfo::new("local", "robot").with_scopes(["read", "write"]);
    let said = |guard: usize| {
        if (count - guard) % 2 == 1 { Outcome::Pass(Identity::new(user())) } else { Outcome::Missing }
    };
    (0..count).map(said).collect()
}

fn verdicts(criterion: &mut Criterion) {
    let needed = ScopeSet::from(["read", "write"]);
    for (name, flow) in [
        ("one guard", "a"),
        ("three guards", "a || (b && c) || c"),
        ("eight guards", "(a && b && c) || (d && (e || f)) || (g && h) || (b && (d || f) && h)"),
    ] {
        let plan = Plan::with_manners(&flow.parse().unwrap(), |_| Manner::Challenge).unwrap();
        let allowed = outcomes(plan.guards().len());
        let refused = vec![Outcome::Missing; plan.guards().len()];
        criterion.bench_function(&format!("{name}, let in"), |bench| {
            bench.iter(|| decide(black_box(&plan), black_box(&allowed), &needed, false));
        });
        criterion.bench_function(&format!("{name}, refused"), |bench| {
            bench.iter(|| decide(black_box(&plan), black_box(&refused), &needed, false));
        });
    }
}

criterion_group!(benches, verdicts);
criterion_main!(benches);
