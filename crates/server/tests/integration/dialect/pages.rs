//! The pages about the dialects: what they say to write down is read as it stands.

use doorward::config::{self, Environment};

const R2R: &str = include_str!("../../../../../docs/coming-from-r2r.md");
const AUTHX: &str = include_str!("../../../../../docs/coming-from-authx.md");
const TP: &str = include_str!("../../../../../docs/coming-from-tp-auth.md");
/// Every name that TP Auth reads from the environment.
const NAMES: &[&str] = &[
    "DB_URL",
    "ALGORITHM",
    "SECRET_KEY",
    "PUBLIC_KEY",
    "PRIVATE_KEY",
    "ISSUER",
    "LEEWAY",
    "EXPIRY",
    "AUTHORIZATION_SERVER",
    "AUTH_SCOPES",
    "TOKEN_URL",
    "REFRESH_URL",
    "REFRESH_RESTRICT_MINUTES",
    "LOGIN_REDIS_DB",
    "REFRESH_RESTRICT_DB",
    "CORS_URLS",
    "CORS_ALLOW_CREDENTIALS",
    "CORS_ALLOW_METHODS",
    "CORS_ALLOW_HEADERS",
    "ENABLE_CORS",
    "DOCS_URL",
    "REDOC_URL",
    "OPENAPI_URL",
];

/// What stands between the marks of `kind` in `page`.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let begin = format!("```{kind}\n");
    page.split(&*begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn configurations_are_read_as_they_stand() {
    for (page, settings) in [("R2R", blocks(R2R, "toml")), ("AuthX", blocks(AUTHX, "toml"))] {
        assert!(!settings.is_empty(), "{page} shows one");
        for text in settings {
            let read = config::parse(text, &Environment::of([]));
            assert!(read.is_ok(), "{page}: {}", read.unwrap_err());
        }
    }
}

#[test]
fn the_environment_is_read_as_it_stands() {
    let shown = blocks(TP, "console")[0];
    let lines = shown.lines().skip(1).take_while(|line| !line.is_empty());
    let variables: Vec<(&str, &str)> = lines.map(|line| line.split_once(" = ").unwrap()).collect();
    assert!(variables.len() >= 5, "{variables:?}");
    let environment =
        Environment::of(variables.into_iter().chain([("DOORWARD__DIALECT__TP__ENABLED", "true")]));

    let read = config::parse("", &environment);

    assert!(read.is_ok(), "{}", read.unwrap_err());
}

#[test]
fn every_name_of_the_environment_is_told_of() {
    let missing: Vec<_> = NAMES.iter().filter(|name| !TP.contains(&format!("`{name}`"))).collect();

    assert!(missing.is_empty(), "{missing:?}");
}
