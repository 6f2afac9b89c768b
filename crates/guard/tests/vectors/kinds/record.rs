//! Records of users: their parts, and what a hook may change.

use doorward_guard::{UserInfo, UserPatch};
use serde_json::{Value, json};

use crate::Verdict;
use crate::guards::record;
use crate::judge::{each_member, ensure, set, subset, texts};

/// Flat fields as a record: `name_given` is `name.given`, a map of addresses a list with kinds.
fn nested(fields: &Value) -> Value {
    let mut record = json!({ "provider": "", "id": "" });
    for (field, value) in fields.as_object().into_iter().flatten() {
        match (field.strip_prefix("name_"), &**field) {
            (Some(part), _) => record["name"][part] = value.clone(),
            (None, "emails" | "photos") => record[field] = listed(value),
            _ => record[field] = value.clone(),
        }
    }
    record
}

fn listed(value: &Value) -> Value {
    match value {
        Value::Object(kinds) => {
            Value::Array(kinds.iter().map(|(kind, value)| json!({ "kind": kind, "value": value })).collect())
        }
        Value::String(_) => json!([value]),
        other => other.clone(),
    }
}

pub(crate) fn fields(case: &Value) -> Verdict {
    let user: UserInfo =
        serde_json::from_value(nested(&case["fields"])).map_err(|fault| fault.to_string())?;
    let record = record(&user);
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "name_absent" => {
                let there = texts(wanted).into_iter().find(|part| record["name"].get(part).is_some());
                ensure(there.is_none(), || format!("{there:?} is there"))
            }
            "absent" => {
                let there = texts(wanted).into_iter().find(|part| record.get(part).is_some());
                ensure(there.is_none(), || format!("{there:?} is there"))
            }
            "emails_any_of" => ensure(
                wanted
                    .as_array()
                    .is_some_and(|forms| forms.iter().any(|form| same_members(form, &record["emails"]))),
                || format!("emails are {}", record["emails"]),
            ),
            _ => subset("the record", &record, &json!({ name: wanted })),
        })
    })
}

pub(crate) fn merging(case: &Value) -> Verdict {
    let user: UserInfo =
        serde_json::from_value(nested(&case["default"])).map_err(|fault| fault.to_string())?;
    let patch: UserPatch = serde_json::from_value(case["user_function_gives"].clone())
        .map_err(|fault| format!("a hook cannot give this: {fault}"))?;
    let merged = record(&user.patched(patch));
    each_member(&case["expect"], |name, wanted| {
        Some(match name {
            "scopes" => {
                ensure(set(&merged["scopes"]) == set(wanted), || format!("scopes are {}", merged["scopes"]))
            }
            "absent" => {
                let there = texts(wanted).into_iter().find(|part| merged.get(part).is_some());
                ensure(there.is_none(), || format!("{there:?} is there"))
            }
            _ => subset("the record", &merged, &json!({ name: wanted })),
        })
    })
}

/// Equal as sets: the addresses of a map have no order.
fn same_members(one: &Value, other: &Value) -> bool {
    match (one.as_array(), other.as_array()) {
        (Some(one), Some(other)) => {
            one.len() == other.len() && one.iter().all(|member| other.contains(member))
        }
        _ => one == other,
    }
}
