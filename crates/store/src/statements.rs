//! Holds every statement against the tables: each prepares, numbers its parameters in order, and finds its rows by an index.

use rusqlite::Connection;

use crate::{all_statements, migrate};

fn tables() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
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
fn no_statement_reads_a_whole_table() {
    let connection = tables();
    // The keys are a handful and always wanted all.
    let is_small = |sql: &str| sql.contains("signing_keys");

    for sql in all_statements().filter(|sql| !is_small(sql)) {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let mut statement = connection.prepare(&explain).unwrap();
        let none = vec![rusqlite::types::Null; statement.parameter_count()];
        let plan: Vec<String> = statement
            .query_map(rusqlite::params_from_iter(none), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let scans = plan
            .iter()
            .any(|step| step.starts_with("SCAN") && !step.contains("INDEX") && !step.contains("CONSTANT"));
        assert!(!scans, "{plan:?}: {sql}");
    }
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
