//! A request on its way through pages: in the address, and in the hidden field that brings it back.

use doorward_core::Secret;
use doorward_core::oauth::Asked;
use http::HeaderMap;
use url::form_urlencoded::{self, Serializer};

use crate::http::cookie;
use crate::http::form::Form;
use crate::http::problem::Problem;

/// The field that carries a request.
pub(super) const FIELD: &str = "request";

/// What the query `text` asks.
pub(super) fn read(text: &str) -> Asked {
    Asked::new(form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into(), value.into())))
}

/// What the form of a page of this server brings back.
pub(super) fn brought_back(form: &Form) -> Asked {
    read(form.field(FIELD).expose())
}

/// What a form of an application asks.
pub(super) fn of_form(form: &Form) -> Asked {
    Asked::new(form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// `asked` as a query.
pub(super) fn write(asked: &Asked) -> String {
    Serializer::new(String::new()).extend_pairs(asked.parameters()).finish()
}

/// The session cookie of the browser.
pub(super) fn session_cookie(headers: &HeaderMap) -> Result<Option<Secret<String>>, Problem> {
    Ok(cookie::read(headers)?.map(|value| Secret::new(value.to_owned())))
}
