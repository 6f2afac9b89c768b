//! People who sign in to an application by way of a provider of the configuration.

use doorward::config::ProviderKind;
use doorward_core::Ttl;
use doorward_guard::testkit::{Provider, ProviderUser};
use doorward_testkit::{Answer, TestApp};
use serde_json::json;

use super::{RIGHT, World, claims, returned, types};
use crate::others::{configured, open_id};

const COOKIE: &str = "__Host-doorward-elsewhere";

async fn world() -> (World, Provider) {
    let (provider, issuer) = open_id().await;
    let app =
        TestApp::with(|plan| plan.http.providers.push(configured("id", ProviderKind::OpenId(issuer)))).await;
    (World::on(app, json!({ "is_trusted": true })).await, provider)
}

/// What an answer sets the cookie `name` to.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    lines
        .filter_map(|line| line.split(';').next()?.split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

/// A browser that was sent to the provider: where, and what it keeps.
struct Away {
    location: String,
    kept: String,
}

/// Presses the provider's button on the page for ada's application.
async fn sent_away(world: &World, wish: &[(&str, &str)]) -> Away {
    let page = world.app.get(&world.target(wish)).await.expect(200);
    let (_, rest) = page.text().split_once("<a href=\"").expect("the page offers the provider");
    let address = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#x2f;", "/");
    assert!(page.text().contains("Sign in with The id"), "{}", page.text());
    let answer = world.app.get(&address).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    Away { location: answer.header("location").to_owned(), kept: cookie(&answer, COOKIE).unwrap() }
}

/// What the server's page is told when the provider sends the browser back.
fn back(provider: &Provider, away: &Away) -> String {
    let back = provider.visit(&away.location).expect("the provider sends it back");
    back.strip_prefix("http://127.0.0.1:7272").unwrap().to_owned()
}

async fn come_back(world: &World, target: &str, kept: &str) -> Answer {
    world.app.get(target).header("cookie", &format!("{COOKIE}={kept}")).await
}

#[tokio::test]
async fn a_login_elsewhere_leads_on_to_the_application_and_makes_the_account() {
    let (world, provider) = world().await;
    provider.log_in(
        ProviderUser::new("subject-of-grace")
            .claim("email", "grace@example.com")
            .claim("email_verified", true),
    );
    let away = sent_away(&world, &[]).await;

    let landed = come_back(&world, &back(&provider, &away), &away.kept).await;
    assert_eq!(landed.status, 303, "{}", landed.text());
    assert_eq!(cookie(&landed, COOKIE).as_deref(), Some(""));
    let session = cookie(&landed, "__Host-doorward").expect("a session");
    let answer = world
        .app
        .get(landed.header("location"))
        .header("cookie", &format!("__Host-doorward={session}"))
        .await;
    let code = returned(&answer);
    let tokens = world.redeem(&code.get("code")).await.expect(200).json();

    assert_eq!(code.get("state"), "a state &=");
    assert_eq!(claims(&tokens["id_token"])["nonce"], "n-1");
    let told = world.userinfo(&tokens).await.expect(200).json();
    assert_eq!((&told["email"], &told["email_verified"]), (&json!("grace@example.com"), &json!(true)));
}

#[tokio::test]
async fn an_answer_signs_in_the_browser_that_was_sent_alone() {
    let (world, provider) = world().await;
    let (mine, theirs) = (sent_away(&world, &[]).await, sent_away(&world, &[]).await);
    let answer = back(&provider, &theirs);

    let without = world.app.get(&answer).await;
    let with_another = come_back(&world, &answer, &mine.kept).await;
    let of_a_client = answer.replace("/oauth2/login/id/callback", "/api/v1/providers/id/finish");

    for refused in [without, with_another] {
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(cookie(&refused, "__Host-doorward").is_none());
    }
    let fields: serde_json::Map<_, _> =
        url::form_urlencoded::parse(of_a_client.split_once('?').unwrap().1.as_bytes())
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect();
    let by_api = world.app.post("/api/v1/providers/id/finish").json(&json!({ "fields": fields })).await;
    assert_eq!(by_api.status, 404, "{}", by_api.text());
}

#[tokio::test]
async fn whoever_is_refused_elsewhere_or_late_can_try_again_by_password() {
    let (world, provider) = world().await;
    let away = sent_away(&world, &[("login_hint", "ada")]).await;
    let answer = back(&provider, &away);
    let (path, query) = answer.split_once('?').unwrap();
    let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();

    let refused = come_back(&world, &format!("{path}?error=access_denied&{state}"), &away.kept).await;
    let taken = come_back(&world, &answer, &away.kept).await;
    assert_eq!((refused.status.as_u16(), taken.status.as_u16()), (401, 409), "{}", taken.text());
    let signed_in = types(&world.app, &refused, RIGHT).await;
    assert_eq!(signed_in.status, 303);

    let away = sent_away(&world, &[]).await;
    world.app.clock.advance(Ttl::from_minutes(10));
    let late = come_back(&world, &back(&provider, &away), &away.kept).await;
    assert_eq!(late.status, 401, "{}", late.text());
}

#[tokio::test]
async fn nobody_is_sent_away_for_an_unknown_application_or_to_an_unknown_provider() {
    let (world, _) = world().await;
    let request = world.request(&[]);

    let unknown = world.app.get(&format!("/oauth2/login/none?{request}")).await;
    let password = world.app.get(&format!("/oauth2/login/password?{request}")).await;
    let stranger = world.request(&[("redirect_uri", "https://evil.example/")]);
    let stranger = world.app.get(&format!("/oauth2/login/id?{stranger}")).await;
    let long = world.request(&[("nonce", &"n".repeat(3_600))]);
    let long = world.app.get(&format!("/oauth2/login/id?{long}")).await;

    assert_eq!((unknown.status.as_u16(), password.status.as_u16()), (404, 404));
    assert!(stranger.status.is_client_error() && !stranger.headers.contains_key("location"));
    assert!(long.status.is_client_error() && !long.headers.contains_key("location"), "{}", long.text());
}
