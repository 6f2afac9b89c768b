//! What each change does to the tables.
//!
//! Does not open or close transactions: see [`crate::sqlite`].

use doorward_core::audit::AuditEvent;
use doorward_core::change::{
    AccountChange, Change, FactorChange, LogoutChange, MailChange, OAuthChange, PasskeyChange, TicketChange,
};
use doorward_core::port::{ApplyError, Conflict};
use doorward_core::session::{EndReason, Session};
use doorward_core::{ApiKeyId, ClientId, PasskeyId, SessionId, Timestamp, UserId};

use crate::db::{Db, Fault};
use crate::{
    alias, api_key, audit, challenge, checkpoint, client, code, consent, cursor, factor, figure, identity,
    key, limit, logout, mail, passkey, pending_login, profile, recovery_code, role, session, setting, ticket,
    user,
};

/// Makes one change. A guarded one that does not find exactly its row is a conflict.
pub(crate) async fn apply(db: &impl Db, change: &Change) -> Result<(), Refusal> {
    match change {
        Change::AddUser(new) => exactly_one(user::insert(db, new).await),
        Change::SetPassword { user, hash, from_version, at } => {
            exactly_one(user::set_password(db, *user, hash, *from_version, *at).await)
        }
        Change::Rehash { user, hash, from_version } => {
            exactly_one(user::rehash(db, *user, hash, *from_version).await)
        }
        Change::SetActive { user, is_active, at } => {
            exactly_one(user::set_active(db, *user, *is_active, *at).await)
        }
        Change::SetSuperuser { user, is_superuser, at } => {
            exactly_one(role::set_superuser(db, *user, *is_superuser, *at).await)
        }
        Change::KeepASuperuser { besides } => keep_superuser(db, *besides).await,
        Change::GiveRole { user, role, at } => exactly_one(role::give(db, *user, role, *at).await),
        Change::TakeRole { user, role, at } => exactly_one(role::take(db, *user, role, *at).await),
        Change::AddRole(new) => exactly_one(role::insert(db, new).await),
        Change::SetRole(role) => exactly_one(role::update(db, role).await),
        Change::DeleteRole { name, at } => exactly_one(role::delete(db, name, *at).await),
        Change::AddApiKey(new) => exactly_one(api_key::insert(db, new).await),
        Change::RevokeApiKey { user, key, at } => exactly_one(api_key::revoke(db, *user, *key, *at).await),
        Change::KeepSetting(setting) => exactly_one(setting::keep(db, setting).await),
        Change::DropSetting { name } => any(setting::drop(db, name).await),
        Change::SeeApiKeys(seen) => see_keys(db, seen).await,
        Change::OpenSession { session, password_version } => open(db, session, *password_version).await,
        Change::RotateRefresh { session, from, to, generation, at } => {
            exactly_one(session::rotate(db, *session, (from, to), *generation, *at).await)
        }
        Change::EndSession { session, reason, at } => end(db, *session, *reason, *at).await,
        Change::EndSessionsOf { user, keep, reason, at } => end_all(db, (*user, *keep), *reason, *at).await,
        Change::SeeSessions(seen) => see(db, seen).await,
        Change::ForgetSessions { before } => any(session::forget(db, *before).await),
        Change::AddKey(new) => exactly_one(key::insert(db, new).await),
        Change::ForgetKeys { before } => any(key::forget(db, *before).await),
        Change::RetireKey { kid, signs_until, verifies_until } => {
            exactly_one(key::retire(db, kid, *signs_until, *verifies_until).await)
        }
        Change::AddIdentity { provider, subject, user, at } => {
            exactly_one(identity::insert(db, (provider, subject), *user, *at).await)
        }
        Change::MoveCursor { listener, from, to } => {
            exactly_one(cursor::set(db, listener, from.as_ref(), to).await)
        }
        Change::NoteActive { user, session, at } => any(figure::active(db, *user, *session, *at).await),
        Change::FoldDays { today, oldest } => any(figure::fold(db, *today, *oldest).await),
        Change::Account(change) => apply_account(db, change).await,
        Change::Factor(change) => apply_factor(db, change).await,
        Change::OAuth(change) => apply_oauth(db, change).await,
        Change::Logout(change) => apply_logout(db, change).await,
        Change::Passkey(change) => apply_passkey(db, change).await,
        Change::Ticket(change) => apply_ticket(db, change).await,
        Change::Mail(change) => apply_mail(db, change).await,
        Change::Record(event) => record(db, event).await,
        Change::KeepCheckpoint(checkpoint) => any(checkpoint::keep(db, checkpoint).await),
        Change::ForgetAudit { up_to } => any(checkpoint::forget(db, *up_to).await),
        Change::ErasePersonal { user } => any(audit::erase(db, *user).await),
    }
}

