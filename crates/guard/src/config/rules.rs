//! The rules of a file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::builder::GuardsBuilder;
use crate::flow::Flow;
use crate::method::{Methods, any};
use crate::scope::ScopeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) default: Default,
    #[cfg(feature = "session")]
    pub(super) session: Option<super::session::SessionSection>,
    #[serde(default)]
    pub(super) guards: BTreeMap<String, toml::Table>,
    #[serde(default)]
    pub(super) rules: Vec<RuleSection>,
}

/// What happens to a path without rule.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Default {
    #[default]
    Deny,
    Open,
}

impl Default {
    pub(super) const fn apply(self, builder: GuardsBuilder) -> GuardsBuilder {
        match self {
            Self::Deny => builder.default_deny(),
            Self::Open => builder,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSection {
    path: String,
    methods: Option<Names>,
    flow: Option<String>,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    optional: bool,
    #[serde(default, alias = "scope")]
    scopes: Vec<String>,
}

/// One name, or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "the name of a method, or a list of names")]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl RuleSection {
    pub(super) fn add(self, builder: GuardsBuilder) -> Result<GuardsBuilder, String> {
        let methods = self.methods.as_ref().map_or(Ok(any()), Names::methods)?;
        let mut builder = match (self.flow, self.public) {
            (Some(flow), false) => {
                let flow: Flow = flow.parse().map_err(|fault| format!("flow: {fault}"))?;
                builder.rule(methods, &self.path, flow)
            }
            (None, true) => builder.public(methods, &self.path),
            (None, false) => return Err("needs a `flow`, or `public = true`".to_owned()),
            (Some(_), true) => return Err("has a `flow` and is `public`: take one of them away".to_owned()),
        };
        if !self.scopes.is_empty() {
            builder = builder.scopes(ScopeSet::from(self.scopes));
        }
        Ok(if self.optional { builder.optional() } else { builder })
    }
}

impl Names {
    fn methods(&self) -> Result<Methods, String> {
        let names = match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        };
        if names.is_empty() {
            return Err(
                "methods: an empty list is for no request at all; leave it out for all methods".to_owned()
            );
        }
        Methods::parse(names.iter().map(String::as_str))
            .ok_or_else(|| format!("methods: {names:?} are no methods"))
    }
}
