use doorward_core::Ttl;
use doorward_testkit::{TestApp, assert_problem};

#[tokio::test]
async fn a_refresh_gives_the_next_tokens_of_the_same_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let next = app.refreshed(&ada.refresh).await;

    assert_eq!(next.session, ada.session);
    assert_ne!(next.refresh, ada.refresh);
    assert_eq!(app.verdict(&next.access).await, 200);
    assert_eq!(app.verdict(&ada.access).await, 200, "the access token before lives out its time");
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let next = app.refreshed(&ada.refresh).await;

    app.clock.advance(Ttl::from_seconds(9));
    let again = app.refreshed(&ada.refresh).await;

    assert_eq!(again.refresh, next.refresh);
    app.refreshed(&again.refresh).await;
}

#[tokio::test]
async fn a_spent_refresh_token_ends_its_family() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let newer = app.refreshed(&ada.refresh).await;
    app.clock.advance(Ttl::from_seconds(10));

    let replay = app.refresh(&ada.refresh).await;

    assert_problem!(replay, 401, "token_reused");
    assert_problem!(app.refresh(&newer.refresh).await, 401, "token_revoked");
    assert_problem!(app.get("/api/v1/me").bearer(&newer.access).await, 401, "token_revoked");
}

#[tokio::test]
async fn a_token_older_than_the_last_is_spent_however_young() {
    let app = TestApp::start().await;
    let first = app.user("ada").signed_in().await;
    let second = app.refreshed(&first.refresh).await;
    app.refreshed(&second.refresh).await;

    assert_problem!(app.refresh(&first.refresh).await, 401, "token_reused");
}

#[tokio::test]
async fn the_end_of_one_family_leaves_the_others() {
    let app = TestApp::start().await;
    let phone = app.user("ada").signed_in().await;
    let laptop = app.user("ada").logged_in().await;
    app.refreshed(&phone.refresh).await;
    app.clock.advance(Ttl::from_minutes(1));
    assert_problem!(app.refresh(&phone.refresh).await, 401, "token_reused");

    assert_eq!(app.verdict(&laptop.access).await, 200);
    app.refreshed(&laptop.refresh).await;
}

#[tokio::test]
async fn without_a_retry_window_a_second_use_is_a_reuse() {
    let app = TestApp::with(|plan| plan.rules.tokens.refresh_retry_window = Ttl::ZERO).await;
    let ada = app.user("ada").signed_in().await;
    app.refreshed(&ada.refresh).await;

    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_reused");
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    let other = if ada.refresh.contains("dwr_A") { "dwr_B" } else { "dwr_A" };
    let changed = format!("{other}{}", &ada.refresh[5..]);

    for token in ["", "dwr_", "dwr_AAAA", "\u{0}", &ada.access, &ada.cookie, &changed, &"x".repeat(10_000)] {
        let answer = app.refresh(token).await;

        assert_problem!(answer, 401, "token_invalid");
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#));
    }
    app.refreshed(&ada.refresh).await;
}

#[tokio::test]
async fn a_session_that_rests_too_long_has_ended() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    app.clock.advance(Ttl::from_days(7));

    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
}

#[tokio::test]
async fn no_amount_of_use_moves_the_absolute_end() {
    let app = TestApp::start().await;
    let mut ada = app.user("ada").signed_in().await;
    for _ in 0..5 {
        app.clock.advance(Ttl::from_days(5));
        ada = app.refreshed(&ada.refresh).await;
    }

    app.clock.advance(Ttl::from_days(5));

    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
}

#[tokio::test]
async fn an_access_token_never_outlives_its_session() {
    let app = TestApp::with(|plan| plan.rules.sessions.absolute = Ttl::from_minutes(15)).await;
    let ada = app.user("ada").signed_in().await;

    app.clock.advance(Ttl::from_minutes(10));
    let late = app.refresh(&ada.refresh).await.expect(200).json();

    assert_eq!(late["expires_in"], 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_race_with_one_token_all_get_the_same_successor() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let answers = app.race(32, |app, _| app.refresh(&ada.refresh)).await;

    let mut successors: Vec<_> =
        answers.into_iter().map(|answer| answer.expect(200).json()["refresh_token"].to_string()).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_retry_window_at_most_one_racer_gets_a_successor() {
    let app = TestApp::with(|plan| plan.rules.tokens.refresh_retry_window = Ttl::ZERO).await;
    let ada = app.user("ada").signed_in().await;

    let answers = app.race(32, |app, _| app.refresh(&ada.refresh)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 401));
}
