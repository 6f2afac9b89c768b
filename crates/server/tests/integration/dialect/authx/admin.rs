//! What administrators find.

use serde_json::{Value, json};

use super::{Browser, PASSWORD, app, check, done};

const NOTHING: Value = Value::Null;

#[tokio::test]
async fn who_is_no_administrator_hears_no_more_than_that() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut nobody = Browser::new(&app);
    let mut garbage = Browser { access: Some("garbage".into()), ..nobody.clone() };

    for path in
        ["", "?username=anna", "/1", "/99", "/blacklist", "/blackout", "/id_by_username?username=anna"]
    {
        check(&anna.get(path).await, 403, "Forbidden");
        check(&nobody.get(path).await, 403, "Forbidden");
        check(&garbage.get(path).await, 401, "Unauthorized");
    }
    for path in ["/1/blacklist", "/1/kick", "/1/permissions", "/blackout"] {
        check(&anna.post(path, &NOTHING).await, 403, "Forbidden");
        check(&nobody.post(path, &NOTHING).await, 403, "Forbidden");
    }
    check(&anna.delete("/blackout").await, 403, "Forbidden");
}

#[tokio::test]
async fn an_account_is_read_by_its_number_and_its_number_by_its_name() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    let id = anna.id().await;

    assert_eq!(root.get("/id_by_username?username=ANNA").await.expect(200).json(), json!({ "id": id }));
    check(&root.get("/id_by_username?username=none").await, 404, "Not Found");
    let account = root.get(&format!("/{id}")).await.expect(200).json();
    check(&root.get("/99").await, 404, "Not Found");
    assert_eq!(root.get("/anna").await.status, 422);

    let at = account["createdAt"].as_str().unwrap();
    assert!(at.ends_with(":00") || at.contains(", "), "{at}");
    assert_eq!(
        account,
        json!({
            "id": id, "username": "anna", "email": "anna@example.com", "active": true, "sid": null,
            "provider": null, "confirmed": false, "createdAt": at, "lastLogin": at,
        })
    );
}

#[tokio::test]
async fn a_ban_acts_at_once_and_a_second_one_lets_in_again() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    let id = anna.id().await;
    let ban = format!("/{id}/blacklist");

    done(&root.post(&ban, &NOTHING).await);

    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    check(&anna.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
    let login = json!({ "login": "anna", "password": PASSWORD });
    check(&anna.post("/login", &login).await, 400, "User is banned");
    let banned = json!({ "global": [{ "id": id, "username": "anna" }], "current": [id.to_string()] });
    assert_eq!(root.get("/blacklist").await.expect(200).json(), banned);
    done(&root.post(&ban, &NOTHING).await);
    done(&anna.post("/login", &login).await);
    assert_eq!(root.get("/blacklist").await.json(), json!({ "global": [], "current": [] }));
}

#[tokio::test]
async fn the_last_administrator_cannot_be_banned() {
    let app = app().await;
    let mut root = Browser::of_admin(&app).await;
    let ban = format!("/{}/blacklist", root.id().await);

    let answer = root.post(&ban, &NOTHING).await;

    assert_eq!(answer.status, 409);
    root.post("/token", &NOTHING).await.expect(200);
}

#[tokio::test]
async fn a_kick_ends_all_sessions_and_a_login_works_again() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    let kick = format!("/{}/kick", anna.id().await);

    done(&root.post(&kick, &NOTHING).await);

    check(&anna.post("/token", &NOTHING).await, 401, "Unauthorized");
    check(&anna.post("/token/refresh", &NOTHING).await, 401, "Unauthorized");
    done(&anna.post("/login", &json!({ "login": "anna", "password": PASSWORD })).await);
}

#[tokio::test]
async fn permissions_are_roles_and_act_on_the_next_request() {
    let app = app().await;
    let mut anna = Browser::registered(&app, "anna").await;
    let mut root = Browser::of_admin(&app).await;
    let path = format!("/{}/permissions", anna.id().await);
    let who = app.core.command_line();
    app.core.create_role(&who, ("editor", String::new(), ""), &Default::default()).await.unwrap();
    let wish = |action: &str, payload: &str| json!({ "action": action, "payload": payload });

    done(&root.post(&path, &wish("ADD", "editor")).await);
    done(&root.post(&path, &wish("ADD", "admin")).await);
    let both = anna.post("/token", &NOTHING).await.json()["permissions"].clone();
    anna.get("/blacklist").await.expect(200);
    done(&root.post(&path, &wish("REMOVE", "editor")).await);
    let one = anna.post("/token", &NOTHING).await.json()["permissions"].clone();
    done(&root.post(&path, &wish("CLEAR", "")).await);
    let none = anna.post("/token", &NOTHING).await.json()["permissions"].clone();

    assert_eq!((both, one, none), (json!(["editor", "admin"]), json!(["admin"]), json!([])));
    check(&root.post(&path, &wish("TURN", "editor")).await, 400, "wrong action");
    check(&root.post(&path, &wish("ADD", "none-such")).await, 404, "Not Found");
    check(&anna.get("/blacklist").await, 403, "Forbidden");
}

#[tokio::test]
async fn accounts_are_listed_twenty_a_page_and_found_by_how_their_name_begins() {
    let app = app().await;
    for number in 0..25 {
        app.user(&format!("user{number:02}")).registered().await;
    }
    let mut root = Browser::of_admin(&app).await;

    let first = root.get("").await.expect(200).json();
    let second = root.get("?p=2").await.expect(200).json();
    let beyond = root.get("?p=9").await.expect(200).json();
    let found = root.get("?username=USER0").await.expect(200).json();

    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second), count(&beyond), count(&found)), (20, 6, 0, 10));
    assert_eq!(
        (&first["pages"], &first["currentPage"], &second["currentPage"]),
        (&json!(2), &json!(1), &json!(2))
    );
    assert_eq!(found["pages"], 1);
    let item = found["items"][0].as_object().unwrap();
    assert!(!item.contains_key("sid") && item.values().all(|value| !value.is_null()));
    let id = item["id"].as_i64().unwrap();
    let by_id = root.get(&format!("?id={id}&username=")).await.expect(200).json();
    assert_eq!(by_id["items"], json!([item]));
    assert_eq!(root.get("?id=x").await.status, 422);
    assert_eq!(root.get("?id=999").await.expect(200).json()["items"], json!([]));
}