async fn apply_account(db: &impl Db, change: &AccountChange) -> Result<(), Refusal> {
    match change {
        AccountChange::VerifyEmail { user, email_key, at } => {
            exactly_one(user::verify_email(db, *user, email_key, *at).await)
        }
        AccountChange::SetEmail { user, email, at } => {
            exactly_one(user::set_email(db, *user, email, *at).await)
        }
        AccountChange::SetProfile(change) => exactly_one(profile::set(db, change).await),
        AccountChange::IndexFields { user, fields } => any(profile::index(db, *user, fields).await),
        AccountChange::AddAlias { user, kind, alias } => {
            exactly_one(alias::insert(db, *user, *kind, alias).await)
        }
        AccountChange::Number { user } => any(alias::number(db, *user).await),
        AccountChange::SetLimits { user, limits } => exactly_one(limit::set(db, *user, limits).await),
        AccountChange::ProveApiKey { key, from, to } => exactly_one(api_key::prove(db, *key, from, to).await),
        AccountChange::Delete { user, at } => {
            any(logout::queue_of_user(db, *user, None, *at).await)?;
            exactly_one(user::delete(db, *user, *at).await)
        }
    }
}

async fn apply_factor(db: &impl Db, change: &FactorChange) -> Result<(), Refusal> {
    match change {
        FactorChange::Begin { user, secret, at } => exactly_one(factor::begin(db, *user, secret, *at).await),
        FactorChange::Confirm { user, secret, step, at } => {
            exactly_one(factor::confirm(db, (*user, secret), *step, *at).await)
        }
        FactorChange::UseStep { user, step } => exactly_one(factor::use_step(db, *user, *step).await),
        FactorChange::SetRecoveryCodes { user, codes } => any(recovery_code::set(db, *user, codes).await),
        FactorChange::UseRecoveryCode { user, code } => {
            exactly_one(recovery_code::delete(db, *user, code).await)
        }
        FactorChange::Remove { user } => {
            any(recovery_code::clear(db, *user).await)?;
            exactly_one(factor::delete(db, *user).await)
        }
        FactorChange::AddLogin { login, at } => exactly_one(pending_login::insert(db, login, *at).await),
        FactorChange::CountTry { ticket, at } => exactly_one(pending_login::count_try(db, ticket, *at).await),
        FactorChange::SpendLogin { ticket, at } => exactly_one(pending_login::spend(db, ticket, *at).await),
    }
}

async fn apply_oauth(db: &impl Db, change: &OAuthChange) -> Result<(), Refusal> {
    match change {
        OAuthChange::AddClient(new) => exactly_one(client::insert(db, new).await),
        OAuthChange::RemoveClient { client, at } => {
            session::end_of_client(db, *client, *at).await?;
            exactly_one(client::delete(db, *client, *at).await)
        }
        OAuthChange::RenewSecret { client, secret, at } => {
            exactly_one(client::renew(db, *client, secret, *at).await)
        }
        OAuthChange::EndGivenIn { login, reason, at } => {
            any(logout::queue_of_login(db, *login, *at).await)?;
            any(session::end_of_login(db, *login, *reason, *at).await)
        }
        OAuthChange::AddCode(new) => exactly_one(code::insert(db, new).await),
        OAuthChange::SpendCode { code, given, at } => exactly_one(code::spend(db, code, *given, *at).await),
        OAuthChange::KeepConsent { user, client, scopes, at } => {
            exactly_one(consent::keep(db, (*user, *client), scopes, *at).await)
        }
        OAuthChange::WithdrawConsent { user, client, at } => withdraw(db, (*user, *client), *at).await,
        OAuthChange::ForgetCodes { before } => any(code::forget(db, *before).await),
    }
}

