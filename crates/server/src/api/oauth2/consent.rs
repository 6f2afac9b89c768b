//! `POST /oauth2/consent`: the owner says whether an application may have what it asks for.

use axum::extract::State;
use axum::response::Response;
use doorward_core::oauth::Decision;
use http::{HeaderMap, Method};

use super::{page, request};
use crate::app::AppState;
use crate::http::csrf;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::Problem;

pub(super) async fn consent(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    csrf::check(&Method::POST, &headers, &app.http)?;
    let cookie = request::session_cookie(&headers)?;
    let decision = Decision {
        asked: request::brought_back(&form),
        seal: form.field("seal"),
        allows: form.field("decision").expose() == "allow",
    };
    let step = app.core.decide(&decision, cookie.as_ref(), &client).await;
    page::answer(&app, &decision.asked, step)
}
