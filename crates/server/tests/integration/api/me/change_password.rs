use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Call, PASSWORD, TestApp, assert_problem};
use serde_json::json;

const NEW: &str = "another horse entirely";

fn change(app: &TestApp, access: &str, current: &str, new: &str) -> Call {
    let body = json!({ "current_password": current, "new_password": new });
    app.put("/api/v1/me/password").bearer(access).json(&body)
}

#[tokio::test]
async fn the_new_password_counts_and_the_old_one_no_longer() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    change(&app, &ada.access, PASSWORD, NEW).await.expect(204);

    assert_problem!(app.login("ada", PASSWORD).await, 401, "invalid_credentials");
    app.login("ada", NEW).await.expect(200);
}

#[tokio::test]
async fn the_other_sessions_end_and_this_one_stays() {
    let app = TestApp::start().await;
    let here = app.user("ada").signed_in().await;
    let elsewhere = app.user("ada").logged_in().await;
    let eve = app.user("eve").signed_in().await;

    change(&app, &here.access, PASSWORD, NEW).await.expect(204);

    assert_problem!(app.get("/api/v1/me").bearer(&elsewhere.access).await, 401, "token_revoked");
    assert_problem!(app.refresh(&elsewhere.refresh).await, 401, "token_revoked");
    assert_eq!(app.verdict(&here.access).await, 200);
    app.refreshed(&here.refresh).await;
    assert_eq!(app.verdict(&eve.access).await, 200);
}

#[tokio::test]
async fn a_stolen_session_cannot_take_the_account_over() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let answer = change(&app, &ada.access, "wrong password", NEW).await;

    assert_eq!(assert_problem!(answer, 403, "wrong_password")["field"], "current_password");
    app.login("ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn guesses_at_the_current_password_are_counted_like_logins() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.login_per_account_and_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    })
    .await;
    let ada = app.user("ada").signed_in().await;
    for _ in 0..3 {
        assert_problem!(change(&app, &ada.access, "wrong password", NEW).await, 403, "wrong_password");
    }

    assert_problem!(change(&app, &ada.access, PASSWORD, NEW).await, 429, "too_many_attempts");
    assert_problem!(app.login("ada", PASSWORD).await, 429, "too_many_attempts");
}

#[tokio::test]
async fn the_new_password_has_to_be_as_good_as_a_first_one() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for (new, code) in [
        ("short77", "password_too_short"),
        ("password1", "password_too_common"),
        ("ada@example.com", "password_holds_name"),
        (&*"long ".repeat(30), "password_too_long"),
    ] {
        let answer = change(&app, &ada.access, PASSWORD, new).await;

        assert_eq!(assert_problem!(answer, 400, code)["field"], "new_password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_one_counts() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let news: Vec<String> = (0..8).map(|number| format!("{NEW} {number}")).collect();

    let answers = app.race(8, |app, number| change(app, &ada.access, PASSWORD, &news[number])).await;

    let mut logins = 0;
    for (answer, new) in answers.iter().zip(&news) {
        assert!([204, 403, 409].contains(&answer.status.as_u16()), "{}", answer.text());
        logins += u32::from(app.login("ada", new).await.status == 200);
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert_eq!(logins, 1);
}
