//! People log in with a browser, at a provider that runs in the process: no network, no registration, nobody is asked for a
//! password. Put [`Oidc::new`](doorward_guard::guards::Oidc) or a preset in the place of `mock` when it goes live.
//!
//! ```text
//! cargo run -p doorward-guard --features axum,mock --example browser_login
//! ```
//! Then open <http://localhost:3000/reports?month=5>.

use axum::extract::Request;
use axum::response::Html;
use axum::routing::get;
use axum::{Router, ServiceExt};
use doorward_guard::guards::mock;
use doorward_guard::testkit::ProviderUser;
use doorward_guard::{Guards, SealKey, Sessions, User, any, get as on_get};

/// Behind the login; a form leads out again.
async fn reports(user: User) -> Html<String> {
    let name = user.info().name.display.clone().unwrap_or_default();
    let out = r#"<form method="post" action="/logout"><button>Log out</button></form>"#;
    // A provider's text is not this application's: it is escaped.
    let name = name.replace('&', "&amp;").replace('<', "&lt;");
    Html(format!("<p>Reports for {name}, let in by {}.</p>{out}", user.guard()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ada = ProviderUser::new("ada").claim("name", "Ada Lovelace");
    let guards = Guards::builder()
        .guard("login", mock(ada, "http://localhost:3000/auth/mock"))
        .rule(any(), "/*", "login")
        .public(on_get(), "/")
        .sessions(Sessions::sealed(SealKey::random()))
        .logout("/logout")
        .default_deny()
        .build()?;
    let router = Router::new()
        .route("/", get(|| async { Html(r#"<a href="/reports?month=5">Reports</a>"#) }))
        .route("/reports", get(reports));
    let app = ServiceExt::<Request>::into_make_service(guards.around(router));
    println!("http://localhost:3000/reports?month=5");
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
