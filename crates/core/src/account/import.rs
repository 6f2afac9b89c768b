//! Accounts brought along from another program, with the hashes of their passwords.
//!
//! Nothing is hashed here: a foreign hash is checked once more at the next login and then replaced. Rows are written some
//! hundreds at a time; one that was written before is told as existing, so an import that was interrupted is simply run again.
//!
//! Invariant: an import makes accounts and never changes one.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::register::check_profile;
use crate::account::{AccountLimits, AliasKind, EmailAddress, LoginName, Profile, User, Username};
use crate::audit::Deed;
use crate::change::{AccountChange, Change, Changes};
use crate::client::Client;
use crate::core::Core;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::password::PasswordHash;
use crate::port::ApplyError;
use crate::principal::Principal;
use crate::role::RoleName;
use crate::secret::Secret;
use crate::time::Timestamp;

/// Rows that are written together.
pub const IMPORT_BATCH: usize = 500;

/// An account as another program kept it.
#[derive(Debug, Clone, Default)]
pub struct ImportRow {
    /// The address.
    pub email: String,
    /// The user name.
    pub username: Option<String>,
    /// The hash of the password; without one the owner has to set a password first.
    pub password_hash: Option<Secret<String>>,
    /// The name to show.
    pub name: Option<String>,
    /// Whatever the application keeps with the account.
    pub metadata: Map<String, Value>,
    /// Whether it may not be used.
    pub is_disabled: bool,
    /// Whether the address was proved.
    pub is_verified: bool,
    /// The roles it holds.
    pub roles: Vec<String>,
    /// Whether it runs the server. Only whoever runs it may bring such a one along.
    pub is_superuser: bool,
    /// A few words.
    pub bio: Option<String>,
    /// Where a picture is.
    pub picture: Option<String>,
    /// By what name clients of the other program know it.
    pub alias: Option<(AliasKind, String)>,
    /// The provider its owner comes by, and its name for them.
    pub identity: Option<(String, String)>,
    /// What bounds it otherwise than all the others.
    pub limits: AccountLimits,
    /// When it was made, as RFC 3339 writes it; now when it is not known.
    pub created_at: Option<String>,
}

/// What became of a row.
#[derive(Debug)]
pub enum Fate {
    /// The account was made, or would be.
    Added,
    /// It is there already; it was left as it is.
    Existing,
    /// The row cannot be taken.
    Refused(Error),
}

/// A row that can be taken.
struct Newcomer {
    user: User,
    roles: Vec<RoleName>,
    alias: Option<(AliasKind, String)>,
    identity: Option<(String, String)>,
    limits: AccountLimits,
}

impl Core {
    /// Makes accounts of `rows`, [`IMPORT_BATCH`] of them at most; says what became of each, in order. With `is_rehearsal`
    /// nothing is written.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`]: what was not written can be imported again. What is wrong with a row is told with the row.
    pub async fn import_accounts(
        &self,
        who: &Principal,
        rows: Vec<ImportRow>,
        is_rehearsal: bool,
        client: &Client,
    ) -> Result<Vec<Fate>, Error> {
        let (mut fates, mut newcomers) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut names = HashSet::new();
        for row in rows {
            let judged = match self.judge_row(who, row) {
                Ok(newcomer) => self.find_namesake(&newcomer, &mut names).await?.map_or(Ok(newcomer), Err),
                Err(error) => Err(Fate::Refused(error)),
            };
            match judged {
                Ok(newcomer) => {
                    newcomers.push((fates.len(), newcomer));
                    fates.push(Fate::Added);
                }
                Err(fate) => fates.push(fate),
            }
        }
        if !is_rehearsal && !newcomers.is_empty() {
            self.write_newcomers(who, newcomers, &mut fates, client).await?;
        }
        Ok(fates)
    }

    fn judge_row(&self, who: &Principal, row: ImportRow) -> Result<Newcomer, Error> {
        let refused = |field, why: &str| Error::new(Code::InvalidField, why).about(field);
        let password = match row.password_hash {
            None => PasswordHash::none(),
            Some(hash) => PasswordHash::import(hash.expose()).ok_or_else(|| {
                refused("password_hash", "This is no hash that is understood here, or it asks for too much.")
            })?,
        };
        let now = self.now();
        let created_at = match row.created_at.as_deref() {
            None => now,
            Some(text) => Timestamp::parse(text)
                .filter(|at| (Timestamp::from_millis(0)..=now).contains(at))
                .ok_or_else(|| {
                    refused("created_at", "This is no time of the past like 2026-01-31T08:00:00Z.")
                })?,
        };
        if row.is_superuser || !row.limits.is_empty() {
            who.require_superuser().map_err(|error| error.about("is_superuser"))?;
        }
        let Profile { fields, .. } = Profile::default();
        let profile =
            Profile { name: row.name, bio: row.bio, picture: row.picture, metadata: row.metadata, fields };
        check_profile(&profile)?;
        let names = row.roles.iter().map(|name| name.parse().map_err(|error: Error| error.about("roles")));
        let mut roles: Vec<RoleName> = names.collect::<Result<_, _>>()?;
        for role in &roles {
            self.role_in_reach(who, role).map_err(|error| error.about("roles"))?;
        }
        roles.sort();
        roles.dedup();
        let user = User {
            // Its age is in it, so that accounts sort by when they were made.
            id: UserId::new(created_at, self.entropy()),
            email: EmailAddress::parse(&row.email)?,
            username: row.username.as_deref().map(Username::parse).transpose()?,
            password,
            password_version: 1,
            profile,
            is_active: !row.is_disabled,
            is_verified: row.is_verified,
            is_superuser: row.is_superuser,
            roles: Vec::new(),
            rights_version: 0,
            created_at,
            updated_at: now,
        };
        Ok(Newcomer { user, roles, alias: row.alias, identity: row.identity, limits: row.limits })
    }

