//! Which operations anybody may use: a closed list, so that none is opened by a slip of the pen.

/// Every operation that asks for no credential.
const OPEN: &[&str] = &[
    "GET /.well-known/jwks.json",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /api/v1/providers",
    "GET /healthz",
    "GET /readyz",
    "POST /api/v1/email-change/confirm",
    "POST /api/v1/email-verification",
    "POST /api/v1/email-verification/confirm",
    "POST /api/v1/login",
    "POST /api/v1/login/passkey",
    "POST /api/v1/login/passkey/challenge",
    "POST /api/v1/login/second-factor",
    "POST /api/v1/password-reset",
    "POST /api/v1/password-reset/confirm",
    "POST /api/v1/providers/{provider}/begin",
    "POST /api/v1/providers/{provider}/finish",
    "POST /api/v1/refresh",
    "POST /api/v1/users",
    // Who holds a token may end it.
    "POST /oauth2/revoke",
];

#[test]
fn no_operation_is_open_that_is_not_listed() {
    let document = serde_json::to_value(doorward::openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();

    let mut open: Vec<String> = paths
        .iter()
        .flat_map(|(path, operations)| operations.as_object().unwrap().iter().map(move |found| (path, found)))
        .filter(|(_, (_, operation))| operation["security"].is_null())
        .map(|(path, (method, _))| format!("{} {path}", method.to_uppercase()))
        .collect();

    open.sort();
    assert_eq!(open, OPEN);
}