/// What an account let an application have is taken back: codes first, so that none is exchanged after.
async fn withdraw(db: &impl Db, (user, client): (UserId, ClientId), at: Timestamp) -> Result<(), Refusal> {
    exactly_one(consent::delete(db, user, client).await)?;
    any(code::void(db, client, user).await)?;
    any(logout::queue_of_consent(db, (user, client), at).await)?;
    any(session::end_of_consent(db, (user, client), at).await)
}

async fn apply_logout(db: &impl Db, change: &LogoutChange) -> Result<(), Refusal> {
    match change {
        LogoutChange::QueueAll { keep, at } => any(logout::queue_all(db, *keep, *at).await),
        LogoutChange::Take { session, due_at, until } => {
            exactly_one(logout::take(db, *session, *due_at, *until).await)
        }
        LogoutChange::Drop { session } => exactly_one(logout::delete(db, *session).await),
        LogoutChange::Postpone { session, due_at } => {
            exactly_one(logout::postpone(db, *session, *due_at).await)
        }
        LogoutChange::PostponeClient { client, due_at } => {
            any(logout::postpone_client(db, *client, *due_at).await)
        }
    }
}

async fn apply_passkey(db: &impl Db, change: &PasskeyChange) -> Result<(), Refusal> {
    match change {
        PasskeyChange::AddChallenge(new) => exactly_one(challenge::insert(db, new).await),
        PasskeyChange::SpendChallenge { challenge, at } => {
            exactly_one(challenge::spend(db, challenge, *at).await)
        }
        PasskeyChange::ForgetChallenges { before } => any(challenge::forget(db, *before).await),
        PasskeyChange::Add(new) => exactly_one(passkey::insert(db, new).await),
        PasskeyChange::Use { passkey, credential, at } => {
            exactly_one(passkey::use_(db, *passkey, credential, *at).await)
        }
        PasskeyChange::Rename { user, passkey, name } => {
            exactly_one(passkey::rename(db, *user, *passkey, name).await)
        }
        PasskeyChange::Remove { user, passkey } => exactly_one(passkey::delete(db, *user, *passkey).await),
        PasskeyChange::KeepAWayIn { user, besides } => keep_way_in(db, *user, *besides).await,
    }
}

async fn apply_ticket(db: &impl Db, change: &TicketChange) -> Result<(), Refusal> {
    match change {
        TicketChange::Add(new) => exactly_one(ticket::insert(db, new).await),
        TicketChange::Renew { ticket, expires_at, code_expires_at } => {
            exactly_one(ticket::renew(db, *ticket, *expires_at, *code_expires_at).await)
        }
        TicketChange::TryCode { ticket, at } => exactly_one(ticket::try_code(db, *ticket, *at).await),
        TicketChange::Spend { ticket, at } => exactly_one(ticket::spend(db, *ticket, *at).await),
        TicketChange::Void { user } => any(ticket::void(db, *user).await),
    }
}

async fn apply_mail(db: &impl Db, change: &MailChange) -> Result<(), Refusal> {
    match change {
        MailChange::Queue(new) => exactly_one(mail::insert(db, new).await),
        MailChange::Take { mail, due_at, until } => exactly_one(mail::take(db, *mail, *due_at, *until).await),
        MailChange::Own { mail, user } => exactly_one(mail::own(db, *mail, *user).await),
        MailChange::End { mail, state, error, at } => {
            exactly_one(mail::end(db, *mail, (*state, error), *at).await)
        }
        MailChange::Postpone { mail, due_at, error } => {
            exactly_one(mail::postpone(db, *mail, *due_at, error).await)
        }
        MailChange::Retry { mail, at } => exactly_one(mail::retry(db, *mail, *at).await),
        MailChange::Drop { mail } => exactly_one(mail::delete(db, *mail).await),
        MailChange::Forget { before } => any(mail::forget(db, *before).await),
    }
}

/// Whether the change is known to be a single statement, and so all or nothing without a savepoint: those that often come
/// alone.
pub(crate) const fn is_one_statement(change: &Change) -> bool {
    matches!(change, Change::RotateRefresh { .. } | Change::Rehash { .. })
}

