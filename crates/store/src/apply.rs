//! What each change does to the tables.
//!
//! Does not open or close transactions: see [`crate::sqlite`].

use doorward_core::audit::AuditEvent;
use doorward_core::change::{AccountChange, Change, MailChange, TicketChange};
use doorward_core::port::{ApplyError, Conflict, StoreError};
use doorward_core::session::Session;
use doorward_core::{SessionId, Timestamp, UserId};
use rusqlite::{Connection, ErrorCode};

use crate::{
    api_key, audit, checkpoint, cursor, figure, identity, key, mail, profile, role, session, setting, ticket,
    user,
};

/// Makes one change. A guarded one that does not find exactly its row is a conflict.
pub(crate) fn apply(connection: &Connection, change: &Change) -> Result<(), ApplyError> {
    match change {
        Change::AddUser(new) => exactly_one(user::insert(connection, new)),
        Change::SetPassword { user, hash, from_version, at } => {
            exactly_one(user::set_password(connection, *user, hash, *from_version, *at))
        }
        Change::Rehash { user, hash, from_version } => {
            exactly_one(user::rehash(connection, *user, hash, *from_version))
        }
        Change::SetActive { user, is_active, at } => {
            exactly_one(user::set_active(connection, *user, *is_active, *at))
        }
        Change::SetSuperuser { user, is_superuser, at } => {
            exactly_one(role::set_superuser(connection, *user, *is_superuser, *at))
        }
        Change::KeepASuperuser { besides } => keep_superuser(connection, *besides),
        Change::GiveRole { user, role, at } => exactly_one(role::give(connection, *user, role, *at)),
        Change::TakeRole { user, role, at } => exactly_one(role::take(connection, *user, role, *at)),
        Change::AddRole(new) => exactly_one(role::insert(connection, new)),
        Change::SetRole(role) => exactly_one(role::update(connection, role)),
        Change::DeleteRole { name, at } => exactly_one(role::delete(connection, name, *at)),
        Change::AddApiKey(new) => exactly_one(api_key::insert(connection, new)),
        Change::RevokeApiKey { user, key, at } => exactly_one(api_key::revoke(connection, *user, *key, *at)),
        Change::KeepSetting(setting) => exactly_one(setting::keep(connection, setting)),
        Change::DropSetting { name } => any(setting::drop(connection, name)),
        Change::SeeApiKeys(seen) => any(api_key::see(connection, seen)),
        Change::OpenSession { session, password_version } => open(connection, session, *password_version),
        Change::RotateRefresh { session, from, to, generation, at } => {
            exactly_one(session::rotate(connection, *session, (from, to), *generation, *at))
        }
        Change::EndSession { session, reason, at } => {
            exactly_one(session::end(connection, *session, *reason, *at))
        }
        Change::EndSessionsOf { user, keep, reason, at } => {
            any(session::end_all(connection, *user, *keep, *reason, *at))
        }
        Change::SeeSessions(seen) => see(connection, seen),
        Change::ForgetSessions { before } => any(session::forget(connection, *before)),
        Change::AddKey(new) => exactly_one(key::insert(connection, new)),
        Change::ForgetKeys { before } => any(key::forget(connection, *before)),
        Change::RetireKey { kid, signs_until, verifies_until } => {
            exactly_one(key::retire(connection, kid, *signs_until, *verifies_until))
        }
        Change::AddIdentity { provider, subject, user, at } => {
            exactly_one(identity::insert(connection, (provider, subject), *user, *at))
        }
        Change::MoveCursor { listener, from, to } => {
            exactly_one(cursor::set(connection, listener, from.as_ref(), to))
        }
        Change::NoteActive { user, session, at } => any(figure::active(connection, *user, *session, *at)),
        Change::FoldDays { today, oldest } => any(figure::fold(connection, *today, *oldest)),
        Change::Account(change) => apply_account(connection, change),
        Change::Ticket(change) => apply_ticket(connection, change),
        Change::Mail(change) => apply_mail(connection, change),
        Change::Record(event) => record(connection, event),
        Change::KeepCheckpoint(checkpoint) => any(checkpoint::keep(connection, checkpoint)),
        Change::ForgetAudit { up_to } => any(checkpoint::forget(connection, *up_to)),
        Change::ErasePersonal { user } => any(audit::erase(connection, *user)),
    }
}

