//! Pages from templates: with a form, a style and nothing else.

use std::sync::LazyLock;

use axum::response::{Html, IntoResponse, Response};
use doorward_core::{Code, Error};
use http::StatusCode;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::problem::Problem;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [
        ("layout.html", include_str!("../../templates/pages/layout.html")),
        ("confirm.html", include_str!("../../templates/pages/confirm.html")),
        ("done.html", include_str!("../../templates/pages/done.html")),
        ("sign_in.html", include_str!("../../templates/pages/sign_in.html")),
        ("second_factor.html", include_str!("../../templates/pages/second_factor.html")),
        ("consent.html", include_str!("../../templates/pages/consent.html")),
        ("sign_out.html", include_str!("../../templates/pages/sign_out.html")),
        ("refused.html", include_str!("../../templates/pages/refused.html")),
    ] {
        // Each is rendered by a test.
        let _ = environment.add_template(name, text);
    }
    environment
});

/// The page that the template `name` makes of `values`.
pub(crate) fn rendered(name: &str, values: &Value, status: StatusCode) -> Response {
    match TEMPLATES.get_template(name).and_then(|template| template.render(values.clone())) {
        Ok(page) => (status, Html(page)).into_response(),
        Err(fault) => Problem::from(Error::from(Code::Internal).because(fault.to_string())).into_response(),
    }
}
