//! `POST /api/v1/login/second-factor`: the second half of a login.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use doorward_core::login::SecondHalf;
use doorward_core::{Error, Secret};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::tokens::TokensBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::{cookie, csrf};

/// What the first half gave, and a code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorBody {
    /// The `ticket` of the refusal `second_factor_required`.
    #[schema(value_type = String)]
    ticket: Secret<String>,
    /// What the app shows, or a recovery code. Blanks and dashes do not count.
    #[schema(value_type = String, example = "123 456")]
    code: Secret<String>,
    /// Whether the browser gets a session cookie beside the tokens.
    #[serde(default)]
    cookie: bool,
    /// The `device_token` of an earlier login from this device.
    #[schema(value_type = Option<String>)]
    device_token: Option<Secret<String>>,
}

impl SecondFactorBody {
    /// The second half, with what the browser's cookies say beside it.
    fn half(self, replaced: Option<&str>, known: Option<&str>) -> SecondHalf {
        let secret = |text: &str| Secret::new(text.to_owned());
        SecondHalf {
            ticket: self.ticket,
            code: self.code,
            wants_cookie: self.cookie,
            replaced_cookie: replaced.map(secret),
            device: self.device_token.or_else(|| known.map(secret)),
        }
    }
}

/// Show the second factor
///
/// Opens the session of a login that was refused with `second_factor_required` and a ticket: the ticket is good for five minutes, five
/// wrong codes and one session. A code works once.
#[utoipa::path(
    post, operation_id = "finish_second_factor", path = "/api/v1/login/second-factor", tag = "sessions", request_body = SecondFactorBody,
    responses((status = OK, description = "A session was opened.", body = TokensBody))
)]
pub async fn finish(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    Json(body): Json<SecondFactorBody>,
) -> Result<impl IntoResponse, Problem> {
    let (mut replaced_cookie, mut known) = (None, None);
    if body.cookie {
        // A page of another site must not sign its visitor in as somebody else.
        csrf::check(&Method::POST, &headers, &app.http)?;
        (replaced_cookie, known) = (cookie::read(&headers)?, cookie::read_device(&headers)?);
    }
    let half = body.half(replaced_cookie, known);
    let in_cookies = half.wants_cookie;
    let signed_in = app.core.finish_second_factor(half, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    let mut signed_in = signed_in?;
    let cookies = if in_cookies { cookie::of_login(&mut signed_in, &app.core) } else { Vec::new() };
    let cookies = cookies.into_iter().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), TokensBody::from(&signed_in)))
}
