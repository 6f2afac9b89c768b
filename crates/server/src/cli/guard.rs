//! `doorward guard`: checks and explains the rules of applications that stand behind the crate `doorward-guard`.
//!
//! Looks at rules alone: secrets that a file names need not be there, and are not read.

use std::fs;
use std::path::{Path, PathBuf};

use doorward_guard::Guards;
use doorward_guard::openapi::Coverage;
use http::Method;
use serde_json::Value;

use super::exit::{Exit, Failure};
use super::print;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Say whether rules can be used, and whether they cover an API.
    Check {
        /// Guards and rules, in TOML.
        rules: PathBuf,
        /// The OpenAPI description of the application, in JSON: lists operations without rule, and rules without operation.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Say which rule a request falls under, and what it asks for.
    Explain {
        /// Guards and rules, in TOML.
        rules: PathBuf,
        /// The method of the request.
        method: Method,
        /// The path of the request.
        path: String,
    },
}

pub(super) fn run(action: &Action) -> Result<(), Failure> {
    match action {
        Action::Check { rules, against: None } => {
            let guards = read_rules(rules)?;
            print(&format!("{}\n", counted(guards.rules().count(), "rule can be used", "rules can be used")))
        }
        Action::Check { rules, against: Some(document) } => {
            compare(&read_rules(rules)?.coverage(&read_document(document)?))
        }
        Action::Explain { rules, method, path } => {
            print(&format!("{}\n", read_rules(rules)?.explain(method, path)))
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let unreadable =
        |fault| Failure::new(Exit::Configuration, format!("cannot read {}: {fault}", path.display()));
    fs::read_to_string(path).map_err(unreadable)
}

fn read_rules(path: &Path) -> Result<Guards, Failure> {
    Guards::outline_of_toml(&read(path)?).map_err(|fault| {
        let lines: Vec<String> = fault
            .to_string()
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        Failure::new(Exit::Configuration, format!("{}: {}", path.display(), lines.join("; ")))
    })
}

fn read_document(path: &Path) -> Result<Value, Failure> {
    let unusable = |why: String| Failure::new(Exit::Configuration, format!("{}: {why}", path.display()));
    let document: Value = serde_json::from_str(&read(path)?).map_err(|fault| unusable(fault.to_string()))?;
    if document.get("openapi").is_some_and(Value::is_string) {
        Ok(document)
    } else {
        Err(unusable("is no OpenAPI document of version 3".to_owned()))
    }
}

fn compare(coverage: &Coverage) -> Result<(), Failure> {
    let operations = coverage.without_rule.iter().map(|operation| format!("no rule:      {operation}\n"));
    let rules = coverage.without_operation.iter().map(|rule| format!("no operation: {rule}\n"));
    print(&operations.chain(rules).collect::<String>())?;
    if coverage.is_complete() {
        return print(&format!(
            "{} and every rule has an operation.\n",
            counted(coverage.operations, "operation has a rule", "operations have a rule")
        ));
    }
    let operations =
        counted(coverage.without_rule.len(), "operation without rule", "operations without rule");
    let rules =
        counted(coverage.without_operation.len(), "rule without operation", "rules without operation");
    Err(Failure::new(Exit::Uncovered, format!("{operations}, {rules}")))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