fn apply_account(connection: &Connection, change: &AccountChange) -> Result<(), ApplyError> {
    match change {
        AccountChange::VerifyEmail { user, email_key, at } => {
            exactly_one(user::verify_email(connection, *user, email_key, *at))
        }
        AccountChange::SetEmail { user, email, at } => {
            exactly_one(user::set_email(connection, *user, email, *at))
        }
        AccountChange::SetProfile(change) => exactly_one(profile::set(connection, change)),
        AccountChange::IndexFields { user, fields } => any(profile::index(connection, *user, fields)),
        AccountChange::Delete { user, at } => exactly_one(user::delete(connection, *user, *at)),
    }
}

fn apply_ticket(connection: &Connection, change: &TicketChange) -> Result<(), ApplyError> {
    match change {
        TicketChange::Add(new) => exactly_one(ticket::insert(connection, new)),
        TicketChange::Renew { ticket, expires_at, code_expires_at } => {
            exactly_one(ticket::renew(connection, *ticket, *expires_at, *code_expires_at))
        }
        TicketChange::TryCode { ticket, at } => exactly_one(ticket::try_code(connection, *ticket, *at)),
        TicketChange::Spend { ticket, at } => exactly_one(ticket::spend(connection, *ticket, *at)),
        TicketChange::Void { user } => any(ticket::void(connection, *user)),
    }
}

fn apply_mail(connection: &Connection, change: &MailChange) -> Result<(), ApplyError> {
    match change {
        MailChange::Queue(new) => exactly_one(mail::insert(connection, new)),
        MailChange::Take { mail, due_at, until } => {
            exactly_one(mail::take(connection, *mail, *due_at, *until))
        }
        MailChange::Own { mail, user } => exactly_one(mail::own(connection, *mail, *user)),
        MailChange::End { mail, state, error, at } => {
            exactly_one(mail::end(connection, *mail, (*state, error), *at))
        }
        MailChange::Postpone { mail, due_at, error } => {
            exactly_one(mail::postpone(connection, *mail, *due_at, error))
        }
        MailChange::Retry { mail, at } => exactly_one(mail::retry(connection, *mail, *at)),
        MailChange::Drop { mail } => exactly_one(mail::delete(connection, *mail)),
        MailChange::Forget { before } => any(mail::forget(connection, *before)),
    }
}

/// Whether the change is known to be a single statement, and so all or nothing without a savepoint: those that often come
/// alone.
pub(crate) const fn is_one_statement(change: &Change) -> bool {
    matches!(change, Change::RotateRefresh { .. } | Change::Rehash { .. })
}

/// A session begins, and is in use.
fn open(connection: &Connection, session: &Session, password_version: i64) -> Result<(), ApplyError> {
    exactly_one(session::open(connection, session, password_version))?;
    any(figure::active(connection, session.user_id, session.id, session.created_at))
}

/// Sessions were in use.
fn see(connection: &Connection, seen: &[(SessionId, Timestamp)]) -> Result<(), ApplyError> {
    any(session::see(connection, seen))?;
    any(figure::see_active(connection, seen))
}

/// A line of the audit log, which is counted.
fn record(connection: &Connection, event: &AuditEvent) -> Result<(), ApplyError> {
    exactly_one(audit::append(connection, event))?;
    any(figure::count(connection, event))
}

fn keep_superuser(connection: &Connection, besides: UserId) -> Result<(), ApplyError> {
    match role::has_superuser_besides(connection, besides) {
        Ok(true) => Ok(()),
        Ok(false) => Err(ApplyError::Conflict(Conflict::LastSuperuser)),
        Err(fault) => Err(read_fault(&fault)),
    }
}

fn exactly_one(touched: rusqlite::Result<usize>) -> Result<(), ApplyError> {
    match touched {
        Ok(1) => Ok(()),
        Ok(_) => Err(ApplyError::Conflict(Conflict::Stale)),
        Err(fault) => Err(read_fault(&fault)),
    }
}

fn any<T>(touched: rusqlite::Result<T>) -> Result<(), ApplyError> {
    touched.map(drop).map_err(|fault| read_fault(&fault))
}

/// A unique name that is taken is a conflict, all else is the database's fault.
fn read_fault(fault: &rusqlite::Error) -> ApplyError {
    let text = fault.to_string();
    if fault.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        if text.contains("users.email_key") {
            return ApplyError::Conflict(Conflict::EmailTaken);
        }
        if text.contains("users.username_key") {
            return ApplyError::Conflict(Conflict::UsernameTaken);
        }
        if text.contains("roles.name") {
            return ApplyError::Conflict(Conflict::RoleTaken);
        }
    }
    ApplyError::Store(StoreError::Unavailable(text))
}
