//! `GET /v1/app_settings`, `/v2/app_settings`, `/v3/system/settings`: the settings that hold. None of them is a secret.

use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::dialect::r2r::wire::Results;
use crate::http::permission::Superuser;

/// The settings that hold.
#[derive(Debug, Serialize)]
pub(in super::super) struct SettingsBody {
    config: Map<String, Value>,
    prompts: Map<String, Value>,
    r2r_project_name: String,
}

pub(in super::super) async fn settings(
    State(app): State<AppState>,
    _who: Superuser,
) -> Results<SettingsBody> {
    let settings = app.core.changeable_settings().into_iter();
    Results::of(SettingsBody {
        config: settings.map(|setting| (setting.name.to_owned(), setting.value)).collect(),
        prompts: Map::new(),
        r2r_project_name: app.http.app_name.clone(),
    })
}
