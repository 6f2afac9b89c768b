//! Second factors (V6.4 to V6.6), of the second level.

use doorward_testkit::{Authenticator, TestApp, assert_problem};
use serde_json::json;

async fn ada(app: &TestApp) -> Authenticator {
    let ada = app.user("ada").signed_in().await;
    app.second_factor(&ada.access).await
}

#[tokio::test]
async fn v6_4_3_a_reset_of_the_password_leaves_the_second_factor_as_it_is() {
    let app = TestApp::start().await;
    ada(&app).await;
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    let body = json!({ "token": token, "new_password": "another horse entirely" });

    app.post("/api/v1/password-reset/confirm").json(&body).await.expect(204);

    assert_problem!(app.login("ada", "another horse entirely").await, 403, "second_factor_required");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn v6_5_1_a_code_works_once_also_when_it_is_sent_by_many_at_once() {
    let app = TestApp::start().await;
    let kept = ada(&app).await;
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(app.ticket("ada").await);
    }
    let code = kept.shows(&app);

    let answers = app.race(4, |app, number| app.second_half(&tickets[number], &code)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    assert_problem!(app.second_half(&app.ticket("ada").await, &code).await, 401, "second_factor_invalid");
}

#[tokio::test]
async fn v6_5_2_a_recovery_code_is_longer_than_anybody_guesses_and_its_digest_is_kept() {
    let app = TestApp::start().await;
    let kept = ada(&app).await;
    let folder = app.database().parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let database: Vec<u8> =
        files.filter(|file| file.is_file()).flat_map(|file| std::fs::read(file).unwrap()).collect();

    for code in &kept.recovery_codes {
        let letters = code.replace('-', "");
        assert!(letters.len() * 5 >= 112, "{code}");
        for text in [code, &letters] {
            assert!(!database.windows(text.len()).any(|part| part == text.as_bytes()), "{code} is kept");
        }
    }
    let secret = kept.secret.as_bytes();
    assert!(!database.windows(secret.len()).any(|part| part == secret), "the secret is kept");
}

#[tokio::test]
async fn v6_5_5_a_code_is_good_for_half_a_minute_and_one_step_more_either_way() {
    let app = TestApp::start().await;
    let kept = ada(&app).await;
    app.clock.advance(doorward_core::Ttl::from_minutes(2));

    for steps in [-2, 2] {
        let shown = kept.shows_after(&app, steps);
        assert_problem!(
            app.second_half(&app.ticket("ada").await, &shown).await,
            401,
            "second_factor_invalid"
        );
    }
    for steps in [-1, 0, 1] {
        app.second_half(&app.ticket("ada").await, &kept.shows_after(&app, steps)).await.expect(200);
    }
}

#[tokio::test]
async fn v6_6_3_codes_are_bound_to_their_login_and_limited() {
    let app = TestApp::start().await;
    let kept = ada(&app).await;
    let eve = app.user("eve").signed_in().await;
    app.second_factor(&eve.access).await;
    let (hers, of_eve) = (app.ticket("ada").await, app.ticket("eve").await);

    assert_problem!(app.second_half(&of_eve, &kept.shows(&app)).await, 401, "second_factor_invalid");
    for _ in 0..5 {
        assert_problem!(app.second_half(&hers, "000000").await, 401, "second_factor_invalid");
    }
    assert_problem!(app.second_half(&hers, &kept.shows(&app)).await, 400, "ticket_invalid");
}
