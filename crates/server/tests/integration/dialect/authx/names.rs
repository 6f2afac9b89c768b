//! `/{id}/change_username`.

use serde_json::json;

use super::{Browser, app, check, done};

#[tokio::test]
async fn one_changes_ones_own_name_and_the_token_tells_the_new_one() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let path = format!("/{}/change_username", anna.id().await);

    check(&anna.post(&path, &json!({ "username": "anna" })).await, 400, "Enter NEW username");
    check(&anna.post(&path, &json!({})).await, 400, "Username must contain from 3 to 20 symbols");
    done(&anna.post(&path, &json!({ "username": " Anna-Maria_1 " })).await);

    assert_eq!(anna.post("/token", &json!(null)).await.json()["username"], "Anna-Maria_1");
}

#[tokio::test]
async fn a_name_that_somebody_has_stays_theirs_in_every_spelling() {
    let app = app().await;
    Browser::registered(&app, "bert").await;
    let mut anna = Browser::registered(&app, "anna").await;
    let path = format!("/{}/change_username", anna.id().await);

    check(&anna.post(&path, &json!({ "username": "BERT" })).await, 400, "Username already exists");
}

#[tokio::test]
async fn nobody_but_an_administrator_changes_the_names_of_others() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut bert = Browser::registered(&app, "bert").await;
    let mut root = Browser::of_admin(&app).await;
    let path = format!("/{}/change_username", bert.id().await);
    let wanted = json!({ "username": "robert" });

    check(&anna.post(&path, &wanted).await, 403, "Forbidden");
    check(&Browser::new(&app).post(&path, &wanted).await, 401, "Unauthorized");
    done(&root.post(&path, &wanted).await);

    assert_eq!(bert.post("/token", &json!(null)).await.json()["username"], "robert");
}

#[tokio::test]
async fn an_account_that_is_not_there_is_told_to_administrators_alone() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    let wanted = json!({ "username": "robert" });

    check(&anna.post("/99/change_username", &wanted).await, 403, "Forbidden");
    check(&root.post("/99/change_username", &wanted).await, 404, "Not Found");
}

#[tokio::test]
async fn what_is_no_number_is_named() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;

    let answer = anna.post("/me/change_username", &json!({ "username": "robert" })).await.expect(422);

    assert_eq!(answer.json()["detail"][0]["loc"], json!(["path", "id"]));
}
