//! Writes guards and rules into the description of an application.

use http::Method;
use serde_json::{Map, Value, json};

use super::operations::{each_operation, members_mut, resolved};
use super::prune::{Warning, prune};
use super::security::SecurityError;
use crate::gate::Guards;
use crate::path::Found;

impl Guards {
    /// Writes a security scheme for each guard that has one into `document`, and for each operation what its rule asks for.
    ///
    /// Operations without rule keep what they say; they and whatever else does not fit come back as warnings.
    ///
    /// ```
    /// use doorward_guard::{Guards, any, get, guards::{ApiKey, Basic}};
    /// use serde_json::json;
    ///
    /// let guards = Guards::builder()
    ///     .guard("basic", Basic::users([("ada", "lovelace")]))
    ///     .guard("key", ApiKey::header("x-api-key").secret("b3c1…"))
    ///     .rule(any(), "/*", "basic || key")
    ///     .public(get(), "/health")
    ///     .build()?;
    /// let mut document = json!({ "openapi": "3.1.0", "paths": { "/health": { "get": {} }, "/me": { "get": {} } } });
    ///
    /// assert!(guards.document(&mut document)?.is_empty());
    /// assert_eq!(document["paths"]["/me"]["get"]["security"], json!([{ "basic": [] }, { "key": [] }]));
    /// assert_eq!(document["paths"]["/health"]["get"]["security"], json!([]));
    /// assert_eq!(document["components"]["securitySchemes"]["basic"], json!({ "type": "http", "scheme": "basic" }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SecurityError`]: the flow of a rule is too wide to be written down.
    pub fn document(&self, document: &mut Value) -> Result<Vec<Warning>, SecurityError> {
        let mut warnings = self.write_schemes(document);
        inline_items(document);
        for (path, item) in members_mut(document, "/paths") {
            let mut fault = None;
            each_operation(item, |method, operation| {
                let written = self.write_security(method, path, operation, &mut warnings);
                fault = fault.take().or(written.err());
            });
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        warnings.extend(prune(document));
        Ok(warnings)
    }

    fn write_schemes(&self, document: &mut Value) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (name, guard) in self.guards() {
            let Some(mut scheme) = guard.scheme() else { continue };
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if !name.bytes().all(is_name) {
                warnings.push(Warning::BadName { guard: name.to_string() });
            }
            let Some(schemes) = object_at(document, &["components", "securitySchemes"]) else { continue };
            let described = schemes.get(&**name).and_then(|old| old.get("description")).cloned();
            // What people have written about it stays.
            if let (Some(words), Some(scheme)) = (described, scheme.as_object_mut()) {
                scheme.entry("description").or_insert(words);
            }
            schemes.insert(name.to_string(), scheme);
        }
        warnings
    }

    fn write_security(
        &self,
        method: &str,
        path: &str,
        operation: &mut Map<String, Value>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), SecurityError> {
        let method = method.to_ascii_uppercase();
        let found =
            Method::from_bytes(method.as_bytes()).map(|method| self.inner().table.find(&method, path));
        match found {
            Ok(Found::Rule(number)) => {
                let security = self.inner().rules[number].security()?;
                operation.insert("security".to_owned(), json!(security));
            }
            _ => warnings.push(Warning::NoRule { at: format!("{method} {path}") }),
        }
        Ok(())
    }
}

/// The map at `keys`, made where it is missing; `None` if something else is there.
fn object_at<'d>(document: &'d mut Value, keys: &[&str]) -> Option<&'d mut Map<String, Value>> {
    let mut place = document;
    for key in keys {
        place = place.as_object_mut()?.entry(*key).or_insert_with(|| json!({}));
    }
    place.as_object_mut()
}

/// Puts path items in the place of references to them, for one item may fall under several rules.
fn inline_items(document: &mut Value) {
    let is_reference = |(path, item): (&String, &Value)| {
        let target = resolved(document, item);
        (target != item).then(|| (path.clone(), target.clone()))
    };
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let inlined: Vec<(String, Value)> = paths.filter_map(is_reference).collect();
    for (path, item) in inlined {
        if let Some(slot) = document.get_mut("paths").and_then(|paths| paths.get_mut(&path)) {
            *slot = item;
        }
    }
}
