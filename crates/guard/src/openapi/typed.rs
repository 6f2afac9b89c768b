//! The same for documents that utoipa has made.
//!
//! Only what is said of security is written back: the rest of the document stays as utoipa has it.

use serde_json::Value;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi, RefOr};

use super::prune::Warning;
use super::security::SecurityError;
use crate::gate::Guards;

/// Why guards could not be written into a document of utoipa.
#[derive(Debug, thiserror::Error)]
pub enum TypedError {
    /// A rule cannot be written down.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// utoipa has no words for the scheme of a guard, or for the document itself.
    #[error("utoipa cannot read what was written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Guards {
    /// [`document`](Self::document) for the type of utoipa.
    ///
    /// ```
    /// use doorward_guard::{Guards, any, guards::Basic};
    /// use utoipa::OpenApi;
    ///
    /// #[utoipa::path(get, path = "/me", responses((status = 200)))]
    /// fn me() {}
    ///
    /// #[derive(OpenApi)]
    /// #[openapi(paths(me))]
    /// struct Api;
    ///
    /// let guards =
    ///     Guards::builder().guard("basic", Basic::users([("ada", "lovelace")])).rule(any(), "/*", "basic").build()?;
    /// let mut api = Api::openapi();
    /// assert!(guards.document_utoipa(&mut api)?.is_empty());
    /// let json = serde_json::to_value(&api)?;
    /// assert_eq!(json["paths"]["/me"]["get"]["security"], serde_json::json!([{ "basic": [] }]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TypedError`]: a rule is too wide, or a guard of the application's own has a scheme that utoipa cannot read.
    pub fn document_utoipa(&self, api: &mut OpenApi) -> Result<Vec<Warning>, TypedError> {
        let mut json = serde_json::to_value(&*api)?;
        let warnings = self.document(&mut json)?;
        let schemes = json.pointer("/components/securitySchemes").and_then(Value::as_object);
        for (name, scheme) in schemes.into_iter().flatten() {
            let components = api.components.get_or_insert_with(|| ComponentsBuilder::new().build());
            let scheme: RefOr<SecurityScheme> = serde_json::from_value(scheme.clone())?;
            components.security_schemes.insert(name.clone(), scheme);
        }
        api.security = requirements(json.get("security"))?;
        for (path, item) in &mut api.paths.paths {
            let Some(written) = json.get("paths").and_then(|paths| paths.get(path)) else { continue };
            for (method, operation) in typed_operations(item) {
                let security = written.get(method).and_then(|operation| operation.get("security"));
                operation.security = requirements(security)?;
            }
        }
        Ok(warnings)
    }
}

fn requirements(list: Option<&Value>) -> Result<Option<Vec<SecurityRequirement>>, serde_json::Error> {
    list.cloned().map(serde_json::from_value).transpose()
}

fn typed_operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("options", &mut item.options),
        ("head", &mut item.head),
        ("patch", &mut item.patch),
        ("trace", &mut item.trace),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
