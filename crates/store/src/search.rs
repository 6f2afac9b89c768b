//! Accounts along the indexes of the table `users`.

use doorward_core::UserId;
use doorward_core::account::{Ages, Place, User, Way};

use crate::db::{Db, Fault, Value, params};
use crate::user;

#[cfg(test)]
pub(crate) const ALL: &[&str] = &[BY_AGE, DISABLED, BY_ROLE, BY_FIELD, BY_EMAIL, BY_USERNAME, BY_NAME];

/// Sorts after every character that can follow.
const END: char = char::MAX;

const BY_AGE: &str = user::select!("WHERE id >= $1 AND id < $2\nORDER BY id DESC\nLIMIT $3");
const DISABLED: &str =
    user::select!("WHERE NOT is_active AND id >= $1 AND id < $2\nORDER BY id DESC\nLIMIT $3");
const BY_ROLE: &str = user::select!(
    "WHERE id IN (
    SELECT user_id
    FROM user_roles
    WHERE role = $1 AND user_id >= $2 AND user_id < $3
    ORDER BY user_id DESC
    LIMIT $4)
ORDER BY id DESC"
);
const BY_FIELD: &str = user::select!(
    "WHERE id IN (
    SELECT user_id
    FROM user_fields
    WHERE name = $1 AND value = $2 AND user_id >= $3 AND user_id < $4
    ORDER BY user_id DESC
    LIMIT $5)
ORDER BY id DESC"
);
const BY_EMAIL: &str = user::select!(
    "WHERE email_key >= $1 AND email_key > $2 AND email_key < $3\nORDER BY email_key\nLIMIT $4"
);
const BY_USERNAME: &str = user::select!(
    "WHERE username_key >= $1 AND username_key > $2 AND username_key < $3\nORDER BY username_key\nLIMIT $4"
);
const BY_NAME: &str = user::select!(
    "WHERE name IS NOT NULL AND lower(name) >= lower($1) AND lower(name) < lower($2)
    AND (lower(name), id) > (lower($3), $4)
ORDER BY lower(name), id
LIMIT $5"
);

/// The first `most` accounts along `way` after `after`, each with its place.
pub(crate) async fn along(
    db: &impl Db,
    way: &Way,
    after: Option<&Place>,
    most: u32,
) -> Result<Vec<(Place, User)>, Fault> {
    match way {
        Way::Age(ages) => {
            let (from, before) = bounds(ages, after);
            places(db, BY_AGE, params![from, before, most], |_| None).await
        }
        Way::Disabled(ages) => {
            let (from, before) = bounds(ages, after);
            places(db, DISABLED, params![from, before, most], |_| None).await
        }
        Way::Role(role, ages) => {
            let (from, before) = bounds(ages, after);
            places(db, BY_ROLE, params![role, from, before, most], |_| None).await
        }
        Way::Field(name, value, ages) => {
            let (from, before) = bounds(ages, after);
            places(db, BY_FIELD, params![name, value, from, before, most], |_| None).await
        }
        Way::Email(begins) | Way::Username(begins) | Way::Name(begins) => {
            by_name(db, (way, begins), after, most).await
        }
    }
}

async fn by_name(
    db: &impl Db,
    (way, begins): (&Way, &str),
    after: Option<&Place>,
    most: u32,
) -> Result<Vec<(Place, User)>, Fault> {
    let end = format!("{begins}{END}");
    let name = after.map(|place| &*place.name).unwrap_or_default();
    let id = after.map(|place| place.user.to_string()).unwrap_or_default();
    match way {
        Way::Email(_) => {
            places(db, BY_EMAIL, params![begins, name, end, most], |user| Some(user.email.key().to_owned()))
                .await
        }
        Way::Username(_) => {
            places(db, BY_USERNAME, params![begins, name, end, most], |user| {
                user.username.as_ref().map(|name| name.key().to_owned())
            })
            .await
        }
        _ => {
            places(db, BY_NAME, params![begins, end, name, id, most], |user| user.profile.name.clone()).await
        }
    }
}

/// The ids to go on between.
fn bounds(ages: &Ages, after: Option<&Place>) -> (UserId, UserId) {
    (ages.from, after.map_or(ages.before, |after| after.user.min(ages.before)))
}

async fn places(
    db: &impl Db,
    sql: &'static str,
    bound: &[Value<'_>],
    name: impl Fn(&User) -> Option<String>,
) -> Result<Vec<(Place, User)>, Fault> {
    let mut found = Vec::new();
    for mut user in db.rows(sql, bound, user::read).await? {
        user::complete(db, &mut user).await?;
        found.push((Place { name: name(&user).unwrap_or_default(), user: user.id }, user));
    }
    Ok(found)
}
