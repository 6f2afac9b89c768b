//! The same code and the same ticket, many times at once.

use doorward_testkit::{Answer, TestApp};

use super::ada;

const RACERS: usize = 8;

fn opened(answers: &[Answer]) -> usize {
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 400 | 401)), "{answers:?}");
    answers.iter().filter(|answer| answer.status == 200).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_opens_one_session_however_many_tickets_it_is_shown_with() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let mut tickets = Vec::new();
    for _ in 0..RACERS {
        tickets.push(app.ticket("ada").await);
    }
    let code = kept.shows(&app);

    let answers = app.race(RACERS, |app, number| app.second_half(&tickets[number], &code)).await;

    assert_eq!(opened(&answers), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_recovery_code_opens_one_session() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let mut tickets = Vec::new();
    for _ in 0..RACERS {
        tickets.push(app.ticket("ada").await);
    }

    let answers =
        app.race(RACERS, |app, number| app.second_half(&tickets[number], &kept.recovery_codes[0])).await;

    assert_eq!(opened(&answers), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_opens_one_session_however_many_codes_it_is_shown_with() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let ticket = app.ticket("ada").await;

    let answers =
        app.race(RACERS, |app, number| app.second_half(&ticket, &kept.recovery_codes[number])).await;

    assert_eq!(opened(&answers), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_once_are_no_more_than_guesses_one_after_the_other() {
    let app = TestApp::start().await;
    let (_, kept) = ada(&app).await;
    let ticket = app.ticket("ada").await;

    let answers = app.race(RACERS, |app, _| app.second_half(&ticket, "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa")).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5, "{answers:?}");
    assert_eq!(app.second_half(&ticket, &kept.shows(&app)).await.status, 400);
}
