//! `/auth/{provider}`: logins with a provider that runs in the process.

use doorward::config::ProviderKind;
use doorward_core::account::{AliasKind, ImportRow};
use doorward_guard::SystemClock;
use doorward_guard::testkit::{Provider, ProviderUser};
use doorward_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::{Browser, check, done, new, with};
use crate::others::{configured, open_id_at};

const NOTHING: Value = Value::Null;

/// An application whose users log in with a provider called `id`, and the provider.
async fn app_and_provider() -> (TestApp, Provider) {
    let (provider, issuer) = open_id_at(SystemClock).await;
    let app = with(|plan| plan.http.providers.push(configured("id", ProviderKind::OpenId(issuer)))).await;
    (app, provider)
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let pairs: Vec<_> = lines.map(|line| line.split(';').next().unwrap()).collect();
    pairs.join("; ")
}

/// Where a browser is sent that wants to come in, and what it keeps for the way back.
async fn begun(app: &TestApp) -> (String, String) {
    let begin = app.get("/auth/id").header("accept", "text/html").header("sec-fetch-mode", "navigate").await;
    assert_eq!(begin.status, 303, "{}", begin.text());
    (begin.header("location").to_owned(), cookies(&begin))
}

/// The answer to a browser that comes back from the provider.
async fn come_back(app: &TestApp, provider: &Provider, kept: &str, address: &str) -> Answer {
    let back = provider.visit(address).expect("the provider sends it back");
    let target = back.strip_prefix("http://127.0.0.1:7272").unwrap();
    app.get(target).header("cookie", kept).header("accept", "text/html").await
}

async fn logged_in<'a>(app: &'a TestApp, provider: &Provider) -> (Answer, Browser<'a>) {
    let (address, kept) = begun(app).await;
    let answer = come_back(app, provider, &kept, &address).await;
    let pair = |name: &str| {
        cookies(&answer)
            .split("; ")
            .find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_owned))
    };
    let browser =
        Browser { access: pair("authx_access"), refresh: pair("authx_refresh"), ..Browser::new(app) };
    (answer, browser)
}

#[tokio::test]
async fn the_first_login_makes_an_account_and_the_second_finds_it() {
    let (app, provider) = app_and_provider().await;

    let (answer, mut browser) = logged_in(&app, &provider).await;
    let id = browser.id().await;
    let (_, mut again) = logged_in(&app, &provider).await;

    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    assert_eq!(again.id().await, id);
    assert_eq!(browser.post("/token", &NOTHING).await.json()["username"], "ada");
    let standing = json!({ "email": "ada@example.com", "confirmed": true });
    assert_eq!(browser.get("/confirm").await.json(), standing);
    assert_eq!(browser.get("/password").await.json(), json!({ "status": "set" }));
    let mut root = Browser::of_admin(&app).await;
    let account = root.get(&format!("/{id}")).await.expect(200).json();
    assert_eq!((&account["provider"], &account["sid"]), (&json!("id"), &json!("subject-of-ada")));
}

#[tokio::test]
async fn spot_9_state_nonce_and_proof_key_go_along_and_an_answer_counts_once_in_its_own_browser() {
    let (app, provider) = app_and_provider().await;

    let (address, kept) = begun(&app).await;
    for parameter in ["state=", "nonce=", "code_challenge=", "code_challenge_method=S256"] {
        assert!(address.contains(parameter), "{address}");
    }
    let back = provider.visit(&address).unwrap();
    let target = back.strip_prefix("http://127.0.0.1:7272").unwrap();
    let stranger = app.get(target).header("accept", "text/html").await;
    let own = app.get(target).header("cookie", &kept).header("accept", "text/html").await;
    let twice = app.get(target).header("cookie", &kept).header("accept", "text/html").await;

    assert!(stranger.status.is_client_error() && !cookies(&stranger).contains("authx_access"));
    assert_eq!(own.status, 303);
    assert!(!cookies(&twice).contains("authx_access"), "{}", twice.status);
}

#[tokio::test]
async fn an_account_that_was_moved_in_is_found_by_its_provider_under_its_own_number() {
    let (app, provider) = app_and_provider().await;
    let row = ImportRow {
        email: "ada@old.example.com".into(),
        username: Some("countess".into()),
        identity: Some(("id".into(), "subject-of-ada".into())),
        alias: Some((AliasKind::Number, "41".into())),
        ..ImportRow::default()
    };
    let who = app.core.command_line();
    app.core.import_accounts(&who, vec![row], false, &Default::default()).await.unwrap();

    let (_, mut browser) = logged_in(&app, &provider).await;

    let token = browser.post("/token", &NOTHING).await.json();
    assert_eq!((&token["id"], &token["username"]), (&json!(41), &json!("countess")));
}

#[tokio::test]
async fn an_address_never_opens_the_account_of_somebody_else() {
    let (app, provider) = app_and_provider().await;
    done(&Browser::new(&app).post("/register", &new("ada")).await);

    let (answer, browser) = logged_in(&app, &provider).await;

    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("Email already exists") && browser.access.is_none());
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_number() {
    let (app, provider) = app_and_provider().await;
    let mut other = new("ada");
    other["email"] = json!("other@example.com");
    done(&Browser::new(&app).post("/register", &other).await);
    let (_, mut browser) = logged_in(&app, &provider).await;

    let token = browser.post("/token", &NOTHING).await.json();

    assert!(token["username"] == "ada1", "{token}");
}

#[tokio::test]
async fn who_is_banned_or_tells_no_address_sees_a_page() {
    let (app, provider) = app_and_provider().await;
    logged_in(&app, &provider).await;
    app.core.set_active("ada@example.com", false).await.unwrap();

    let (banned, _) = logged_in(&app, &provider).await;
    provider.log_in(ProviderUser::new("nobody"));
    let (nameless, _) = logged_in(&app, &provider).await;

    assert_eq!((banned.status.as_u16(), nameless.status.as_u16()), (401, 400));
    assert!(
        banned.text().contains("User is banned") && banned.header("content-type").starts_with("text/html")
    );
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_not_found() {
    let (app, _) = app_and_provider().await;

    check(&app.get("/auth/google").await, 404, "Not Found");
}
