//! Machines whose clocks are wrong, and clocks that are set while a node runs.

use std::path::{Path, PathBuf};

use doorward_testkit::{PASSWORD, PostgresServer, RealServer, UNHINDERED, free_folder};
use serde_json::json;

use super::load::{Talk, rest, text};
use super::{BINARY, on_database};

/// A clock of a process's own, which the test sets.
pub(super) struct TurnedClock {
    file: PathBuf,
    library: String,
}

impl TurnedClock {
    /// One that is kept in `folder` and right at first.
    pub(super) fn new(folder: &Path) -> Self {
        let places = std::fs::read_dir("/usr/lib").unwrap().filter_map(Result::ok);
        let library = places
            .map(|place| place.path().join("faketime/libfaketimeMT.so.1"))
            .find(|library| library.exists())
            .expect("faketime is there: ./dev test installs it");
        let clock = Self { file: folder.join("clock"), library: library.display().to_string() };
        clock.turn_to(0);
        clock
    }

    /// Sets it to so many seconds beside the right time.
    pub(super) fn turn_to(&self, seconds: i64) {
        let draft = self.file.with_extension("draft");
        std::fs::write(&draft, format!("{seconds:+}\n")).unwrap();
        // In one step: it is read all the time.
        std::fs::rename(draft, &self.file).unwrap();
    }

    /// What a process needs in its environment to have this clock. What is measured by the processor stays right.
    pub(super) fn variables(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", &self.library),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The refresh token that follows `refresh`, and the access token that comes with it.
async fn refreshed(talk: &Talk, refresh: &str) -> (String, String) {
    let answer = talk.ask("/api/v1/refresh", "", Some(json!({ "refresh_token": refresh }))).await;
    let (status, tokens) = answer.unwrap();
    assert_eq!(status, 200, "{tokens}");
    (text(&tokens, "refresh_token"), text(&tokens, "access_token"))
}

#[tokio::test]
async fn whatever_the_clock_is_set_to_sessions_go_on_and_nothing_is_open_that_was_closed() {
    let folder = free_folder();
    let clock = TurnedClock::new(folder.path());
    let server = RealServer::start_with(BINARY, folder.path(), UNHINDERED, &clock.variables());
    let talk = Talk::to(&[&server]);
    let email = talk.register().await.unwrap();
    let mut refresh = text(&talk.login(&email).await.unwrap(), "refresh_token");
    let ended = talk.token().await;
    assert_eq!(talk.ask("/api/v1/logout", &ended, None).await.unwrap().0, 204);

    for seconds in [HOUR, 0, -HOUR, 0, DAY, -DAY, 0] {
        let unseen = text(&talk.login(&email).await.unwrap(), "access_token");
        clock.turn_to(seconds);
        // Made now or before: a token from a time that has not come, or is over, is none.
        assert_eq!(talk.verdict(&unseen).await, Some(401), "{seconds}");
        let access;
        (refresh, access) = refreshed(&talk, &refresh).await;
        assert_eq!(talk.verdict(&access).await, Some(200), "{seconds}");
        assert_eq!(talk.verdict(&ended).await, Some(401), "{seconds}");
    }
}

#[tokio::test]
async fn after_the_clock_was_set_back_a_replaced_refresh_token_opens_nothing_and_ends_nothing() {
    let folder = free_folder();
    let clock = TurnedClock::new(folder.path());
    let server = RealServer::start_with(BINARY, folder.path(), UNHINDERED, &clock.variables());
    let talk = Talk::to(&[&server]);
    let email = talk.register().await.unwrap();
    let first = text(&talk.login(&email).await.unwrap(), "refresh_token");
    let (second, _) = refreshed(&talk, &first).await;

    clock.turn_to(-HOUR);

    let again = talk.ask("/api/v1/refresh", "", Some(json!({ "refresh_token": first }))).await;
    assert_eq!(again.unwrap().0, 409);
    refreshed(&talk, &second).await;
}

#[tokio::test]
async fn after_the_clock_was_set_back_nobody_is_kept_out_for_that() {
    let folder = free_folder();
    let clock = TurnedClock::new(folder.path());
    // Few attempts, and a minute for each: what is kept of them must not last as long as the clock was turned.
    let settings = "[crypto]\nargon2_memory = \"64KiB\"\nargon2_passes = 1\n[limits]\n\
                    login_per_account = { burst = 20, refill = \"10ms\" }\n\
                    login_per_network = { burst = 20, refill = \"10ms\" }\n\
                    login_per_account_and_network = { burst = 20, refill = \"10ms\" }\n";
    clock.turn_to(DAY);
    let server = RealServer::start_with(BINARY, folder.path(), settings, &clock.variables());
    let talk = Talk::to(&[&server]);
    let email = talk.register().await.unwrap();
    let wrong = json!({ "identifier": email, "password": "not this one" });
    assert_eq!(talk.ask("/api/v1/login", "", Some(wrong)).await.unwrap().0, 401);

    clock.turn_to(0);

    let right = json!({ "identifier": email, "password": PASSWORD });
    let mut status = 429;
    for _ in 0..100 {
        status = talk.ask("/api/v1/login", "", Some(right.clone())).await.unwrap().0;
        if status != 429 {
            break;
        }
        rest().await;
    }
    assert_eq!(status, 200);
}

#[tokio::test]
async fn nodes_on_one_database_share_its_time_whatever_their_machines_say() {
    let (postgres, shared) = (PostgresServer::start(&[]), free_folder());
    let key = shared.path().join("master.key").display().to_string();
    let settings = format!(
        "{}[server]\npublic_url = \"http://auth.example\"\ninsecure_plain_http = true\n",
        on_database(&postgres.url())
    );
    let (folders, clocks) = ([free_folder(), free_folder()], [-90, 90]);
    let turned: Vec<_> = folders.iter().map(|folder| TurnedClock::new(folder.path())).collect();
    let start = |at: usize| {
        turned[at].turn_to(clocks[at]);
        let mut variables = turned[at].variables().to_vec();
        variables.push(("DOORWARD__CRYPTO__MASTER_KEY_FILE", &*key));
        RealServer::start_with(BINARY, folders[at].path(), &settings, &variables)
    };
    let nodes = [start(0), start(1)];
    let [late, early] = [Talk::to(&[&nodes[0]]), Talk::to(&[&nodes[1]])];
    let email = late.register().await.unwrap();

    for (here, there) in [(&late, &early), (&early, &late)] {
        let token = text(&here.login(&email).await.unwrap(), "access_token");
        assert_eq!(there.verdict(&token).await, Some(200), "neither from the future nor over");
        assert_eq!(here.ask("/api/v1/logout", &token, None).await.unwrap().0, 204);
        let began = std::time::Instant::now();
        while there.verdict(&token).await != Some(401) {
            assert!(began.elapsed() < super::AT_MOST, "the other node does not hear of the end");
            rest().await;
        }
    }
    // Set while they run: neither notices.
    let token = text(&late.login(&email).await.unwrap(), "access_token");
    turned.iter().for_each(|clock| clock.turn_to(DAY));
    assert_eq!(early.verdict(&token).await, Some(200));
    assert_eq!(late.verdict(&token).await, Some(200));
}
