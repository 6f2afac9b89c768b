//! `POST /api/v1/me/second-factor`: begins to set one up.

use axum::extract::State;
use doorward_core::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Proof that it is the owner who asks; the whole body can be left out shortly after a login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginFactorBody {
    /// The password.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret<String>>,
}

/// What an authenticator app is given.
#[derive(Serialize, ToSchema)]
#[expect(missing_debug_implementations, reason = "secrets are not printed")]
#[schema(as = NewSecondFactor)]
pub struct NewFactorBody {
    /// The secret, to be typed into the app: base32.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    secret: String,
    /// The same for a picture that the app reads.
    #[schema(
        example = "otpauth://totp/Doorward:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Doorward"
    )]
    url: String,
}

/// Begin to set up a second factor
///
/// Gives the secret of an authenticator app (RFC 6238). Nobody is asked for a code until one was confirmed, within a quarter of an hour.
#[utoipa::path(
    post, operation_id = "begin_second_factor", path = "/api/v1/me/second-factor", tag = "accounts", request_body = Option<BeginFactorBody>,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "The secret, this once.", body = NewFactorBody))
)]
pub async fn begin(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    body: Option<Json<BeginFactorBody>>,
) -> Result<Json<NewFactorBody>, Problem> {
    let password = body.and_then(|Json(body)| body.password);
    let new = app.core.begin_second_factor(&who, password.as_ref(), &client).await?;
    let url = new.url(&app.http.app_name).expose().clone();
    Ok(Json(NewFactorBody { secret: new.secret.expose().clone(), url }))
}