/// Whether the change may be made at the same moment as any other: its own row guards it, and what it does to others hangs on
/// nothing it has read. All else is written one after another, as it always is on an engine with one writer.
pub(crate) const fn is_free(change: &Change) -> bool {
    matches!(
        change,
        Change::RotateRefresh { .. }
            | Change::Rehash { .. }
            | Change::SeeSessions(_)
            | Change::SeeApiKeys(_)
            | Change::NoteActive { .. }
            | Change::MoveCursor { .. }
            | Change::Logout(
                LogoutChange::Take { .. } | LogoutChange::Drop { .. } | LogoutChange::Postpone { .. }
            )
            | Change::Mail(MailChange::Take { .. } | MailChange::End { .. } | MailChange::Postpone { .. })
    )
}

/// A session begins, and is in use.
async fn open(db: &impl Db, session: &Session, password_version: i64) -> Result<(), Refusal> {
    exactly_one(session::open(db, session, password_version).await)?;
    any(figure::active(db, session.user_id, session.id, session.created_at).await)
}

/// A session ends, and the application that was given it has to be told.
async fn end(db: &impl Db, session: SessionId, reason: EndReason, at: Timestamp) -> Result<(), Refusal> {
    any(logout::queue(db, session, at).await)?;
    exactly_one(session::end(db, session, reason, at).await)
}

/// The sessions of an account end, and the applications that were given some have to be told.
async fn end_all(
    db: &impl Db,
    (user, keep): (UserId, Option<SessionId>),
    reason: EndReason,
    at: Timestamp,
) -> Result<(), Refusal> {
    any(logout::queue_of_user(db, user, keep, at).await)?;
    any(session::end_all(db, user, keep, reason, at).await)
}

/// Sessions were in use.
async fn see(db: &impl Db, seen: &[(SessionId, Timestamp)]) -> Result<(), Refusal> {
    // In one order for all who write: two that wait for each other's rows would wait in vain.
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    any(session::see(db, &seen).await)?;
    any(figure::see_active(db, &seen).await)
}

/// API keys were in use.
async fn see_keys(db: &impl Db, seen: &[(ApiKeyId, Timestamp)]) -> Result<(), Refusal> {
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    any(api_key::see(db, &seen).await)
}

/// A line of the audit log, which is counted.
async fn record(db: &impl Db, event: &AuditEvent) -> Result<(), Refusal> {
    exactly_one(audit::append(db, event).await)?;
    any(figure::count(db, event).await)
}

async fn keep_superuser(db: &impl Db, besides: UserId) -> Result<(), Refusal> {
    match role::has_superuser_besides(db, besides).await? {
        true => Ok(()),
        false => Err(Refusal::Conflict(Conflict::LastSuperuser)),
    }
}

async fn keep_way_in(db: &impl Db, user: UserId, besides: PasskeyId) -> Result<(), Refusal> {
    match passkey::has_way_besides(db, user, besides).await? {
        true => Ok(()),
        false => Err(Refusal::Conflict(Conflict::LastWayIn)),
    }
}

fn exactly_one(touched: Result<u64, Fault>) -> Result<(), Refusal> {
    match touched? {
        1 => Ok(()),
        _ => Err(Refusal::Conflict(Conflict::Stale)),
    }
}

fn any<T>(touched: Result<T, Fault>) -> Result<(), Refusal> {
    Ok(touched.map(drop)?)
}

/// Why a change was not made.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Another writer was first.
    Conflict(Conflict),
    /// The database failed.
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Taken { key, .. } => Self::Conflict(taken(&key)),
            fault => Self::Fault(fault),
        }
    }
}

impl From<Refusal> for ApplyError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflict(conflict) => Self::Conflict(conflict),
            Refusal::Fault(fault) => Self::Store(fault.into()),
        }
    }
}

/// What it means that a key is taken, which engines name by its columns or by its index.
fn taken(key: &str) -> Conflict {
    match key {
        "users.email_key" | "users_email_key" => Conflict::EmailTaken,
        "users.username_key" | "users_username_key" => Conflict::UsernameTaken,
        "roles.name" | "roles_pkey" => Conflict::RoleTaken,
        // The row that was to be made has been made by another.
        _ => Conflict::Stale,
    }
}
