//! Random flows, and what they mean: written anew, and as plainly as can be.

use std::collections::BTreeSet;

use doorward_guard::{Flow, guard};
use proptest::prelude::*;

/// The guards of random flows.
pub(crate) const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A flow before it is one.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    Guard(&'static str),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    pub(crate) fn flow(&self) -> Flow {
        let joined = |members: &[Self], join: fn(Flow, Flow) -> Flow| {
            members.iter().map(Self::flow).reduce(join).expect("members")
        };
        match self {
            Self::Guard(name) => guard(*name),
            Self::All(members) => joined(members, Flow::and),
            Self::Any(members) => joined(members, Flow::or),
        }
    }

    /// With parentheses around everything.
    pub(crate) fn text(&self) -> String {
        let joined = |members: &[Self], between: &str| {
            let texts: Vec<String> = members.iter().map(Self::text).collect();
            format!("({})", texts.join(between))
        };
        match self {
            Self::Guard(name) => (*name).to_owned(),
            Self::All(members) => joined(members, "&&"),
            Self::Any(members) => joined(members, " || "),
        }
    }

    pub(crate) fn holds(&self, passed: &BTreeSet<&str>) -> bool {
        match self {
            Self::Guard(name) => passed.contains(name),
            Self::All(members) => members.iter().all(|member| member.holds(passed)),
            Self::Any(members) => members.iter().any(|member| member.holds(passed)),
        }
    }

    /// Every alternative, multiplied out and nothing left out.
    pub(crate) fn alternatives(&self) -> Vec<BTreeSet<&'static str>> {
        match self {
            Self::Guard(name) => vec![BTreeSet::from([*name])],
            Self::Any(members) => members.iter().flat_map(Self::alternatives).collect(),
            Self::All(members) => members.iter().fold(vec![BTreeSet::new()], |product, member| {
                let factor = member.alternatives();
                product.iter().flat_map(|left| factor.iter().map(move |right| left | right)).collect()
            }),
        }
    }

    /// The same with the members of everything in another order.
    pub(crate) fn turned(&self, by: usize) -> Self {
        let turn = |members: &[Self]| {
            let mut turned: Vec<Self> = members.iter().map(|member| member.turned(by / 2)).collect();
            let count = turned.len();
            turned.rotate_left(by % count);
            if by.is_multiple_of(3) {
                turned.reverse();
            }
            turned
        };
        match self {
            Self::Guard(name) => Self::Guard(name),
            Self::All(members) => Self::All(turn(members)),
            Self::Any(members) => Self::Any(turn(members)),
        }
    }
}

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    proptest::sample::select(&NAMES[..]).prop_map(Tree::Guard).prop_recursive(4, 16, 3, |inner| {
        let members = prop::collection::vec(inner, 1..4);
        prop_oneof![members.clone().prop_map(Tree::All), members.prop_map(Tree::Any)]
    })
}

pub(crate) fn passed() -> impl Strategy<Value = BTreeSet<&'static str>> {
    proptest::sample::subsequence(&NAMES[..], 0..=NAMES.len()).prop_map(|names| names.into_iter().collect())
}

/// So many cases, and no files of failed ones: a failure prints its flow.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}
