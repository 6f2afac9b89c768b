//! A whole Doorward for tests.
//!
//! [`TestApp`] is the application in the test's own process: real rules, real edge, a real database in a temporary folder, a
//! clock that only the test turns. [`RealServer`] is the built binary as its users start it, for what only a process can
//! show: ports, signals, crashes. Neither sleeps.
//!
//! ```ignore
//! let app = TestApp::start().await;
//! let ada = app.user("ada").signed_in().await;
//!
//! let answer = app.get("/api/v1/me").bearer(&ada.access).await;
//!
//! assert_eq!(answer.json()["email"], "ada@example.com");
//! ```

#![forbid(unsafe_code)]
#![expect(clippy::expect_used, reason = "a test whose ground gives way has to stop at once")]

mod answer;
mod app;
mod authenticator;
mod call;
mod device;
mod logs;
mod person;
mod place;
mod post;
mod postgres_server;
mod processes;
mod proxy;
mod real_server;
mod redis_fleet;
mod redis_server;
mod stand_in;

pub use answer::Answer;
pub use app::{Plan, TestApp};
pub use authenticator::Authenticator;
pub use call::Call;
pub use device::Device;
pub use logs::Logs;
pub use person::{PASSWORD, Person, SignedIn};
pub use place::fresh_database;
pub use post::{Post, SentMail};
pub use postgres_server::PostgresServer;
pub use proxy::Proxy;
pub use real_server::{IN_A_FILE, RealServer, UNHINDERED, free_folder};
pub use redis_fleet::{RedisCluster, RedisSentinels};
pub use redis_server::RedisServer;
pub use stand_in::{Asked, StandIn};

/// The bytes behind base64url without padding, as in the parts of a token.
pub fn from_base64url(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// Checks that an [`Answer`] is the problem document of this status and code, whole and in the documented form.
#[macro_export]
macro_rules! assert_problem {
    ($answer:expr, $status:expr, $code:expr $(,)?) => {
        $answer.check_problem($status, $code)
    };
}
