//! Small services under measurement: plain axum, the same behind guards, and the same written with axum-login.
//!
//! Each has an open route `/open` and a route `/private` with the same answer.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use anyhow::{Result, bail};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{IntoMakeService, get};
use axum::{Router, ServiceExt};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use doorward_guard::guards::{ApiKey, Basic, Bearer, JwkSet, Jwt};
use doorward_guard::{Around, Guards, KeyDigest, Sessions, UserInfo, any};
use doorward_jose::{Algorithm, SigningKey};
use rusqlite::{Connection, OptionalExtension};
use tower::Service;
use tower_sessions::{MemoryStore, SessionManagerLayer};

use crate::heard;

const BODY: &str = r#"{"status":"ok"}"#;
/// The token of the service `layer`.
pub(crate) const TOKEN: &str = "2f6e1c0b7a9d4e538c1f";

/// Serves the service called `which` until the process is ended.
pub(crate) fn serve(which: &str) -> Result<()> {
    match which {
        "hello" => listen(which, plain().into_make_service()),
        "layer" => listen(which, guarded(&three()?)),
        "jwt" => listen(which, guarded(&signed()?)),
        "unheard" => listen(which, guarded(&heard::without_news()?)),
        "heard" => {
            let (guards, work) = heard::with_news()?;
            listen_beside(which, guarded(&guards), work)
        }
        "session" => listen(which, guarded(&remembered()?)),
        "axum-login" => listen(which, with_axum_login(Users::Memory).into_make_service()),
        "axum-login-sqlite" => listen(which, with_axum_login(Users::sqlite()?).into_make_service()),
        other => bail!("there is no service called {other}"),
    }
}

fn guarded(guards: &Guards) -> IntoMakeService<Around<Router>> {
    ServiceExt::<Request>::into_make_service(guards.around(plain()))
}

fn listen<S>(which: &str, app: IntoMakeService<S>) -> Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    listen_beside(which, app, std::future::ready(()))
}

/// Serves while `work` is done.
fn listen_beside<S>(
    which: &str,
    app: IntoMakeService<S>,
    work: impl Future<Output = ()> + Send + 'static,
) -> Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        tokio::spawn(work);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{which} on http://{}", listener.local_addr()?);
        Ok(axum::serve(listener, app).await?)
    })
}

pub(crate) fn plain() -> Router {
    Router::new().route("/open", get(|| async { BODY })).route("/private", get(|| async { BODY }))
}

/// A flow of three guards.
pub(crate) fn three() -> Result<Guards> {
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

/// A guard for tokens that another server has signed.
pub(crate) fn signed() -> Result<Guards> {
    let keys = JwkSet::new(issuer_key()?.public_jwk());
    Ok(Guards::builder()
        .guard("jwt", Jwt::keys(&keys, ISSUER, AUDIENCE))
        .rule(any(), "/private", "jwt")
        .scopes(["read"])
        .public(any(), "/open")
        .default_deny()
        .build()?)
}

/// A token for the service `jwt`, another one for each `number`.
pub(crate) fn signed_token(number: usize) -> Result<String> {
    let issued = doorward_guard::Clock::now(&doorward_guard::SystemClock);
    let claims = serde_json::json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "01a20d51-5cef-7c6f-a843-08b4210088d3", "iat": issued,
        "exp": issued + 3_600, "jti": format!("01a20d51-5d08-{number:020}"),
        "sid": "01a20d51-5d08-7c6f-a843-08b4210088d3", "client_id": "web", "scope": "read write",
    });
    Ok(issuer_key()?.sign("at+jwt", &claims)?)
}

pub(crate) const ISSUER: &str = "https://auth.example.com";
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// The key of an issuer that signs nothing else: PKCS#8 (RFC 8410 §7) around 32 bytes that anybody may know.
pub(crate) fn issuer_key() -> Result<SigningKey> {
    let head =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    Ok(SigningKey::from_bytes(Algorithm::EdDsa, &[&head[..], &[7; 32]].concat())?)
}

/// A guard whose sessions are kept in memory.
pub(crate) fn remembered() -> Result<Guards> {
    Ok(Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]).remembered())
        .sessions(Sessions::in_memory())
        .rule(any(), "/private", "basic")
        .public(any(), "/open")
        .build()?)
}

#[derive(Debug, Clone)]
pub(crate) struct Person {
    id: i64,
    password: Vec<u8>,
}

impl AuthUser for Person {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.password
    }
}

/// Where axum-login finds the user of each request.
#[derive(Debug, Clone)]
pub(crate) enum Users {
    Memory,
    Sqlite(Arc<Mutex<Connection>>),
}

impl Users {
    /// A database with a thousand users.
    fn sqlite() -> Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, password BLOB NOT NULL);
             WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO users SELECT i, randomblob(60) FROM n;",
        )?;
        Ok(Self::Sqlite(Arc::new(Mutex::new(connection))))
    }
}

impl AuthnBackend for Users {
    type User = Person;
    type Credentials = ();
    type Error = std::io::Error;

    async fn authenticate(&self, (): ()) -> Result<Option<Person>, Self::Error> {
        self.get_user(&1).await
    }

    async fn get_user(&self, id: &i64) -> Result<Option<Person>, Self::Error> {
        let id = *id;
        let Self::Sqlite(connection) = self else { return Ok(Some(Person { id, password: vec![7; 60] })) };
        let connection = connection.clone();
        // SQLite blocks: a thread of its own, as the runtime asks for.
        tokio::task::spawn_blocking(move || {
            let connection = connection.lock().map_err(|_| std::io::Error::other("a thread panicked"))?;
            let found = connection
                .prepare_cached("SELECT password FROM users WHERE id = $1")
                .and_then(|mut by_id| by_id.query_row([id], |row| row.get(0)).optional());
            let found = found.map_err(std::io::Error::other)?;
            Ok(found.map(|password| Person { id, password }))
        })
        .await?
    }
}

/// The same service: `/login` opens a session in memory, `/private` asks for one.
pub(crate) fn with_axum_login(users: Users) -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let login = |mut session: AuthSession<Users>| async move {
        let user = session.authenticate(()).await.ok().flatten();
        match user {
            Some(user) if session.login(&user).await.is_ok() => BODY,
            _ => "no session",
        }
    };
    Router::new()
        .route("/private", get(|| async { BODY }))
        .route_layer(login_required!(Users))
        .route("/login", get(login))
        .layer(AuthManagerLayerBuilder::new(users, sessions).build())
        .route("/open", get(|| async { BODY }))
}
