//! What bounds single accounts otherwise than all the others: how often they ask, how much they keep.
//!
//! Requests are counted in meters that are never exact to a window's edge and may forget: a restart empties those that nodes do
//! not share. What an account keeps is counted where it is kept.
//!
//! Invariant: nobody sets their own bounds but those who run the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::User;
use crate::audit::Deed;
use crate::change::{AccountChange, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::port::{Limited, Quota};
use crate::principal::Principal;
use crate::time::Ttl;

/// Routes that one account may have bounds for.
const ROUTES_MAX: usize = 100;
/// The longest name of a route, in bytes.
const ROUTE_MAX: usize = 200;
const MINUTE: Ttl = Ttl::from_minutes(1);
const MONTH: Ttl = Ttl::from_days(30);

/// What bounds one account; what is `None` is as for everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountLimits {
    /// Requests of a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// Requests of a minute to any one route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute_and_route: Option<u32>,
    /// Requests of thirty days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<u32>,
    /// Bounds of single routes, by their paths; they go before the others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub routes: BTreeMap<String, RouteLimits>,
    /// Documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<u64>,
    /// Chunks of documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunks: Option<u64>,
    /// Collections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collections: Option<u64>,
}

/// What bounds one account at one route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteLimits {
    /// Requests of a minute to this route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// Requests of thirty days to this route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_month: Option<u32>,
}

impl AccountLimits {
    /// Whether nothing is otherwise than for everybody.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The meters of one request to `route`: their keys, how many they let through, and in which time.
    fn meters(&self, user: UserId, route: &str) -> Vec<(String, u32, Ttl)> {
        let own = self.routes.get(route).copied().unwrap_or_default();
        let at_route = own.per_minute.or(self.per_minute_and_route);
        let all = [
            (minutes(user, ""), self.per_minute, MINUTE),
            (minutes(user, route), at_route, MINUTE),
            (months(user, ""), self.per_month, MONTH),
            (months(user, route), own.per_month, MONTH),
        ];
        all.into_iter().filter_map(|(key, most, time)| Some((key, most?, time))).collect()
    }

    fn check(&self) -> Result<(), Error> {
        let is_good = self.routes.len() <= ROUTES_MAX
            && self.routes.keys().all(|route| route.starts_with('/') && route.len() <= ROUTE_MAX);
        let why = "Limits name at most 100 routes, by their paths.";
        if is_good { Ok(()) } else { Err(Error::new(Code::InvalidField, why).about("limits")) }
    }
}

/// The meter of minutes of one account, at one route or at all.
fn minutes(user: UserId, route: &str) -> String {
    format!("account/{user}{route}")
}

/// The same of months.
fn months(user: UserId, route: &str) -> String {
    format!("account-month/{user}{route}")
}

/// How many requests an account has made lately, where it is bounded; 0 where nothing bounds it, as nothing is counted then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestsMade {
    /// Of the last minute.
    pub per_minute: u32,
    /// Of the last thirty days.
    pub per_month: u32,
    /// The same of the routes that have bounds of their own.
    pub routes: BTreeMap<String, (u32, u32)>,
}

/// `most` in `time`.
fn quota(most: u32, time: Ttl) -> Quota {
    let refill = time.as_millis().checked_div(i64::from(most)).unwrap_or_default();
    Quota { burst: most, refill: Ttl::from_millis(refill.max(1)) }
}

impl Core {
    /// What bounds an account otherwise than all the others.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn limits_of(&self, user: UserId) -> Result<AccountLimits, Error> {
        Ok(self.ports().store.limits_of(user).await?)
    }

    /// Bounds an account by `limits` from now on, instead of what bounded it before.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::Forbidden`] for whoever does not run the server; [`Code::InvalidField`];
    /// [`Code::StoreUnavailable`].
    pub async fn set_limits_of(
        &self,
        who: &Principal,
        user: UserId,
        limits: AccountLimits,
        client: &Client,
    ) -> Result<User, Error> {
        who.require_superuser()?;
        limits.check()?;
        let user = self.account(user).await?;
        let event = self.event_by(Deed::LimitsChanged, who, client).about(user.id);
        let change = AccountChange::SetLimits { user: user.id, limits };
        self.apply(Changes::new().with(change).recorded(event)).await?;
        Ok(user)
    }

    /// How many requests an account has made, that is bounded by `limits`.
    pub async fn requests_of(&self, user: UserId, limits: &AccountLimits) -> RequestsMade {
        let mut made = RequestsMade {
            per_minute: self.taken(minutes(user, ""), limits.per_minute, MINUTE).await,
            per_month: self.taken(months(user, ""), limits.per_month, MONTH).await,
            routes: BTreeMap::new(),
        };
        for (route, own) in &limits.routes {
            let at_route = own.per_minute.or(limits.per_minute_and_route);
            let in_minute = self.taken(minutes(user, route), at_route, MINUTE).await;
            let in_month = self.taken(months(user, route), own.per_month, MONTH).await;
            made.routes.insert(route.clone(), (in_minute, in_month));
        }
        made
    }

    async fn taken(&self, key: String, most: Option<u32>, time: Ttl) -> u32 {
        match most {
            None | Some(0) => 0,
            Some(most) => self.ports().limiter.taken(&key, quota(most, time), self.now()).await,
        }
    }

    /// Counts a request of `who` to `route` where single accounts are bounded; all meters let it through, or none has counted it.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`], [`Code::StoreUnavailable`].
    pub async fn count_request(&self, who: &Principal, route: &str) -> Result<(), Error> {
        let limits = self.limits_of(who.user_id).await?;
        let (now, limiter) = (self.now(), &self.ports().limiter);
        let mut taken: Vec<(String, Quota)> = Vec::new();
        for (key, most, time) in limits.meters(who.user_id, route) {
            let reserved = match most {
                0 => Err(Limited { retry_after: time }),
                _ => limiter.reserve(&key, quota(most, time), now).await,
            };
            if let Err(limited) = reserved {
                for (key, quota) in &taken {
                    limiter.give_back(key, *quota, now).await;
                }
                return Err(limited.into());
            }
            taken.push((key, quota(most, time)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_a_route_go_before_those_of_all_routes() {
        let routes = [("/a".to_owned(), RouteLimits { per_minute: Some(5), per_month: Some(7) })];
        let limits = AccountLimits {
            per_minute: Some(9),
            per_minute_and_route: Some(3),
            routes: routes.into(),
            ..AccountLimits::default()
        };
        let user = UserId::from_bytes([1; 16]);
        let most =
            |route| limits.meters(user, route).into_iter().map(|(_, most, _)| most).collect::<Vec<_>>();

        assert_eq!((most("/a"), most("/b")), (vec![9, 5, 7], vec![9, 3]));
        assert!(AccountLimits::default().meters(user, "/a").is_empty());
    }

    #[test]
    fn so_many_are_let_through_in_the_time() {
        assert_eq!(quota(60, MINUTE), Quota { burst: 60, refill: Ttl::from_seconds(1) });
        assert_eq!(quota(u32::MAX, MINUTE).refill, Ttl::from_millis(1));
    }
}
