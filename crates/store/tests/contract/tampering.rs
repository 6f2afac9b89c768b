//! What somebody who can write to the database, but has not the master key, can do to the audit log without being seen: nothing.

use std::sync::Arc;

use doorward_core::account::{Profile, Registration};
use doorward_core::audit::checkpoint::Checkpoint;
use doorward_core::audit::{Broken, Fault, Verified};
use doorward_core::change::{Change, Changes};
use doorward_core::client::Client;
use doorward_core::login::LoginAttempt;
use doorward_core::port::Outside;
use doorward_core::port::fake::{FakeClock, FakeHasher, FakeLimiter, FixedEntropy};
use doorward_core::settings::Settings;
use doorward_core::token::MasterKey;
use doorward_core::{Core, Ports, Secret, Ttl, UserId};

use crate::world::World;

/// A server on a file that others can write to as well.
struct Server {
    core: Core,
    clock: Arc<FakeClock>,
    world: World,
}

impl Server {
    /// A server whose log has eight lines.
    async fn new() -> Self {
        let server = Box::pin(Self::empty()).await;
        for name in ["ada", "eve", "joe", "kim"] {
            server.register(name).await;
            server.login(name).await;
        }
        server
    }

    async fn empty() -> Self {
        let world = World::new().await;
        let clock = Arc::new(FakeClock::default());
        let ports = Ports {
            store: world.store.clone(),
            hasher: Arc::new(FakeHasher::default()),
            limiter: Arc::new(FakeLimiter::default()),
            clock: clock.clone(),
            entropy: Arc::new(FixedEntropy::default()),
            outside: Outside::default(),
        };
        let master = MasterKey::from_bytes([7; 32]);
        let mut settings = Settings::default();
        // A new signing key has a line of its own.
        settings.tokens.key_rotation = Ttl::ZERO;
        let core = Core::open(ports, settings, &master, None).await.unwrap();
        Self { core, clock, world }
    }

    async fn register(&self, name: &str) -> UserId {
        let registration = Registration {
            email: format!("{name}@example.com"),
            username: Some(name.to_owned()),
            password: Secret::new("correct horse battery".to_owned()),
            profile: Profile::default(),
            captcha: None,
        };
        self.core.register(registration, &client()).await.unwrap().id
    }

    async fn login(&self, name: &str) {
        let password = Secret::new("correct horse battery".to_owned());
        let attempt = LoginAttempt {
            identifier: name.to_owned(),
            password,
            wants_cookie: false,
            replaced_cookie: None,
            captcha: None,
            device: None,
            scope: None,
        };
        self.core.login(attempt, &client()).await.unwrap();
    }

    /// Does to the database what no rule would.
    async fn tamper(&self, sql: &str) {
        self.world.tamper(sql).await;
    }

    async fn verify(&self, anchor: Option<&Checkpoint>) -> Result<Verified, Broken> {
        self.core.verify_audit(anchor).await.unwrap()
    }

    async fn broken(&self) -> (i64, Fault) {
        let broken = self.verify(None).await.unwrap_err();
        (broken.seq, broken.fault)
    }

    async fn erase(&self, user: UserId) {
        let changes = self.core.erase_from_audit(user, Changes::new(), &client());
        self.world.apply(changes).await.unwrap();
    }
}

fn client() -> Client {
    Client::new("192.0.2.77".parse().unwrap(), "test", "request-1".into())
}

#[tokio::test]
async fn an_untouched_log_is_as_it_was_written() {
    let server = Server::new().await;
    server.core.tidy().await.unwrap();

    let verified = server.verify(None).await.unwrap();

    assert_eq!((verified.lines, verified.erased, verified.head.seq), (8, 0, 8));
}

