//! Guards and rules from files: what they do, and what is said of files that mean nothing.

#![expect(clippy::unwrap_used, reason = "a test whose ground gives way has to stop at once")]

use std::collections::HashMap;
use std::path::Path;

use doorward_guard::config::SecretSource;
use doorward_guard::{Fate, Guards, KeyDigest};
use http::Request;
use http::request::Parts;

/// Secrets of the test's own: variables, and files by their paths.
struct Known(HashMap<&'static str, &'static str>);

impl SecretSource for Known {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|text| (*text).to_owned())
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        let text = path.to_str().and_then(|path| self.0.get(path));
        text.map(|text| (*text).to_owned()).ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
    }
}

fn read(text: &str) -> Result<Guards, String> {
    let known = Known(HashMap::from([
        ("KEY", "k-1"),
        ("/run/secrets/token", "tok-1\n"),
        ("EMPTY", ""),
        ("/run/secrets/seal", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
    ]));
    let builder = Guards::builder().read_toml(text, &known).map_err(|fault| fault.to_string())?;
    builder.build().map_err(|fault| fault.to_string())
}

fn get(path: &str, headers: &[(&str, &str)]) -> Parts {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

/// Who is let in: an id, `anybody`, or `None`.
async fn who(guards: &Guards, path: &str, headers: &[(&str, &str)]) -> Option<String> {
    match guards.check(&get(path, headers), None).await.fate() {
        Fate::Admit(user) => Some(user.as_ref().map_or("anybody", |user| user.id()).to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn guards_of_every_kind_let_in_whom_the_file_names() {
    let file = format!(
        r#"
        [guards.basic]
        type = "basic"
        realm = "reports"
        users = [{{ id = "ada", sha256 = "{}" }}]
        [guards.bearer]
        type = "bearer"
        tokens = [{{ id = "robot", secret = {{ file = "/run/secrets/token" }}, scopes = ["write"] }}]
        [guards.key]
        type = "key"
        header = "x-api-key"
        keys = [{{ id = "nightly", secret = {{ env = "KEY" }} }}]

        [[rules]]
        path = "/*"
        flow = "basic || bearer || key"
        [[rules]]
        path = "/write"
        methods = "POST"
        flow = "bearer"
        scopes = ["write"]
        [[rules]]
        path = "/health"
        public = true
        "#,
        KeyDigest::of("lovelace").to_hex()
    );
    let guards = read(&file).unwrap();

    assert_eq!(
        who(&guards, "/", &[("authorization", "Basic YWRhOmxvdmVsYWNl")]).await.as_deref(),
        Some("ada")
    );
    assert_eq!(who(&guards, "/", &[("authorization", "Bearer tok-1")]).await.as_deref(), Some("robot"));
    assert_eq!(who(&guards, "/", &[("x-api-key", "k-1")]).await.as_deref(), Some("nightly"));
    assert_eq!(who(&guards, "/health", &[]).await.as_deref(), Some("anybody"));
    assert_eq!(who(&guards, "/", &[]).await, None);
    assert_eq!(guards.rules().nth(1).unwrap().to_string(), "POST /write  bearer  scope write");
}

#[tokio::test]
async fn what_has_no_rule_is_refused_unless_the_file_says_otherwise() {
    assert_eq!(who(&read("").unwrap(), "/", &[]).await, None);
    assert_eq!(who(&read("default = 'open'").unwrap(), "/", &[]).await.as_deref(), Some("anybody"));
}

#[test]
fn a_file_without_meaning_is_refused_with_the_place() {
    let key = "[guards.key]\ntype = 'key'\nheader = 'x-api-key'\n";
    for (file, wanted) in [
        ("defualt = 'open'", "unknown field `defualt`"),
        ("[guards.a]\nrealm = 'x'", "guards.a: needs a `type`"),
        ("[guards.a]\ntype = 'saml'", "guards.a: there is no type \"saml\""),
        ("[guards.a]\ntype = 'basic'\nusers = []\nrelam = 'x'", "guards.a: unknown field `relam`"),
        (key, "guards.key: needs `secret`, `sha256` or `keys`"),
        (&format!("{key}cookie = 'x'"), "either in a `header` or in a `cookie`"),
        (&format!("{key}sha256 = ['abc']"), "sha256: a SHA-256 has 64 hexadecimal digits"),
        (&format!("{key}secret = {{ env = 'GONE' }}"), "guards.key: the variable GONE is not set"),
        (&format!("{key}secret = {{ file = '/gone' }}"), "guards.key: /gone: "),
        (&format!("{key}secret = {{ env = 'EMPTY' }}"), "an empty secret is none"),
        (&format!("{key}secret = {{ env = 'KEY', file = '/x' }}"), "a secret is either"),
        (&format!("{key}keys = [{{ id = 'x' }}]"), "guards.key: \"x\": needs either `sha256` or `secret`"),
        ("[[rules]]\npath = '/'", "rule 1: needs a `flow`, or `public = true`"),
        ("[[rules]]\npath = '/'\nflow = 'a'\npublic = true", "rule 1: has a `flow` and is `public`"),
        (
            "[[rules]]\npath = '/'\nflow = 'a ||'",
            "rule 1: flow: expected the name of a guard or `(` at column 5",
        ),
        ("[[rules]]\npath = '/'\nflow = 'a'\nmethods = []", "rule 1: methods: an empty list"),
        ("[[rules]]\npath = '/'\nflow = 'a'\nmethods = ['no method']", "rule 1: methods: "),
        ("[[rules]]\npath = '/'\nflow = 'a'", "the guard \"a\", which does not exist"),
        ("[session]\nkey = { env = 'KEY' }", "session: the key is shorter than 32 bytes"),
    ] {
        let fault = read(file).unwrap_err();
        assert!(fault.contains(wanted), "{file}\n{fault}");
    }
}

#[tokio::test]
async fn rules_without_their_secrets_let_nobody_in() {
    let file = "guards.key = { type = 'key', cookie = 'k', secret = { env = 'GONE' } }\n\
                guards.code = { type = 'code' }\n\
                [[rules]]\npath = '/*'\nflow = 'key || code'";
    let guards = Guards::outline_of_toml(file).unwrap();

    assert_eq!(who(&guards, "/", &[("cookie", "k=there are no secrets")]).await, None);
    assert_eq!(guards.explain(&http::Method::GET, "/x").to_string(), "GET /x: rule 1: * /*  key || code");
}

/// Every kind of guard that asks somebody else.
const FILE: &str = r#"
[session]
key = { file = "/run/secrets/seal" }
idle_seconds = 600
absolute_seconds = 3600
cookie = "app"
logout = "/logout"
[guards.github]
type = "github"
client_id = "app-1"
client_secret = { env = "KEY" }
redirect_url = "https://app.example/auth/github"
users = [{ id = "583231", scopes = ["admin"] }]
on_auth = "back"
[guards.google]
type = "google"
client_id = "app-1"
client_secret = { env = "KEY" }
redirect_url = "https://app.example/auth/google"
on_auth = { to = "/home" }
[guards.o]
type = "oauth2"
authorize_url = "https://idp.example/a"
token_url = "https://idp.example/t"
auth = "basic"
params = { prompt = "consent" }
client_id = "app-1"
client_secret = { env = "KEY" }
redirect_url = "https://app.example/auth/o"
[guards.oidc]
type = "oidc"
issuer = "https://idp.example"
scopes = ["email"]
user_info = true
client_id = "app-1"
client_secret = { env = "KEY" }
redirect_url = "https://app.example/auth/oidc"
[guards.jwt]
type = "jwt"
issuer = "https://idp.example"
audience = "api"
any_type = true
[guards.introspection]
type = "introspection"
url = "https://idp.example/introspect"
client_id = "api"
client_secret = { env = "KEY" }
cached_seconds = 30
[[rules]]
path = "/*"
flow = "github || google || o || oidc || jwt || introspection"
"#;

#[test]
fn guards_that_log_people_in_and_take_tokens_of_others_are_described_as_well() {
    let guards = read(FILE).unwrap();
    assert_eq!(guards.guards().count(), 6);
    assert_eq!(Guards::outline_of_toml(FILE).unwrap().rules().count(), 1);
    for (wrong, wanted) in [
        (FILE.replace("on_auth = \"back\"", "on_auth = \"bakc\""), "guards.github: unknown variant `bakc`"),
        (
            FILE.replace("user_info = true", "token_url = \"x\""),
            "guards.oidc: `token_url` means nothing to a guard of this type",
        ),
        (
            FILE.replace("issuer = \"https://idp.example\"\nscopes", "scopes"),
            "guards.oidc: needs an `issuer`",
        ),
        (
            FILE.replace("authorize_url = \"https", "authorize_url = \"http"),
            "the endpoint \"http://idp.example/a\" is not https",
        ),
        (FILE.replace("auth/google", "auth/github"), "auth/github"),
    ] {
        let fault = read(&wrong).unwrap_err();
        assert!(fault.contains(wanted), "{fault}");
    }
}