    /// What becomes of a newcomer whose names are taken, in the database or by an earlier row.
    async fn find_namesake(
        &self,
        newcomer: &Newcomer,
        names: &mut HashSet<String>,
    ) -> Result<Option<Fate>, Error> {
        let (store, user) = (&self.ports().store, &newcomer.user);
        let email = user.email.key().to_owned();
        let existing = store.user_by_name(&LoginName::Email(email.clone())).await?;
        if let Some(existing) = existing {
            return Ok(Some(self.fate_of_existing(newcomer, existing.id).await?));
        }
        if names.contains(&email) {
            return Ok(Some(if newcomer.alias.is_some() { not_the_same() } else { Fate::Existing }));
        }
        if let Some((kind, alias)) = &newcomer.alias
            && (names.contains(&format!("{kind} {alias}"))
                || store.user_by_alias(*kind, alias).await?.is_some())
        {
            let why = "Another account is known by this id.";
            return Ok(Some(Fate::Refused(Error::new(Code::Conflict, why).about("id"))));
        }
        if let Some(username) = &user.username {
            let name = LoginName::Username(username.key().to_owned());
            if names.contains(name.key()) || store.user_by_name(&name).await?.is_some() {
                return Ok(Some(Fate::Refused(Error::from(Code::UsernameTaken).about("username"))));
            }
            names.insert(username.key().to_owned());
        }
        names.insert(email);
        names.extend(newcomer.alias.iter().map(|(kind, alias)| format!("{kind} {alias}")));
        Ok(None)
    }

    /// Whether the account of this address is the one that was brought along before. An address is no proof of it: whoever has
    /// made an account of that address here would get what belongs to another.
    async fn fate_of_existing(&self, newcomer: &Newcomer, existing: UserId) -> Result<Fate, Error> {
        let Some((kind, alias)) = &newcomer.alias else { return Ok(Fate::Existing) };
        let known_as = self.ports().store.alias_of(existing, *kind).await?;
        Ok(if known_as.as_ref() == Some(alias) { Fate::Existing } else { not_the_same() })
    }

    /// Writes all of them together; if somebody took one of the names meanwhile, each by itself.
    async fn write_newcomers(
        &self,
        who: &Principal,
        newcomers: Vec<(usize, Newcomer)>,
        fates: &mut [Fate],
        client: &Client,
    ) -> Result<(), Error> {
        let whole =
            newcomers.iter().fold(Changes::new(), |changes, (_, newcomer)| self.added(changes, newcomer));
        let event = self.event_by(Deed::AccountsImported, who, client).because(newcomers.len().to_string());
        match self.apply(whole.recorded(event)).await {
            Err(ApplyError::Conflict(_)) => {}
            other => return Ok(other?),
        }
        for (at, newcomer) in &newcomers {
            let event = self.event_by(Deed::AccountsImported, who, client).about(newcomer.user.id);
            match self.apply(self.added(Changes::new(), newcomer).recorded(event)).await {
                Ok(()) => {}
                Err(ApplyError::Conflict(conflict)) => {
                    fates[*at] = match Error::from(ApplyError::Conflict(conflict)) {
                        error if error.code() == Code::EmailTaken => Fate::Existing,
                        error => Fate::Refused(error),
                    };
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    fn added(&self, changes: Changes, newcomer: &Newcomer) -> Changes {
        let (user, at) = (&newcomer.user, self.now());
        let (user_id, add) = (user.id, changes.with(Change::AddUser(Box::new(user.clone()))));
        let roles = newcomer.roles.iter().cloned().map(|role| Change::GiveRole { user: user_id, role, at });
        let alias = newcomer
            .alias
            .clone()
            .map(|(kind, alias)| Change::from(AccountChange::AddAlias { user: user_id, kind, alias }));
        let identity = newcomer.identity.clone().map(|(provider, subject)| Change::AddIdentity {
            provider,
            subject,
            user: user_id,
            at,
        });
        let limits = Some(newcomer.limits.clone()).filter(|limits| !limits.is_empty());
        let limits = limits.map(|limits| Change::from(AccountChange::SetLimits { user: user_id, limits }));
        roles.chain(alias).chain(identity).chain(limits).fold(add, Changes::with)
    }
}

fn not_the_same() -> Fate {
    let why = "Another account has this address here, or an earlier one in another spelling.";
    Fate::Refused(Error::new(Code::EmailTaken, why).about("email"))
}
