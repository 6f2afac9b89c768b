//! Where operations stand in a document.

use serde_json::{Map, Value};

/// The members of a path item that are operations.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// How many references are followed from one to the next.
const REFERENCES_MAX: usize = 8;

/// Calls `visit` with the method and each operation of a path item.
pub(super) fn each_operation(item: &mut Value, mut visit: impl FnMut(&str, &mut Map<String, Value>)) {
    for (key, member) in item.as_object_mut().into_iter().flatten() {
        match member {
            Value::Object(operation) if METHODS.contains(&&**key) => visit(key, operation),
            Value::Object(more) if key == "additionalOperations" => {
                for (method, operation) in more {
                    if let Some(operation) = operation.as_object_mut() {
                        visit(method, operation);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The names of the methods of a path item, with the operations.
pub(super) fn operations(item: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let more = item.get("additionalOperations").and_then(Value::as_object).into_iter().flatten();
    let own = item.as_object().into_iter().flatten().filter(|(key, _)| METHODS.contains(&&***key));
    own.chain(more).filter(|(_, operation)| operation.is_object())
}

/// The members of the map at `pointer`, without extensions.
pub(super) fn members_mut<'d>(
    document: &'d mut Value,
    pointer: &str,
) -> impl Iterator<Item = (&'d String, &'d mut Value)> {
    let map = document.pointer_mut(pointer).and_then(Value::as_object_mut);
    map.into_iter().flatten().filter(|(key, _)| !key.starts_with("x-"))
}

/// What `value` refers to if it is a reference within `document`, else `value` itself.
pub(super) fn resolved<'d>(document: &'d Value, mut value: &'d Value) -> &'d Value {
    for _ in 0..REFERENCES_MAX {
        let reference = value.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        match reference.and_then(|pointer| document.pointer(pointer)) {
            Some(target) => value = target,
            None => break,
        }
    }
    value
}
