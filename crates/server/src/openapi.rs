//! The API described: OpenAPI 3.1, made from the handlers.
//!
//! What any operation can answer because of what it is (guarded, with a body, with an account behind it) is added here in one
//! place, so that no handler forgets it.

mod codes;

use std::collections::BTreeMap;

use doorward_core::{Code, scope};
use http::StatusCode;
use serde_json::{Map, Value};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use crate::http::cookie;
use crate::http::credential::API_KEY;
use crate::http::problem::{Document, MEDIA_TYPE, status};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Doorward", description = "Accounts, logins, sessions and tokens. Refusals are problem documents (RFC 9457) with a stable `code`."),
    components(schemas(Document)),
    modifiers(&Schemes),
    tags(
        (name = "accounts", description = "Accounts and passwords."),
        (name = "sessions", description = "Logins, tokens and their ends."),
        (name = "api keys", description = "Credentials for programs."),
        (name = "passkeys", description = "Keys on people's devices that they sign in with, where the server has a name for browsers."),
        (name = "documents", description = "Documents, collections, search and answers, where `[documents]` is switched on."),
        (name = "admin", description = "For the people who run the server; each operation needs a scope."),
        (name = "discovery", description = "What other services need."),
        (name = "operations", description = "For those who watch the process.")
    )
)]
pub(crate) struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, api: &mut OpenApi) {
        let components = api.components.get_or_insert_default();
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".to_owned());
        bearer.description =
            Some("An access token or an API key. `x-scopes` lists what either can be good for.".to_owned());
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let value = ApiKeyValue::new(cookie::NAME);
        let key = ApiKeyValue::new(API_KEY.as_str());
        let mut service = Http::new(HttpAuthScheme::Basic);
        service.description = Some("A service: any name, and an API key as the password.".to_owned());
        components.add_security_scheme("service", SecurityScheme::Http(service));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(value)));
    }
}

/// The whole description, as `/openapi.json` serves it where the configuration names no scopes of its own.
pub fn document() -> OpenApi {
    let (_, api) = crate::app::routes().split_for_parts();
    let own = scope::BUILT_IN.iter().map(|(name, about)| ((*name).to_owned(), (*about).to_owned()));
    complete(api, own.collect())
}

/// The description without any route, to which the router adds its own.
pub(crate) fn empty() -> OpenApi {
    Description::openapi()
}

/// Adds to each operation the refusals that follow from what it is, and to the whole the scopes there are.
pub(crate) fn complete(mut api: OpenApi, scopes: BTreeMap<String, String>) -> OpenApi {
    let catalogue = scopes.into_iter().map(|(name, about)| (name, Value::from(about))).collect::<Map<_, _>>();
    api.extensions = Some([("x-scopes", Value::from(catalogue))].into_iter().collect());
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(add_refusals);
    }
    api
}

fn add_refusals(operation: &mut Operation) {
    let mut codes: Vec<Code> = codes::own(operation.operation_id.as_deref().unwrap_or_default()).to_vec();
    if operation.security.is_some() {
        codes.extend([
            Code::MalformedParameter,
            Code::AuthenticationRequired,
            Code::TokenInvalid,
            Code::TokenExpired,
            Code::TokenRevoked,
            Code::CrossSite,
            Code::TooManyAttempts,
        ]);
    }
    if operation.tags.iter().flatten().any(|tag| tag == "admin" || tag == "documents") {
        codes.push(Code::Forbidden);
    }
    if operation.request_body.is_some() {
        codes.extend([Code::MalformedBody, Code::MalformedParameter, Code::BodyTooLarge]);
    }
    codes.extend([
        Code::UnsupportedMediaType,
        Code::TimedOut,
        Code::Internal,
        Code::Overloaded,
        Code::StoreUnavailable,
    ]);
    let mut by_status: BTreeMap<StatusCode, Vec<String>> = BTreeMap::new();
    for code in codes {
        let named = by_status.entry(status(code)).or_default();
        let name = format!("`{code}`");
        if !named.contains(&name) {
            named.push(name);
        }
    }
    for (status, names) in by_status {
        let response = refusal(status, &names.join(", "));
        operation.responses.responses.insert(status.as_str().to_owned(), RefOr::T(response));
    }
}

/// The problem that an operation answers with `status`; `codes` says which ones there are.
fn refusal(status: StatusCode, codes: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new().description(codes).content(MEDIA_TYPE, content);
    let header =
        |kind, text| Header::builder().schema(Some(Object::with_type(kind))).description(Some(text)).build();
    match status {
        StatusCode::UNAUTHORIZED => {
            response.header("WWW-Authenticate", header(Type::String, "What to sign in with (RFC 6750 §3)."))
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            response.header("Retry-After", header(Type::Integer, "Seconds to wait before trying again."))
        }
        _ => response,
    }
    .build()
}
