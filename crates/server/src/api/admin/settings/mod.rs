//! Settings that can be changed while the server runs.

pub mod list;
pub mod update;

use doorward_core::settings::SettingValue;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(update::update))
}

/// A setting, as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Setting)]
pub struct SettingBody {
    /// Its name, as in the configuration.
    name: &'static str,
    /// What it means.
    about: &'static str,
    /// What holds.
    value: Value,
    /// What the configuration says.
    configured: Value,
    /// Whether it was changed while the server runs.
    is_changed: bool,
}

impl From<SettingValue> for SettingBody {
    fn from(setting: SettingValue) -> Self {
        let SettingValue { name, about, value, configured, is_changed } = setting;
        Self { name, about, value, configured, is_changed }
    }
}

impl SettingBody {
    /// A line of a table: name, value, configured value, meaning.
    pub(crate) fn cells(&self) -> [String; 4] {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        [self.name.to_owned(), text(&self.value), text(&self.configured), self.about.to_owned()]
    }
}
