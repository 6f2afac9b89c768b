//! What OpenAPI says of guards and flows.

use std::collections::BTreeMap;

use doorward_guard::openapi::{Requirement, prune};
use doorward_guard::{Flow, Guards, ScopeSet, any, guards::from_fn};
use serde_json::{Value, json};

use crate::Verdict;
use crate::guards;
use crate::judge::{each_member, ensure, equal, texts};
use crate::world::World;

pub(crate) fn scheme(case: &Value) -> Verdict {
    let guard = guards::of("guard", &case["guard"], &World::default(), false)?;
    let scheme = guard.scheme().unwrap_or(Value::Null);
    each_member(&case["expect"], |name, wanted| match name {
        "scheme" => Some(equal("the scheme", &scheme, wanted)),
        _ => None,
    })
}

pub(crate) fn flow(case: &Value) -> Verdict {
    let scopes = ScopeSet::from(texts(&case["scope"]));
    let flow: Option<Flow> = case["flow"]
        .as_str()
        .map(str::parse)
        .transpose()
        .map_err(|fault: doorward_guard::FlowError| fault.to_string())?;
    let security = by_rule(flow.as_ref(), &scopes);
    let strict = flow.as_ref().map_or(Some(Vec::new()), |flow| flow.security_as_written(&scopes));
    let order_matters = case["expect"]["order_matters"] == true;
    each_member(&case["expect"], |name, wanted| match name {
        "security" => Some(match (&security, wanted.is_null()) {
            (Ok(seen), false) => same_list(seen, wanted, order_matters),
            (Err(_), true) => Ok(()),
            (seen, _) => Err(format!("security is {seen:?}, not {wanted}")),
        }),
        "security_strict" => Some(match (&strict, wanted.is_null()) {
            (Some(seen), false) => same_list(seen, wanted, order_matters),
            (None, true) => Ok(()),
            (seen, _) => Err(format!("the strict form is {seen:?}, not {wanted}")),
        }),
        "error" => Some(equal("whether it is an error", &json!(security.is_err()), wanted)),
        "order_matters" => Some(Ok(())),
        _ => None,
    })
}

/// The requirements of a rule with this flow.
fn by_rule(flow: Option<&Flow>, scopes: &ScopeSet) -> Result<Vec<Requirement>, String> {
    let mut builder = Guards::builder();
    for name in flow.into_iter().flat_map(Flow::guards) {
        builder = builder.guard(name, from_fn(|_| false));
    }
    let builder = match flow {
        Some(flow) => builder.rule(any(), "/*", flow.clone()).scopes(scopes.clone()),
        None => builder.public(any(), "/*"),
    };
    let guards = builder.build().map_err(|fault| fault.to_string())?;
    let rule = guards.rules().next().ok_or("no rule")?;
    rule.security().map_err(|fault| fault.to_string())
}

fn same_list(seen: &[Requirement], wanted: &Value, order_matters: bool) -> Verdict {
    let sorted = |list: &Value| {
        let sorted = |requirement: &Value| -> BTreeMap<String, Vec<String>> {
            let names = requirement.as_object().into_iter().flatten();
            names
                .map(|(name, scopes)| {
                    let mut scopes: Vec<String> = texts(scopes).into_iter().map(str::to_owned).collect();
                    scopes.sort();
                    (name.clone(), scopes)
                })
                .collect()
        };
        let mut all: Vec<_> = list.as_array().into_iter().flatten().map(sorted).collect();
        if !order_matters {
            all.sort();
        }
        all
    };
    ensure(sorted(&json!(seen)) == sorted(wanted), || format!("security is {}, not {wanted}", json!(seen)))
}

pub(crate) fn pruning(case: &Value) -> Verdict {
    let mut document = case["doc"].clone();
    let warnings = prune(&mut document);
    let mut again = document.clone();
    prune(&mut again);
    ensure(again == document, || format!("pruned once: {document}, twice: {again}"))?;
    each_member(&case["expect"], |name, wanted| match name {
        "doc" => Some(equal("the document", &document, wanted)),
        "warns" => Some(equal("whether it warns", &json!(!warnings.is_empty()), wanted)),
        _ => None,
    })
}
