//! The rules of the house that can be checked: who may know whom, and how long anything may be.

use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const FILE_MAX: usize = 400;
const FUNCTION_MAX: usize = 60;
const HANDLER_MAX: usize = 25;

/// Tests run in the folder of their crate; where that is may differ from where they were built.
fn crates() -> PathBuf {
    PathBuf::from("..")
}

/// Every Rust file below `folder`, with its text.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(crates()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{} has no sources", folder.display());
    found
}

fn source_of(name: &str) -> Vec<(String, String)> {
    sources(&crates().join(name).join("src"))
}

fn manifest(name: &str) -> toml::Table {
    fs::read_to_string(crates().join(name).join("Cargo.toml")).unwrap().parse().unwrap()
}

/// What the crate `name` depends on when it is not being tested.
fn dependencies(name: &str) -> Vec<String> {
    manifest(name)["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn the_rules_know_neither_sql_nor_http() {
    for dependency in dependencies("core") {
        for outside in [
            "axum",
            "http",
            "hyper",
            "reqwest",
            "rusqlite",
            "tokio-postgres",
            "redis",
            "tower",
            "doorward-store",
        ] {
            assert!(!dependency.starts_with(outside), "core depends on {dependency}");
        }
    }
}

#[test]
fn only_the_store_knows_the_database() {
    for name in ["core", "jose", "server", "testkit"] {
        let has = |driver: &str| dependencies(name).iter().any(|dependency| dependency.contains(driver));
        assert!(!has("rusqlite") && !has("postgres"), "{name}");
    }
    let own: Vec<String> =
        dependencies("store").into_iter().filter(|name| name.starts_with("doorward")).collect();
    assert_eq!(own, ["doorward-core"]);
    assert!(!dependencies("jose").iter().any(|dependency| dependency.starts_with("doorward")));
}

#[test]
fn documents_are_a_resource_server_with_a_database_of_their_own() {
    let own: Vec<String> =
        dependencies("documents").into_iter().filter(|name| name.starts_with("doorward")).collect();
    assert_eq!(own, ["doorward-core"]);
    for outside in ["axum", "http", "hyper", "reqwest"] {
        assert!(!dependencies("documents").iter().any(|dependency| dependency == outside), "{outside}");
    }
    for name in ["core", "store", "guard", "jose"] {
        assert!(!dependencies(name).contains(&"doorward-documents".to_owned()), "{name}");
    }
}

#[test]
fn guards_know_neither_the_server_nor_its_rules() {
    let own: Vec<String> =
        dependencies("guard").into_iter().filter(|name| name.starts_with("doorward")).collect();
    assert_eq!(own, ["doorward-jose"]);
    for name in ["core", "store", "jose"] {
        assert!(!dependencies(name).contains(&"doorward-guard".to_owned()), "{name}");
    }
}

#[test]
fn handlers_reach_the_database_through_the_rules_alone() {
    for folder in ["server/src/api", "server/src/http"] {
        for (file, text) in sources(&crates().join(folder)) {
            assert!(!text.contains("doorward_store"), "{file} names the store");
        }
    }
}

#[test]
fn the_clock_the_environment_and_randomness_have_one_place_each() {
    for (name, places) in [
        ("SystemTime::now", &["core/src/port/clock.rs", "guard/src/clock.rs"][..]),
        ("rand::fill", &["core/src/port/entropy.rs", "guard/src/session/random.rs"]),
        (
            "env::var",
            &["server/src/config/read.rs", "guard/src/config/secrets.rs", "store/src/statements.rs"],
        ),
    ] {
        for (file, text) in
            ["core", "guard", "jose", "store", "documents", "server"].iter().flat_map(|name| source_of(name))
        {
            assert!(!text.contains(name) || places.contains(&&*file), "{file} calls {name}");
        }
    }
}

#[test]
fn no_file_is_longer_than_can_be_read_at_once() {
    for (file, text) in sources(&crates()) {
        let lines = text.lines().count();
        // A longer one says at its head why.
        let max = if text.lines().take(12).any(|line| line.contains("longer than")) { 600 } else { FILE_MAX };
        assert!(lines <= max, "{file} has {lines} lines");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (file, text) in ["core", "guard", "jose", "store", "documents", "server", "testkit"]
        .iter()
        .flat_map(|name| source_of(name))
    {
        let is_tests = file.ends_with("/tests.rs");
        assert!(is_tests || text.starts_with("//!"), "{file} has no words at its head");
    }
}

#[test]
fn no_room_is_called_after_nothing() {
    for (file, _) in sources(&crates()) {
        let name = Path::new(&file).file_stem().unwrap().to_str().unwrap().to_owned();
        let is_vague = ["utils", "util", "helpers", "helper", "types", "misc", "manager"].contains(&&*name);
        assert!(!is_vague, "{file}");
    }
}

#[test]
fn no_function_is_longer_than_a_page() {
    let files = sources(&crates());
    for (file, text) in &files {
        measure(file, text, FUNCTION_MAX);
    }
    for (file, text) in sources(&crates().join("server/src/api")) {
        measure(&file, &text, HANDLER_MAX);
    }
}

fn measure(file: &str, text: &str, max: usize) {
    let syntax = syn::parse_file(text).unwrap_or_else(|fault| panic!("{file}: {fault}"));
    Functions { file, max }.visit_file(&syntax);
}

struct Functions<'a> {
    file: &'a str,
    max: usize,
}

impl Functions<'_> {
    fn check(&self, name: &syn::Ident, body: &syn::Block) {
        let span = body.span();
        let lines = span.end().line - span.start().line + 1;
        assert!(lines <= self.max, "{}: {name} has {lines} lines", self.file);
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.check(&function.sig.ident, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.check(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}
