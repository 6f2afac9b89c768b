//! No secret reaches the log, whatever is done with it.

use doorward_core::Ttl;
use doorward_testkit::{Logs, PASSWORD, TestApp};
use serde_json::json;

const NEW: &str = "another horse entirely";
const RESET: &str = "a horse from the mail";
const WRONG: &str = "nobody has this password";

#[tokio::test]
async fn v16_2_5_no_secret_of_a_whole_journey_is_logged() {
    let logs = Logs::capture();
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let next = app.refreshed(&ada.refresh).await;
    let verify = app.mail_to("ada@example.com").await;
    let (token, code) = (verify.token().to_owned(), verify.code().to_owned());
    let confirm = |body| app.post("/api/v1/email-verification/confirm").json(&body);
    confirm(json!({ "email": "ada@example.com", "code": format!("{code}0") })).await.expect(400);
    confirm(json!({ "token": token })).await.expect(204);
    confirm(json!({ "token": token })).await.expect(400);
    app.get("/api/v1/me").bearer(&next.access).await.expect(200);
    app.get("/api/v1/me").cookie(&ada.cookie).await.expect(200);
    app.login("ada", WRONG).await.expect(401);
    app.post("/api/v1/login")
        .body("application/json", format!("{{\"password\":\"{WRONG}\""))
        .await
        .expect(400);
    app.get(&format!("/api/v1/session?access_token={}", next.access)).await.expect(401);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    app.put("/api/v1/me/password").bearer(&next.access).json(&change).await.expect(204);
    app.clock.advance(Ttl::from_minutes(1));
    app.refresh(&ada.refresh).await.expect(401);
    let eve = app.user("eve").signed_in().await;
    let app_of_eve = app.second_factor(&eve.access).await;
    let ticket = app.ticket("eve").await;
    let recovery = app_of_eve.recovery_codes[0].clone();
    app.second_half(&ticket, &format!("{recovery}a")).await.expect(401);
    app.second_half(&ticket, &recovery).await.expect(200);
    app.second_half(&ticket, &recovery).await.expect(400);
    app.get("/api/v1/me").bearer(&next.access).await.expect(401);
    app.core.tidy().await.unwrap();
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    let reset = app.mail_to("ada@example.com").await.token().to_owned();
    app.post.fail("the server is away", false);
    app.get(&format!("/account/reset-password?token={reset}")).await.expect(200);
    let body = json!({ "token": reset, "new_password": RESET });
    app.post("/api/v1/password-reset/confirm").json(&body).await.expect(204);
    app.mails().await;
    let app = app.restart().await;
    app.get("/api/v1/me").bearer(&format!("{}x", next.access)).await.expect(401);

    let text = logs.text();

    assert!(text.contains("was refused"), "the capture works");
    let tokens = [&ada.access, &ada.refresh, &ada.cookie, &next.access, &next.refresh, &token, &reset];
    let of_eve = [&ticket, &recovery, &app_of_eve.secret];
    let words = [PASSWORD, NEW, WRONG, RESET, &code].into_iter();
    for secret in words.chain(tokens.into_iter().chain(of_eve).map(String::as_str)) {
        let shown = &secret[..secret.len().min(24)];
        assert!(!text.contains(shown), "found in the log: {shown}…");
    }
    assert!(!text.contains("$argon2"), "hashes stay out too");
}

#[tokio::test]
async fn v16_4_1_a_line_break_in_a_name_makes_no_second_line() {
    let logs = Logs::capture();
    let app = TestApp::start().await;

    let forged = "ada\r\n2026-01-31T08:00:00Z  INFO doorward: forged line";
    app.login(forged, PASSWORD).header("user-agent", "x").await.expect(401);

    assert!(!logs.text().contains("\n2026-01-31T08:00:00Z  INFO doorward: forged line"));
}

#[tokio::test]
async fn the_request_id_of_a_refusal_finds_its_line() {
    let logs = Logs::capture();
    let app = TestApp::start().await;

    let refused = app.get("/api/v1/me").await.expect(401);

    assert!(logs.text().contains(refused.header("x-request-id")));
}
