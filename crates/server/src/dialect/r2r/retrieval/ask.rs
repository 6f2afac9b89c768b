//! `POST /v1/search`, `/v2/search`, `/v3/retrieval/search`: chunks that the caller may read and that fit a query.

use axum::extract::State;
use axum::http::Uri;
use doorward_core::{Core, Error};
use doorward_documents::{Filter, Mode, Search};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::Found;
use crate::app::AppState;
use crate::dialect::r2r::names::{self, Names};
use crate::dialect::r2r::wire::{Refused, Results, Sent, Spoken};
use crate::http::reader::Reader;

/// What is looked for, and how: the union of what the generations send.
#[derive(Debug, Deserialize)]
pub(in super::super) struct SearchBody {
    query: String,
    vector_search_settings: Option<SearchSettings>,
    search_settings: Option<SearchSettings>,
}

impl Spoken for SearchBody {
    const BARE: Option<&'static str> = Some("query");
}

/// How it is looked for. Whoever asks for anything else gets what there is: the best order for words and, where a model is set up,
/// meanings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchSettings {
    #[serde(alias = "search_limit")]
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(alias = "search_filters")]
    filters: Value,
    #[serde(alias = "selected_group_ids")]
    selected_collection_ids: Option<Vec<String>>,
    use_semantic_search: Option<bool>,
}

impl SearchBody {
    /// The search that is meant.
    ///
    /// # Errors
    /// [`doorward_core::Code::InvalidFilter`], [`doorward_core::Code::StoreUnavailable`].
    pub(super) async fn search(self, core: &Core) -> Result<Search, Error> {
        let settings = self.search_settings.or(self.vector_search_settings).unwrap_or_default();
        let mut conditions = Vec::new();
        if settings.filters.as_object().is_some_and(|filters| !filters.is_empty()) {
            conditions.push(settings.filters);
        }
        if let Some(collections) = settings.selected_collection_ids.filter(|ids| !ids.is_empty()) {
            conditions.push(json!({ "collection_ids": { "$overlap": collections } }));
        }
        let filter = match conditions.is_empty() {
            true => None,
            false => {
                let mut filter = json!({ "$and": conditions });
                names::put_into(core, &mut filter).await?;
                Filter::read(&filter)?
            }
        };
        let usual = Search::new(self.query);
        Ok(Search {
            filter,
            offset: settings.offset.unwrap_or(usual.offset),
            limit: settings.limit.unwrap_or(usual.limit).clamp(1, 1_000),
            mode: if settings.use_semantic_search == Some(false) { Mode::Words } else { Mode::Auto },
            ..usual
        })
    }
}

pub(in super::super) async fn search(
    State(app): State<AppState>,
    Reader(caller): Reader,
    uri: Uri,
    Sent(body): Sent<SearchBody>,
) -> Result<Results<Found>, Refused> {
    let search = body.search(&app.core).await?;
    let hits = app.library()?.search(caller, &search).await?;
    let names = Names::of(&app.core, hits.iter().map(|hit| hit.owner)).await?;
    Ok(Results::of(Found::of(&hits, (&search.query, is_third(&uri)), &names)))
}

/// Whether a client of the third generation asks.
pub(super) fn is_third(uri: &Uri) -> bool {
    uri.path().starts_with("/v3/")
}