#[tokio::test]
async fn a_change_of_any_field_names_its_line() {
    for change in [
        "at = at + 1",
        "deed = 'login_failed'",
        "deed = 'nothing that exists'",
        "outcome = 'token_reused'",
        "actor = NULL",
        "actor = 'nobody'",
        "subject = (SELECT subject FROM audit WHERE seq = 1)",
        "request_id = 'request-2'",
        "id = (SELECT id FROM audit WHERE seq = 1)",
        "id = 'none'",
        "digest = (SELECT digest FROM audit WHERE seq = 1)",
        "digest = 'none'",
        "personal = (SELECT personal FROM audit WHERE seq = 1)",
        "at = 'now'",
    ] {
        let server = Server::new().await;
        if change == "at = 'now'" && server.world.is_typed() {
            continue;
        }

        server.tamper(&format!("UPDATE audit SET {change} WHERE seq = 5")).await;

        assert_eq!(server.broken().await.0, 5, "{change}");
    }
}

#[tokio::test]
async fn a_change_of_what_is_personal_names_its_line() {
    for change in ["address = '192.0.2.78'", "detail = 'x'", "salt = 'AAAA'"] {
        let server = Server::new().await;

        server.tamper(&format!("UPDATE audit SET {change} WHERE seq = 5")).await;

        assert_eq!(server.broken().await, (5, Fault::PersonalChanged), "{change}");
    }
}

#[tokio::test]
async fn a_dropped_line_is_named() {
    for seq in [1, 4, 7] {
        let server = Server::new().await;

        server.tamper(&format!("DELETE FROM audit WHERE seq = {seq}")).await;

        assert_eq!(server.broken().await, (seq, Fault::Missing));
    }
}

#[tokio::test]
async fn a_dropped_line_is_named_although_the_others_close_ranks() {
    let server = Server::new().await;

    server.tamper("DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4").await;

    assert_eq!(server.broken().await, (4, Fault::Changed));
}

#[tokio::test]
async fn swapped_lines_are_named() {
    let server = Server::new().await;

    server.tamper(
        "UPDATE audit SET seq = 99 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 99",
    ).await;

    assert_eq!(server.broken().await, (4, Fault::Changed));
}

#[tokio::test]
async fn lines_cut_off_at_the_end_are_missed_by_the_checkpoint() {
    let server = Server::new().await;
    server.core.tidy().await.unwrap();

    server.tamper("DELETE FROM audit WHERE seq > 6").await;

    assert_eq!(server.broken().await, (7, Fault::CutOff));
}

#[tokio::test]
async fn a_log_that_is_gone_is_missed() {
    let server = Server::new().await;
    server.core.tidy().await.unwrap();

    server.tamper("DELETE FROM audit").await;

    assert_eq!(server.broken().await, (1, Fault::CutOff));
}

#[tokio::test]
async fn a_printed_checkpoint_misses_what_is_gone_with_the_checkpoints_in_the_database() {
    let server = Server::new().await;
    let printed = server.core.checkpoint_audit().await.unwrap().to_string();

    server.tamper("DELETE FROM audit WHERE seq > 6; DELETE FROM audit_checkpoints").await;

    let anchor = Checkpoint::read(&printed).unwrap();
    assert_eq!(server.verify(Some(&anchor)).await.unwrap_err(), Broken { seq: 7, fault: Fault::CutOff });
}

#[tokio::test]
async fn an_end_written_anew_is_not_the_one_that_was_signed() {
    let server = Server::new().await;
    let printed = server.core.checkpoint_audit().await.unwrap();

    server.tamper("DELETE FROM audit WHERE seq > 7; DELETE FROM audit_checkpoints").await;
    server.login("ada").await;

    assert_eq!(
        server.verify(Some(&printed)).await.unwrap_err(),
        Broken { seq: 8, fault: Fault::NotTheSigned }
    );
}

#[tokio::test]
async fn a_checkpoint_that_was_moved_is_not_believed() {
    let server = Server::new().await;
    server.core.tidy().await.unwrap();

    server
        .tamper(
            "DELETE FROM audit WHERE seq > 6;
         UPDATE audit_checkpoints SET seq = 6, digest = (SELECT digest FROM audit WHERE seq = 6)",
        )
        .await;

    assert_eq!(server.broken().await, (6, Fault::FalseCheckpoint));
}

