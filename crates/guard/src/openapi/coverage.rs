//! Operations without rule, and rules without operation: what a check in CI should find.

use std::collections::BTreeSet;
use std::fmt;

use http::Method;
use serde_json::Value;

use super::operations::{operations, resolved};
use crate::gate::Guards;
use crate::path::Found;
use crate::rule::Rule;

/// An operation of a document, under the whole path by which it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path with its parameters, and that of the server before it.
    pub path: String,
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method, self.path)
    }
}

/// How rules and a document fit together.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Operations for which there is no rule: open to everybody, or refused where guards deny by default.
    pub without_rule: Vec<Operation>,
    /// Rules under which no operation falls: left over, misspelled, or hidden by closer ones.
    pub without_operation: Vec<Rule>,
    /// How many operations the document has.
    pub operations: usize,
}

impl Coverage {
    /// Whether every operation has a rule and every rule an operation.
    pub const fn is_complete(&self) -> bool {
        self.without_rule.is_empty() && self.without_operation.is_empty()
    }
}

impl Guards {
    /// Compares the rules with the operations of an OpenAPI document.
    ///
    /// Operations are taken under the path of each server the document names.
    ///
    /// ```
    /// # use doorward_guard::{Guards, any, guards::Basic};
    /// # use serde_json::json;
    /// # let basic = Basic::users([("ada", "lovelace")]);
    /// let guards = Guards::builder()
    ///     .guard("basic", basic)
    ///     .rule(any(), "/notes/{id}", "basic")
    ///     .rule(any(), "/ntoes", "basic")
    ///     .build()?;
    /// let document = json!({ "paths": { "/notes": { "post": {} }, "/notes/{id}": { "get": {} } } });
    ///
    /// let coverage = guards.coverage(&document);
    /// assert_eq!(coverage.without_rule[0].to_string(), "POST /notes");
    /// assert_eq!(coverage.without_operation[0].path(), Some("/ntoes"));
    /// # Ok::<(), doorward_guard::BuildError>(())
    /// ```
    pub fn coverage(&self, document: &Value) -> Coverage {
        let mut coverage = Coverage::default();
        let mut used = BTreeSet::new();
        for operation in listed(document) {
            coverage.operations += 1;
            match self.inner().table.find(&operation.method, &operation.path) {
                Found::Rule(number) => drop(used.insert(number)),
                _ => coverage.without_rule.push(operation),
            }
        }
        let unused = |(number, rule): (usize, &Rule)| (!used.contains(&number)).then(|| rule.clone());
        coverage.without_operation = self.rules().enumerate().filter_map(unused).collect();
        coverage
    }
}

/// Every operation of `document`.
fn listed(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let item = resolved(document, item);
        for (method, operation) in operations(item) {
            let Ok(method) = Method::from_bytes(method.to_ascii_uppercase().as_bytes()) else { continue };
            // The closest list of servers counts.
            let servers = [operation, item, document].into_iter().find_map(|place| place.get("servers"));
            for base in bases(servers) {
                all.push(Operation { method: method.clone(), path: format!("{base}{path}") });
            }
        }
    }
    all
}

/// The different paths of servers, without a slash at the end.
fn bases(servers: Option<&Value>) -> BTreeSet<String> {
    let urls = servers.and_then(Value::as_array).into_iter().flatten();
    let mut bases: BTreeSet<String> =
        urls.filter_map(|server| server.get("url")?.as_str()).map(base).collect();
    if bases.is_empty() {
        bases.insert(String::new());
    }
    bases
}

fn base(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url,
    };
    path.trim_end_matches('/').to_owned()
}
