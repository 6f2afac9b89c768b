//! The second factor: the caller's own, and the half of a login that asks for it.

pub mod begin;
pub mod confirm;
pub mod finish;
pub mod read;
pub mod remove;
pub mod renew;

use doorward_core::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(finish::finish))
        .routes(routes!(read::read, begin::begin, remove::remove))
        .routes(routes!(confirm::confirm))
        .routes(routes!(renew::renew))
}

/// A code of the second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecondFactorCode)]
pub struct CodeBody {
    /// What the app shows; where it is said so, a recovery code does too. Blanks and dashes do not count.
    #[schema(value_type = String, example = "123 456")]
    code: Secret<String>,
}

/// Recovery codes. They are shown this once: each opens a session once, without the app.
#[derive(Serialize, ToSchema)]
#[expect(missing_debug_implementations, reason = "codes are not printed")]
#[schema(as = RecoveryCodes)]
pub struct RecoveryCodesBody {
    /// The codes.
    #[schema(example = json!(["abcd-efgh-ijkl-mnop-qrst-uvwx"]))]
    recovery_codes: Vec<String>,
}

impl From<Vec<Secret<String>>> for RecoveryCodesBody {
    fn from(codes: Vec<Secret<String>>) -> Self {
        Self { recovery_codes: codes.iter().map(|code| code.expose().clone()).collect() }
    }
}
