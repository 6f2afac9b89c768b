//! The API described: OpenAPI 3.1, made from the handlers.
//!
//! What any operation can answer because of what it is (guarded, with a body, with an account behind it) is added here in one
//! place, so that no handler forgets it.

use doorward_core::Code;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use crate::http::cookie;
use crate::http::problem::{Document, MEDIA_TYPE, status};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Doorward", description = "Accounts, logins, sessions and tokens. Refusals are problem documents (RFC 9457) with a stable `code`."),
    components(schemas(Document)),
    modifiers(&Schemes),
    tags(
        (name = "accounts", description = "Accounts and passwords."),
        (name = "sessions", description = "Logins, tokens and their ends."),
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
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let value = ApiKeyValue::new(cookie::NAME);
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(value)));
    }
}

/// The whole description, as `/openapi.json` serves it.
pub fn document() -> OpenApi {
    let (_, api) = crate::app::routes().split_for_parts();
    complete(api)
}

/// The description without any route, to which the router adds its own.
pub(crate) fn empty() -> OpenApi {
    Description::openapi()
}

/// Adds to each operation the refusals that follow from what it is.
pub(crate) fn complete(mut api: OpenApi) -> OpenApi {
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        operations.into_iter().flatten().for_each(add_refusals);
    }
    api
}

fn add_refusals(operation: &mut Operation) {
    let mut codes = vec![Code::Internal, Code::Overloaded, Code::TimedOut, Code::UnsupportedMediaType];
    let name = operation.operation_id.clone().unwrap_or_default();
    let is_guarded = operation.security.is_some();
    if is_guarded {
        codes.extend([Code::MalformedParameter, Code::AuthenticationRequired, Code::CrossSite]);
    }
    if operation.request_body.is_some() {
        codes.extend([Code::MalformedBody, Code::BodyTooLarge]);
    }
    match &*name {
        "register" => codes.extend([Code::RegistrationClosed, Code::EmailTaken, Code::TooManyAttempts]),
        "login" => codes.extend([
            Code::InvalidCredentials,
            Code::AccountDisabled,
            Code::Conflict,
            Code::TooManyAttempts,
        ]),
        "refresh" => codes.extend([Code::TokenInvalid, Code::Conflict]),
        "change_password" => codes.extend([Code::WrongPassword, Code::Conflict, Code::TooManyAttempts]),
        "logout" => codes.push(Code::Conflict),
        _ => {}
    }
    for status in codes.into_iter().map(status) {
        let refusal = || problem(status.canonical_reason().unwrap_or_default());
        let entry = operation.responses.responses.entry(status.as_str().to_owned());
        let response = entry.or_insert_with(|| RefOr::T(refusal()));
        // A refusal that a handler describes itself has the same body as all others.
        if let RefOr::T(response) = response
            && response.content.is_empty()
        {
            response.content = refusal().content;
        }
    }
}

fn problem(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
}
