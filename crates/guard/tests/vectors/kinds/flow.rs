//! Flows: how they are read, printed, evaluated.

use doorward_guard::{Flow, GuardSet, Plan, Shape, guard};
use serde_json::{Value, json};

use crate::Verdict;
use crate::app::App;
use crate::judge::{each_member, ensure, equal};
use crate::world::World;

/// The text of a case: written, or generated as prefix × count, middle, suffix × count.
fn text(case: &Value) -> Option<String> {
    let generator = &case["flow_generator"];
    if generator.is_null() {
        return case["flow"].as_str().map(str::to_owned);
    }
    let part = |name: &str| generator[name].as_str().unwrap_or_default();
    let count = generator["count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    Some(format!("{}{}{}", part("prefix").repeat(count), part("middle"), part("suffix").repeat(count)))
}

/// The tree of a flow as the cases write it.
fn tree(flow: &Flow) -> Value {
    let members = |kind: &str, members: &[Flow]| {
        Value::Array(std::iter::once(json!(kind)).chain(members.iter().map(tree)).collect())
    };
    match flow.shape() {
        Shape::Guard(name) => json!(&**name),
        Shape::All(all) => members("and", all),
        Shape::Any(any) => members("or", any),
    }
}

fn built(tree: &Value) -> Option<Flow> {
    if let Some(name) = tree.as_str() {
        return Some(guard(name));
    }
    let (kind, members) = tree.as_array()?.split_first()?;
    let mut members = members.iter().map(built);
    let first = members.next()??;
    members.try_fold(first, |flow, member| {
        Some(if kind == "and" { flow.and(member?) } else { flow.or(member?) })
    })
}

pub(crate) fn parse(case: &Value) -> Verdict {
    let text = text(case);
    let parsed = text.as_deref().map(str::parse::<Flow>).transpose();
    let one = |expect: &Value| each_member(expect, |name, wanted| judge(name, wanted, &parsed));
    if !case["equivalent_to"].is_null() {
        equivalent(&parsed, &case["equivalent_to"])?;
    }
    each_member(&case["expect"], |name, wanted| {
        if name == "any_of" {
            let holds =
                wanted.as_array().is_some_and(|choices| choices.iter().any(|choice| one(choice).is_ok()));
            return Some(ensure(holds, || format!("none of {wanted}")));
        }
        judge(name, wanted, &parsed)
    })
}

fn judge(
    name: &str,
    wanted: &Value,
    parsed: &Result<Option<Flow>, doorward_guard::FlowError>,
) -> Option<Verdict> {
    Some(match (name, parsed) {
        ("error", parsed) => equal("whether it is an error", &json!(parsed.is_err()), wanted),
        ("ast", Ok(flow)) => equal("the tree", &flow.as_ref().map_or(Value::Null, tree), wanted),
        ("ast", Err(fault)) => Err(fault.to_string()),
        ("equivalent_to", parsed) => equivalent(parsed, wanted),
        // An answer of either kind is none.
        ("no_crash" | "never_crashes", _) => Ok(()),
        _ => return None,
    })
}

fn equivalent(parsed: &Result<Option<Flow>, doorward_guard::FlowError>, other: &Value) -> Verdict {
    let (Ok(Some(flow)), Some(Ok(other))) = (parsed, other.as_str().map(str::parse::<Flow>)) else {
        return Err(format!("{parsed:?} cannot be compared with {other}"));
    };
    let names = flow.clone().and(other.clone()).guards();
    ensure(names.len() <= 16, || "too many guards to compare".to_owned())?;
    for passed in 0..1_u32 << names.len() {
        let passes = |name: &str| {
            names.iter().position(|known| &**known == name).is_some_and(|at| passed >> at & 1 == 1)
        };
        ensure(flow.is_satisfied_by(passes) == other.is_satisfied_by(passes), || {
            format!("{flow} is not {other}")
        })?;
    }
    Ok(())
}

pub(crate) fn format(case: &Value) -> Verdict {
    let flow = built(&case["ast"]).ok_or("no tree")?;
    let printed = flow.to_string();
    let again: Flow = printed.parse().map_err(|fault| format!("{printed}: {fault}"))?;
    let is_wanted = case["expect"]["text"] == *printed;
    let may_differ = case["expect"]["or_equal_after_reparse"] == true;
    ensure(is_wanted || (may_differ && again == flow), || format!("printed as {printed}"))
}

/// Every row three times: by the flow itself, by the plan, and through the layer.
pub(crate) async fn truth_table(case: &Value) -> Verdict {
    let text = text(case).ok_or("no flow")?;
    let flow: Flow = text.parse().map_err(|fault: doorward_guard::FlowError| fault.to_string())?;
    let plan = Plan::new(&flow).map_err(|fault| fault.to_string())?;
    for row in case["expect"]["rows"].as_array().ok_or("no rows")? {
        let passes = |name: &str| row["guards"][name].as_bool().unwrap_or(false);
        let passed = plan.guards().iter().enumerate().filter(|(_, name)| passes(name));
        let passed = passed.fold(GuardSet::EMPTY, |set, (index, _)| set.union(GuardSet::only(index)));
        let mut posed = case.clone();
        posed["request"] = json!({ "method": "GET", "path": "/p" });
        for (name, config) in posed["guards"].as_object_mut().ok_or("no guards")? {
            config["pass"] = json!(passes(name));
        }
        let mut app = App::for_request(&posed, &World::default())?;
        let reached = app.send(&posed["request"]).await?.reached.is_some();
        for seen in [flow.is_satisfied_by(passes), !plan.satisfied_by(passed).is_empty(), reached] {
            equal(&row["guards"].to_string(), &json!(seen), &row["passes"])?;
        }
    }
    Ok(())
}

pub(crate) async fn evaluation(case: &Value) -> Verdict {
    let world = World::default();
    let mut posed = case.clone();
    if posed["request"].is_null() {
        posed["request"] = json!({ "method": "GET", "path": "/p" });
    }
    let mut app = App::for_request(&posed, &world)?;
    let answer = app.send(&posed["request"]).await?;
    each_member(&case["expect"], |name, wanted| match name {
        "evaluated" => Some(equal("who was asked", &json!(*world.asked.lock().unwrap()), wanted)),
        _ => answer.judge_member(name, wanted, &app),
    })
}
