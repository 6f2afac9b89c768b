//! Takes from a document's security requirements what their schemes cannot have.
//!
//! Invariant: `{}` (credentials are optional) and an explicit `[]` (public) stay what they are, and pruning twice gives the
//! same as pruning once.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};

use super::operations::{each_operation, members_mut, resolved};

/// Something in a document that does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Warning {
    /// A requirement named a scheme that the document does not have; the name was taken away.
    UnknownScheme {
        /// The operation; `the document` for its own list.
        at: String,
        /// The name of the scheme.
        scheme: String,
    },
    /// No requirement was left, and an empty list reads as "open to everybody".
    ReadsAsPublic {
        /// The operation; `the document` for its own list.
        at: String,
    },
    /// A member of a list was no requirement and was taken away.
    NoRequirement {
        /// The operation; `the document` for its own list.
        at: String,
    },
    /// No rule is for the operation; its requirements were left as they are.
    NoRule {
        /// The operation.
        at: String,
    },
    /// The guard's name has characters that no name in a document may have.
    BadName {
        /// The name.
        guard: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme { at, scheme } => {
                write!(out, "{at}: there is no security scheme called \"{scheme}\"")
            }
            Self::ReadsAsPublic { at } => {
                write!(out, "{at}: no requirement is left, which reads as open to everybody")
            }
            Self::NoRequirement { at } => write!(out, "{at}: a member of `security` is no requirement"),
            Self::NoRule { at } => write!(out, "{at}: no rule is for it"),
            Self::BadName { guard } => write!(
                out,
                "the guard \"{guard}\": names in a document have letters, digits, `.`, `-` and `_`"
            ),
        }
    }
}

/// Prunes the security requirements of `document`: its own, and those of operations in paths, webhooks and callbacks.
///
/// Schemes that the document does not define go, and so do scopes of schemes that have none: all but those of `oauth2`, which
/// keep what one of their flows names, and `openIdConnect`, which keep all. What becomes empty or doubled goes as well.
///
/// ```
/// use doorward_guard::openapi::prune;
/// use serde_json::json;
///
/// let mut document = json!({
///     "components": { "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "x-api-key" } } },
///     "paths": { "/notes": { "get": { "security": [{ "key": ["read"] }, { "gone": [] }, {}] } } },
/// });
/// let warnings = prune(&mut document);
/// assert_eq!(document["paths"]["/notes"]["get"]["security"], json!([{ "key": [] }, {}]));
/// assert_eq!(warnings[0].to_string(), "GET /notes: there is no security scheme called \"gone\"");
/// ```
pub fn prune(document: &mut Value) -> Vec<Warning> {
    let mut pruning = Pruning { schemes: schemes(document), warnings: Vec::new() };
    if let Some(own) = document.as_object_mut() {
        pruning.list_of("the document", own);
    }
    for pointer in ["/paths", "/webhooks", "/components/pathItems"] {
        for (path, item) in members_mut(document, pointer) {
            pruning.item(path, item);
        }
    }
    for (_, callback) in members_mut(document, "/components/callbacks") {
        pruning.callback(callback);
    }
    pruning.warnings
}

/// What the requirements of a scheme may ask for.
enum Scopes {
    None,
    These(Vec<String>),
    Any,
}

fn schemes(document: &Value) -> HashMap<String, Scopes> {
    let defined = document.pointer("/components/securitySchemes").and_then(Value::as_object);
    let scopes = |(name, scheme): (&String, &Value)| (name.clone(), scopes_of(resolved(document, scheme)));
    defined.into_iter().flatten().map(scopes).collect()
}

fn scopes_of(scheme: &Value) -> Scopes {
    match scheme.get("type").and_then(Value::as_str) {
        Some("oauth2") => {
            let flows = scheme.get("flows").and_then(Value::as_object).into_iter().flatten();
            let named = flows.filter_map(|(_, flow)| flow.get("scopes")?.as_object());
            Scopes::These(named.flat_map(Map::keys).cloned().collect())
        }
        Some("openIdConnect") => Scopes::Any,
        _ => Scopes::None,
    }
}

struct Pruning {
    schemes: HashMap<String, Scopes>,
    warnings: Vec<Warning>,
}

impl Pruning {
    fn item(&mut self, path: &str, item: &mut Value) {
        each_operation(item, |method, operation| {
            self.list_of(&format!("{} {path}", method.to_ascii_uppercase()), operation);
            for (_, callback) in
                operation.get_mut("callbacks").and_then(Value::as_object_mut).into_iter().flatten()
            {
                self.callback(callback);
            }
        });
    }

    fn callback(&mut self, callback: &mut Value) {
        for (expression, item) in callback.as_object_mut().into_iter().flatten() {
            self.item(expression, item);
        }
    }

    /// Prunes the list `security` of an operation or of the document.
    fn list_of(&mut self, at: &str, operation: &mut Map<String, Value>) {
        let Some(list) = operation.get_mut("security").and_then(Value::as_array_mut) else { return };
        if list.is_empty() {
            return;
        }
        let mut kept = Vec::with_capacity(list.len());
        for requirement in std::mem::take(list) {
            match requirement {
                Value::Object(requirement) => {
                    let was_empty = requirement.is_empty();
                    let left = Value::Object(self.requirement(at, requirement));
                    let is_empty = left.as_object().is_some_and(Map::is_empty);
                    if (was_empty || !is_empty) && !kept.contains(&left) {
                        kept.push(left);
                    }
                }
                _ => self.warnings.push(Warning::NoRequirement { at: at.to_owned() }),
            }
        }
        if kept.is_empty() {
            self.warnings.push(Warning::ReadsAsPublic { at: at.to_owned() });
        }
        *list = kept;
    }

    fn requirement(&mut self, at: &str, requirement: Map<String, Value>) -> Map<String, Value> {
        let mut left = Map::new();
        for (name, scopes) in requirement {
            match self.schemes.get(&name) {
                Some(allowed) => drop(left.insert(name, pruned(scopes, allowed))),
                None => self.warnings.push(Warning::UnknownScheme { at: at.to_owned(), scheme: name }),
            }
        }
        left
    }
}

fn pruned(scopes: Value, allowed: &Scopes) -> Value {
    let Value::Array(scopes) = scopes else { return Value::Array(Vec::new()) };
    let may_stay = |scope: &Value| match (allowed, scope.as_str()) {
        (Scopes::Any, Some(_)) => true,
        (Scopes::These(named), Some(scope)) => named.iter().any(|known| known == scope),
        _ => false,
    };
    let mut kept: Vec<Value> = Vec::new();
    for scope in scopes {
        if may_stay(&scope) && !kept.contains(&scope) {
            kept.push(scope);
        }
    }
    Value::Array(kept)
}
