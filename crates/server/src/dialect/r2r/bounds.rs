//! `limits_overrides`, in R2R's words: what bounds one account otherwise than all the others.
//!
//! Invariant: each request of a guarded route is counted once, before anything is done for it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doorward_core::account::{AccountLimits, RouteLimits};
use doorward_core::{Code, Error, Principal};
use doorward_guard::User;
use serde_json::{Map, Value, json};

use crate::app::AppState;
use crate::http::problem::Problem;

/// Lets a request to `route` through that its account may make.
pub(super) async fn hold(
    State((app, route)): State<(AppState, Arc<str>)>,
    request: Request,
    next: Next,
) -> Response {
    let who: Option<Arc<Principal>> = request.extensions().get::<User>().and_then(User::data);
    if let Some(who) = who
        && let Err(error) = app.core.count_request(&who, &route).await
    {
        return Problem::from(error).into_response();
    }
    next.run(request).await
}

/// What `members` say.
///
/// # Errors
/// [`Code::InvalidField`]: one is not known, or no number.
pub(crate) fn read(members: &Map<String, Value>) -> Result<AccountLimits, Error> {
    let mut limits = AccountLimits::default();
    for (name, value) in members {
        match &**name {
            "global_per_min" => limits.per_minute = small(name, value)?,
            "route_per_min" => limits.per_minute_and_route = small(name, value)?,
            "monthly_limit" => limits.per_month = small(name, value)?,
            "max_documents" => limits.documents = number(name, value)?,
            "max_chunks" => limits.chunks = number(name, value)?,
            "max_collections" => limits.collections = number(name, value)?,
            "route_overrides" => {
                let routes = value.as_object().ok_or_else(|| refused(name))?;
                for (path, bounds) in routes {
                    limits.routes.insert(path.clone(), route(bounds)?);
                }
            }
            _ => return Err(refused(name)),
        }
    }
    Ok(limits)
}

fn route(bounds: &Value) -> Result<RouteLimits, Error> {
    let mut limits = RouteLimits::default();
    for (name, value) in bounds.as_object().ok_or_else(|| refused("route_overrides"))? {
        match &**name {
            "route_per_min" => limits.per_minute = small(name, value)?,
            "monthly_limit" => limits.per_month = small(name, value)?,
            _ => return Err(refused(name)),
        }
    }
    Ok(limits)
}

fn number(name: &str, value: &Value) -> Result<Option<u64>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    value.as_u64().map(Some).ok_or_else(|| refused(name))
}

fn small(name: &str, value: &Value) -> Result<Option<u32>, Error> {
    Ok(number(name, value)?.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}

fn refused(name: &str) -> Error {
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    let why = format!(
        "{name:?} is no limit that is known here, or not of the documented form. Known are global_per_min, route_per_min, \
         monthly_limit, route_overrides (of them route_per_min and monthly_limit), max_documents, max_chunks and max_collections."
    );
    Error::new(Code::InvalidField, why).about("limits_overrides")
}

/// `limits` in R2R's words.
pub(super) fn written(limits: &AccountLimits) -> Map<String, Value> {
    let routes: Map<String, Value> = limits
        .routes
        .iter()
        .map(|(path, bounds)| {
            let said = [("route_per_min", bounds.per_minute), ("monthly_limit", bounds.per_month)];
            let said = said.into_iter().filter_map(|(name, most)| Some((name.to_owned(), json!(most?))));
            (path.clone(), Value::Object(said.collect()))
        })
        .collect();
    let numbers = [
        ("global_per_min", limits.per_minute.map(u64::from)),
        ("route_per_min", limits.per_minute_and_route.map(u64::from)),
        ("monthly_limit", limits.per_month.map(u64::from)),
        ("max_documents", limits.documents),
        ("max_chunks", limits.chunks),
        ("max_collections", limits.collections),
    ];
    let mut written: Map<String, Value> =
        numbers.into_iter().filter_map(|(name, most)| Some((name.to_owned(), json!(most?)))).collect();
    if !routes.is_empty() {
        written.insert("route_overrides".to_owned(), Value::Object(routes));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_written_as_r2r_writes_them() {
        let said = json!({
            "global_per_min": 60, "monthly_limit": 1000, "max_documents": 3, "max_chunks": 4, "max_collections": 5,
            "route_per_min": 20, "route_overrides": { "/v3/retrieval/search": { "route_per_min": 2, "monthly_limit": 9 } },
        });
        let said = said.as_object().unwrap();

        assert_eq!(&written(&read(said).unwrap()), said);
        assert!(read(&Map::new()).unwrap().is_empty());
    }

    #[test]
    fn what_would_bound_nothing_is_refused() {
        for said in [
            json!({ "max_documents": -1 }),
            json!({ "max_documents": "3" }),
            json!({ "per_hour": 3 }),
            json!({ "route_overrides": [] }),
            json!({ "route_overrides": { "/v3/users": { "global_per_min": 1 } } }),
        ] {
            assert!(read(said.as_object().unwrap()).is_err(), "{said}");
        }
    }
}
