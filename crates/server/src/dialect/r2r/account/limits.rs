//! `GET /v3/users/{id}/limits`: what bounds an account.
//!
//! Requests are counted where single accounts are bounded, and told as far as they are counted. Attempts to prove an identity are
//! counted for all, by account and network, and everything else is bounded by its size. Where there is no bound the answer has
//! [`NONE`], and nothing is used.

use axum::extract::State;
use doorward_core::account::{AccountLimits, RequestsMade};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::own_or_superuser;
use crate::app::AppState;
use crate::dialect::r2r::bounds;
use crate::dialect::r2r::wire::{NamedAccount, Refused, Results};
use crate::http::credential::CurrentUser;

/// Stands for no bound: the largest number that every JSON reader keeps exact.
const NONE: u64 = (1 << 53) - 1;

/// What bounds an account.
#[derive(Debug, Serialize)]
pub(in super::super) struct LimitsBody {
    storage_limits: Storage,
    system_defaults: Rates,
    user_overrides: Map<String, Value>,
    effective_limits: Rates,
    usage: Usage,
}

#[derive(Debug, Serialize)]
struct Storage {
    chunks: Bound,
    documents: Bound,
    collections: Bound,
}

#[derive(Debug, Serialize)]
struct Rates {
    global_per_min: u64,
    route_per_min: u64,
    monthly_limit: u64,
}

#[derive(Debug, Serialize)]
struct Usage {
    global_per_min: Bound,
    monthly_limit: Bound,
    routes: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Bound {
    limit: u64,
    used: u64,
    remaining: u64,
}

impl Bound {
    const fn of(limit: u64, used: u64) -> Self {
        Self { limit, used, remaining: limit.saturating_sub(used) }
    }

    /// Of requests.
    fn per(most: Option<u32>, made: u32) -> Self {
        Self::of(most.map_or(NONE, u64::from), made.into())
    }
}

impl Usage {
    fn of(limits: &AccountLimits, made: &RequestsMade) -> Self {
        let route = |(path, (in_minute, in_month)): (&String, &(u32, u32))| {
            let own = limits.routes.get(path).copied().unwrap_or_default();
            let at_route = own.per_minute.or(limits.per_minute_and_route);
            let bounds = json!({
                "route_per_min": Bound::per(at_route, *in_minute),
                "monthly_limit": Bound::per(own.per_month, *in_month),
            });
            (path.clone(), bounds)
        };
        Self {
            global_per_min: Bound::per(limits.per_minute, made.per_minute),
            monthly_limit: Bound::per(limits.per_month, made.per_month),
            routes: made.routes.iter().map(route).collect(),
        }
    }
}

impl Rates {
    const UNBOUNDED: Self = Self { global_per_min: NONE, route_per_min: NONE, monthly_limit: NONE };
}

pub(in super::super) async fn limits(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    NamedAccount(user): NamedAccount,
) -> Result<Results<LimitsBody>, Refused> {
    own_or_superuser(&who, user)?;
    app.core.account(user).await?;
    let own = app.core.limits_of(user).await?;
    let none = || Bound::of(NONE, 0);
    let storage = match &app.documents {
        None => Storage { chunks: none(), documents: none(), collections: none() },
        Some(library) => {
            let (limits, used) = (library.limits_of(user).await?, library.usage(user).await?);
            Storage {
                chunks: Bound::of(limits.chunks, used.chunks),
                documents: Bound::of(limits.documents, used.documents),
                collections: Bound::of(limits.collections, used.collections),
            }
        }
    };
    Ok(Results::of(LimitsBody {
        storage_limits: storage,
        system_defaults: Rates::UNBOUNDED,
        user_overrides: bounds::written(&own),
        effective_limits: Rates {
            global_per_min: own.per_minute.map_or(NONE, u64::from),
            route_per_min: own.per_minute_and_route.map_or(NONE, u64::from),
            monthly_limit: own.per_month.map_or(NONE, u64::from),
        },
        usage: Usage::of(&own, &app.core.requests_of(user, &own).await),
    }))
}
