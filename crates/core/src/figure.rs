//! Figures about accounts and logins, day by day.
//!
//! Each line of the audit log is counted in the transaction that writes it, so the figures are exact and cheap to read. Who was
//! active on a day is forgotten once the day is counted.
//!
//! Does not count requests: see the metrics of the server.

use std::collections::BTreeMap;

use crate::audit::{Deed, Outcome};
use crate::change::Change;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::time::{Timestamp, Ttl};

/// The most days one question asks for.
pub const DAYS_MAX: i64 = 366;
/// Counts are kept for so long.
const KEEP: Ttl = Ttl::from_days(3 * 366);
/// Reasons of failed logins that are told at most, the commonest first.
const REASONS_MAX: usize = 10;

/// How often something happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyCount {
    /// Days since 1970-01-01.
    pub day: i64,
    /// A deed, or one of the names below.
    pub name: String,
    /// How it ended; empty for what has no end.
    pub outcome: String,
    /// How often.
    pub count: i64,
}

impl DailyCount {
    /// The name under which accounts in use are counted.
    pub const ACTIVE_USERS: &'static str = "active_users";
    /// The name under which sessions in use are counted.
    pub const ACTIVE_SESSIONS: &'static str = "active_sessions";
}

/// What happened on one day, UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// New accounts.
    pub registrations: i64,
    /// Logins that opened a session.
    pub logins: i64,
    /// Logins that failed.
    pub failed_logins: i64,
    /// Limits that began to refuse somebody.
    pub limited: i64,
    /// Accounts with a sign of life.
    pub active_users: i64,
    /// Sessions with a sign of life.
    pub active_sessions: i64,
}

/// What happened on some days in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Each day by its first moment; none is left out.
    pub days: Vec<(Timestamp, Day)>,
    /// Why logins failed or were refused, the commonest reason first.
    pub reasons: Vec<(String, i64)>,
}

impl Core {
    /// What happened on the days from `from` to `until`, both of them whole.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`] when there is no day between, or too many; [`Code::StoreUnavailable`].
    pub async fn figures(&self, from: Timestamp, until: Timestamp) -> Result<Figures, Error> {
        let (first, end) = (from.day(), until.day().saturating_add(1));
        if !(1..=DAYS_MAX).contains(&end.saturating_sub(first)) {
            let text = format!("Ask for {DAYS_MAX} days at most, and for the earlier one first.");
            return Err(Error::new(Code::MalformedParameter, text).about("from"));
        }
        let counts = self.ports().store.daily_counts(first, end).await?;
        let mut days: BTreeMap<i64, Day> = (first..end).map(|day| (day, Day::default())).collect();
        let mut reasons: BTreeMap<String, i64> = BTreeMap::new();
        for count in counts {
            if let Some(day) = days.get_mut(&count.day) {
                day.add(&count);
            }
            if is_failure(&count) {
                *reasons.entry(count.outcome).or_default() += count.count;
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons.truncate(REASONS_MAX);
        let days = days.into_iter().map(|(day, figures)| (Timestamp::of_day(day), figures)).collect();
        Ok(Figures { days, reasons })
    }

    /// Counts the days that are over.
    pub(crate) async fn tend_figures(&self) -> Result<(), Error> {
        let now = self.now();
        self.apply(Change::FoldDays { today: now.day(), oldest: (now - KEEP).day() }).await?;
        Ok(())
    }
}

impl Day {
    fn add(&mut self, count: &DailyCount) {
        let place = match (Deed::from_text(&count.name), Outcome::from_text(&count.outcome)) {
            (Some(Deed::AccountRegistered | Deed::AdminCreated | Deed::FirstAdminCreated), _) => {
                &mut self.registrations
            }
            (Some(Deed::LoginSucceeded), _) => &mut self.logins,
            (Some(Deed::LoginFailed), _) => &mut self.failed_logins,
            (Some(Deed::AttemptLimited), _) => &mut self.limited,
            _ if count.name == DailyCount::ACTIVE_USERS => &mut self.active_users,
            _ if count.name == DailyCount::ACTIVE_SESSIONS => &mut self.active_sessions,
            _ => return,
        };
        *place += count.count;
    }
}

fn is_failure(count: &DailyCount) -> bool {
    matches!(Deed::from_text(&count.name), Some(Deed::LoginFailed | Deed::AttemptLimited))
}
