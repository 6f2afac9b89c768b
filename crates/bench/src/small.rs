//! Small services under measurement: plain axum, the same behind guards, and the same written with axum-login.
//!
//! Each has an open route `/open` and a route `/private` with the same answer.

use anyhow::{Result, bail};
use axum::Router;
use axum::routing::get;
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use doorward_guard::guards::{ApiKey, Basic, Bearer};
use doorward_guard::{Guards, KeyDigest, Sessions, UserInfo, any};
use tower_sessions::{MemoryStore, SessionManagerLayer};

const BODY: &str = r#"{"status":"ok"}"#;
/// The token of the service `layer`.
pub(crate) const TOKEN: &str = "2f6e1c0b7a9d4e538c1f";

/// Serves the service called `which` until the process is ended.
pub(crate) fn serve(which: &str) -> Result<()> {
    let app = match which {
        "hello" => plain(),
        "layer" => plain().layer(three()?.layer()),
        "session" => plain().layer(remembered()?.layer()),
        "axum-login" => with_axum_login(),
        other => bail!("there is no service called {other}"),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{which} on http://{}", listener.local_addr()?);
        Ok(axum::serve(listener, app).await?)
    })
}

fn plain() -> Router {
    Router::new().route("/open", get(|| async { BODY })).route("/private", get(|| async { BODY }))
}

/// A flow of three guards.
fn three() -> Result<Guards> {
    let user = UserInfo::new("local", "robot").with_scopes(["read"]);
    Ok(Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]))
        .guard("bearer", Bearer::digests([(KeyDigest::of(TOKEN), user.clone())]))
        .guard("key", ApiKey::header("x-api-key").digests([(KeyDigest::of("k"), user)]))
        .rule(any(), "/private", "bearer || (basic && key)")
        .scopes(["read"])
        .public(any(), "/open")
        .default_deny()
        .build()?)
}

/// A guard whose sessions are kept in memory.
fn remembered() -> Result<Guards> {
    Ok(Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]).remembered())
        .sessions(Sessions::in_memory())
        .rule(any(), "/private", "basic")
        .public(any(), "/open")
        .build()?)
}

#[derive(Debug, Clone)]
struct Ada;

impl AuthUser for Ada {
    type Id = i64;

    fn id(&self) -> i64 {
        1
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"lovelace"
    }
}

#[derive(Debug, Clone)]
struct OneUser;

impl AuthnBackend for OneUser {
    type User = Ada;
    type Credentials = ();
    type Error = std::convert::Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<Ada>, Self::Error> {
        Ok(Some(Ada))
    }

    async fn get_user(&self, _: &i64) -> Result<Option<Ada>, Self::Error> {
        Ok(Some(Ada))
    }
}

/// The same service: `/login` opens a session in memory, `/private` asks for one.
fn with_axum_login() -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let login = |mut session: AuthSession<OneUser>| async move {
        match session.login(&Ada).await {
            Ok(()) => BODY,
            Err(_) => "no session",
        }
    };
    Router::new()
        .route("/private", get(|| async { BODY }))
        .route_layer(login_required!(OneUser))
        .route("/login", get(login))
        .layer(AuthManagerLayerBuilder::new(OneUser, sessions).build())
        .route("/open", get(|| async { BODY }))
}
