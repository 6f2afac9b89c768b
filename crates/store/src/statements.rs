//! Holds every statement against the tables: each prepares, numbers its parameters in order, and finds its rows by an index.

use rusqlite::{Connection, StatementStatus};

use crate::sqlite::open::tune;
use crate::{
    alias, all_statements, api_key, audit, challenge, checkpoint, client, code, consent, cursor, factor,
    figure, identity, key, logout, mail, migrate, passkey, pending_login, profile, recovery_code, role,
    search, session, setting, ticket, user,
};

fn tables() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    tune(&connection, 1_024).unwrap();
    migrate::run(&mut connection).unwrap();
    connection
}

#[test]
fn every_statement_prepares() {
    let connection = tables();

    for sql in all_statements() {
        connection.prepare(sql).unwrap_or_else(|fault| panic!("{fault}: {sql}"));
    }
}

#[test]
fn parameters_are_bound_in_the_order_of_their_numbers() {
    let connection = tables();

    for sql in all_statements() {
        let statement = connection.prepare(sql).unwrap();
        for at in 1..=statement.parameter_count() {
            assert_eq!(statement.parameter_name(at), Some(&*format!("${at}")), "{sql}");
        }
    }
}

#[test]
fn every_statement_is_listed_with_the_others() {
    let sources = [
        (include_str!("user.rs"), user::ALL),
        (include_str!("search.rs"), search::ALL),
        (include_str!("setting.rs"), setting::ALL),
        (include_str!("role.rs"), role::ALL),
        (include_str!("api_key.rs"), api_key::ALL),
        (include_str!("session.rs"), session::ALL),
        (include_str!("profile.rs"), profile::ALL),
        (include_str!("ticket.rs"), ticket::ALL),
        (include_str!("mail.rs"), mail::ALL),
        (include_str!("key.rs"), key::ALL),
        (include_str!("audit.rs"), audit::ALL),
        (include_str!("checkpoint.rs"), checkpoint::ALL),
        (include_str!("cursor.rs"), cursor::ALL),
        (include_str!("figure.rs"), figure::ALL),
        (include_str!("identity.rs"), identity::ALL),
        (include_str!("alias.rs"), alias::ALL),
        (include_str!("client.rs"), client::ALL),
        (include_str!("code.rs"), code::ALL),
        (include_str!("consent.rs"), consent::ALL),
        (include_str!("logout.rs"), logout::ALL),
        (include_str!("factor.rs"), factor::ALL),
        (include_str!("recovery_code.rs"), recovery_code::ALL),
        (include_str!("pending_login.rs"), pending_login::ALL),
        (include_str!("passkey.rs"), passkey::ALL),
        (include_str!("challenge.rs"), challenge::ALL),
    ];

    for (source, listed) in sources {
        let written =
            source.lines().filter(|line| line.starts_with("const ") && line.contains(": &str =")).count();
        assert_eq!(written, listed.len(), "{}", source.lines().next().unwrap_or_default());
    }
}

/// Every table is entered by an index. Read from end to end are only a few signing keys, roles and applications, the audit log's checkpoints, one
/// for each day, and the index of those few accounts that run the server; and, where accounts are counted, the smallest index of them.
#[test]
fn no_statement_reads_a_whole_table() {
    let connection = tables();
    let is_small = |step: &str| {
        matches!(
            step,
            "SCAN signing_keys"
                | "SCAN audit_checkpoints"
                | "SCAN roles"
                | "SCAN clients"
                | "SCAN settings"
                | "SCAN settings USING INDEX sqlite_autoindex_settings_1"
                | "SCAN roles USING INDEX sqlite_autoindex_roles_1"
                | "SCAN users USING INDEX users_superusers"
                | "SCAN users USING COVERING INDEX users_username_key"
                | "SCAN CONSTANT ROW"
        )
    };

    for sql in all_statements() {
        let plan = plan(&connection, sql);
        let scans = plan.iter().any(|step| step.starts_with("SCAN") && !is_small(step));
        assert!(!scans, "{plan:?}: {sql}");
    }
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let none = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(none), |row| row.get(3)).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_rotation_touches_no_index() {
    let connection = tables();
    let mut indexed: Vec<String> = Vec::new();
    let mut indexes = connection.prepare("SELECT name FROM pragma_index_list('sessions')").unwrap();
    let names: Vec<String> =
        indexes.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    for name in names {
        let mut columns = connection.prepare("SELECT name FROM pragma_index_info($1)").unwrap();
        indexed.extend(columns.query_map([name], |row| row.get::<_, String>(0)).unwrap().flatten());
    }

    for column in ["refresh_digest", "refresh_generation", "refreshed_at", "last_seen_at"] {
        assert!(!indexed.iter().any(|name| name == column), "{column}");
    }
}

/// Planning costs ten times what a point read does: a statement whose plan hangs on the values bound to it would be planned
/// at every use.
#[test]
fn a_prepared_statement_stays_prepared_whatever_is_bound_to_it() {
    let connection = tables();

    for sql in all_statements() {
        let mut statement = connection.prepare(sql).unwrap();
        for value in ["a", "b", "c"] {
            let values = vec![value; statement.parameter_count()];
            // Some refuse such values; that is not what is asked here.
            let _ = statement.query(rusqlite::params_from_iter(values)).map(|mut rows| rows.next().is_ok());
            statement.clear_bindings();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}

/// On the server that the environment names, if it names one.
#[cfg(feature = "fake")]
#[expect(clippy::disallowed_methods, reason = "a test is told where its server is by its environment")]
#[tokio::test]
async fn every_statement_prepares_on_postgresql() {
    let Ok(url) = std::env::var("DOORWARD_TEST_POSTGRES") else { return };
    let database = crate::FreshDatabase::create(&url).await.unwrap();
    let (client, connection) =
        tokio_postgres::connect(database.url().expose(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);

    for sql in all_statements().chain([session::BY_IDS, session::ROTATE_SEVERAL]) {
        client.prepare(sql).await.unwrap_or_else(|fault| panic!("{fault:?}: {sql}"));
    }
}