#[tokio::test]
async fn the_first_lines_are_forgotten_when_they_are_old_and_not_otherwise() {
    let server = Server::new().await;
    server.core.tidy().await.unwrap();
    server.clock.advance(Ttl::from_days(399));
    server.login("ada").await;
    server.core.tidy().await.unwrap();
    assert_eq!(server.verify(None).await.unwrap().lines, 9);

    server.clock.advance(Ttl::from_days(2));
    server.core.tidy().await.unwrap();

    let verified = server.verify(None).await.unwrap();
    assert_eq!((verified.lines, verified.head.seq), (1, 9), "the eight lines of the first day are gone");
    server.tamper("DELETE FROM audit WHERE seq = 9").await;
    assert_eq!(server.broken().await, (9, Fault::CutOff));
}

#[tokio::test]
async fn a_log_of_old_lines_alone_goes_on_from_where_it_ended() {
    let server = Server::new().await;
    server.core.tidy().await.unwrap();
    server.clock.advance(Ttl::from_days(401));
    server.core.tidy().await.unwrap();
    assert!(server.world.store.records_after(0, 10).await.unwrap().is_empty());

    server.login("ada").await;

    let verified = server.verify(None).await.unwrap();
    assert_eq!((verified.lines, verified.head.seq), (1, 9));
}

#[tokio::test]
async fn a_persons_data_are_erased_and_the_chain_holds() {
    let server = Server::new().await;
    let ada = server.register("ann").await;
    server.login("ann").await;

    server.erase(ada).await;

    let verified = server.verify(None).await.unwrap();
    assert_eq!((verified.lines, verified.erased), (11, 3));
    let lines = server.world.store.events_about(ada, 10).await.unwrap();
    assert!(lines.iter().all(|line| line.personal.is_none()), "{lines:?}");
}

#[tokio::test]
async fn an_account_that_is_deleted_takes_its_data_along_and_the_chain_holds() {
    let server = Server::new().await;
    let password = Secret::new("correct horse battery".to_owned());
    server.register("ann").await;
    let attempt = LoginAttempt {
        identifier: "ann".to_owned(),
        password: password.clone(),
        wants_cookie: false,
        replaced_cookie: None,
        device: None,
        scope: None,
        captcha: None,
    };
    let ann = server.core.login(attempt, &client()).await.unwrap();
    let who = server.core.authenticate(ann.access_token.expose()).await.unwrap();

    server.core.delete_own_account(&who, Some(&password), &client()).await.unwrap();

    assert_eq!(server.verify(None).await.unwrap().erased, 2, "the registration and the login");
}

#[tokio::test]
async fn data_that_vanish_without_a_word_are_named() {
    let server = Server::new().await;

    server.tamper("UPDATE audit SET salt = NULL, address = NULL, detail = NULL WHERE seq = 3").await;

    assert_eq!(server.broken().await, (3, Fault::SilentlyErased));
}

#[tokio::test]
async fn lines_of_many_write_sets_at_once_make_one_chain() {
    let server = Server::empty().await;
    let users: Vec<_> = (0..64).map(|n| crate::world::user(&format!("user{n}"))).collect();
    let mut writes = tokio::task::JoinSet::new();
    for user in &users {
        let event = crate::world::event(user, user.created_at);
        // Every second write set fails after its line was added, and takes it back.
        let mut changes = Changes::from(Change::AddUser(Box::new(user.clone()))).recorded(event);
        if user.id.as_bytes()[15] % 2 == 0 {
            changes = changes.with(Change::AddUser(Box::new(user.clone())));
        }
        let store = server.world.store.clone();
        writes.spawn(async move { store.apply(changes).await.is_ok() });
    }

    let done = writes.join_all().await.into_iter().filter(|is_done| *is_done).count();

    assert!(0 < done && done < 64);
    assert_eq!(server.verify(None).await.unwrap().lines, done as u64);
}
