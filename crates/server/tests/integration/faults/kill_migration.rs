//! A node dies in the midst of a migration while two others start.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use doorward_store::latest_version;
use doorward_testkit::{PostgresServer, RealServer, free_folder};
use tempfile::TempDir;

use super::load::Talk;
use super::{BINARY, PATIENCE, on_database};
use crate::cli::doorward;

/// The table that is made in the midst of a step, and the number of the last step before.
const IN_THE_MIDST: (&str, i64) = ("public.user_roles", 2);
/// Whoever makes that table waits until the gate is gone.
const GATE: &str = "
CREATE TABLE gate (closed BOOLEAN);
INSERT INTO gate VALUES (true);
CREATE FUNCTION wait_at_gate() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = '{table}') THEN
        WHILE EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.01); END LOOP;
    END IF;
END $$;
CREATE EVENT TRIGGER gate ON ddl_command_end EXECUTE FUNCTION wait_at_gate()";
const AT_THE_GATE: &str = "wait_event = 'PgSleep'";
const IN_LINE: &str = "wait_event_type = 'Lock' AND wait_event = 'advisory'";

/// Everything about the tables but what is in them.
const SHAPE: &str = "
SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default, collation_name)
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'gate'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
ORDER BY 1";

/// The numbers of the connections that wait in this way.
fn waiting(postgres: &PostgresServer, how: &str) -> Vec<String> {
    let sql = format!("SELECT pid FROM pg_stat_activity WHERE {how} ORDER BY pid");
    postgres.ask(&sql).lines().map(str::to_owned).collect()
}

/// The same, once there are `count` of them and `but` is not among them.
fn until_waiting(postgres: &PostgresServer, how: &str, count: usize, but: &[String]) -> Vec<String> {
    let began = Instant::now();
    loop {
        let found = waiting(postgres, how);
        if found.len() == count && !found.iter().any(|one| but.contains(one)) {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{count} {how}: {found:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Settings of nodes of one address that share a key.
fn settings(postgres: &PostgresServer, shared: &TempDir) -> String {
    let key = shared.path().join("master.key").display().to_string();
    let settings = on_database(&postgres.url());
    settings.replace("[crypto]\n", &format!("[crypto]\nmaster_key_file = \"{key}\"\n"))
        + "[server]\npublic_url = \"http://auth.example\"\ninsecure_plain_http = true\n"
}

/// A node that does not get as far as to take requests.
fn begin(folder: &TempDir, settings: &str) -> Child {
    std::fs::write(folder.path().join("doorward.toml"), settings).unwrap();
    let mut serve = Command::new(BINARY);
    serve.arg("serve").current_dir(folder.path()).env_clear().env("DOORWARD__SERVER__BIND", "127.0.0.1:0");
    serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The tables as one undisturbed migration makes them.
fn undisturbed() -> String {
    let (postgres, folder) = (PostgresServer::start(&[]), free_folder());
    std::fs::write(folder.path().join("doorward.toml"), on_database(&postgres.url())).unwrap();
    doorward(folder.path(), &["migrate"]).done();
    postgres.ask(SHAPE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_those_that_wait_finishes_the_migration_of_a_node_that_was_killed() {
    let (postgres, shared) = (PostgresServer::start(&[]), free_folder());
    let (folders, settings) = ([free_folder(), free_folder(), free_folder()], settings(&postgres, &shared));
    postgres.ask(&GATE.replace("{table}", IN_THE_MIDST.0));

    let mut first = begin(&folders[0], &settings);
    let gone = until_waiting(&postgres, AT_THE_GATE, 1, &[]);
    let others: Vec<_> = thread::scope(|scope| {
        let start = |folder: &TempDir| RealServer::start(BINARY, folder.path(), &settings);
        let starting: Vec<_> = folders[1..].iter().map(|folder| scope.spawn(move || start(folder))).collect();
        until_waiting(&postgres, IN_LINE, 2, &[]);
        let done = postgres.ask("SELECT max(version) FROM schema_version");
        assert_eq!(done, IN_THE_MIDST.1.to_string(), "half a step is none");

        first.kill().unwrap();
        first.wait().unwrap();
        until_waiting(&postgres, AT_THE_GATE, 1, &gone);
        until_waiting(&postgres, IN_LINE, 1, &[]);
        assert_eq!(postgres.ask("SELECT max(version) FROM schema_version"), IN_THE_MIDST.1.to_string());
        postgres.ask("DELETE FROM gate");
        starting.into_iter().map(|one| one.join().unwrap()).collect()
    });

    let steps = postgres.ask("SELECT string_agg(version::text, ' ' ORDER BY version) FROM schema_version");
    let all: Vec<String> = (1..=latest_version()).map(|step| step.to_string()).collect();
    assert_eq!(steps, all.join(" "), "each step was taken once");
    assert_eq!(postgres.ask(SHAPE), undisturbed());
    let [one, other] = [Talk::to(&[&others[0]]), Talk::to(&[&others[1]])];
    let token = one.token().await;
    assert_eq!(other.verdict(&token).await, Some(200));
    // The one that was killed comes back.
    let back = RealServer::start(BINARY, folders[0].path(), &settings);
    assert_eq!(Talk::to(&[&back]).verdict(&token).await, Some(200));
}
