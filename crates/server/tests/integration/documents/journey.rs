use doorward_testkit::{TestApp, assert_problem};
use serde_json::json;

#[tokio::test]
async fn a_file_is_kept_found_downloaded_and_deleted() {
    let app = TestApp::with_documents("").await;
    let ada = app.user("ada").signed_in().await;

    let file = "<h1>Foxes</h1><p>They are <b>red</b>.</p><script>alert(1)</script>";
    let kept =
        app.post("/api/v1/documents/files?name=foxes.html").bearer(&ada.access).body("text/html", file);
    let kept = kept.await.expect(202).json();
    let id = kept["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/documents/{id}");
    let mut state = kept;
    while state["state"] != "ready" {
        tokio::task::yield_now().await;
        state = app.get(&path).bearer(&ada.access).await.expect(200).json();
        assert_ne!(state["state"], "failed", "{state}");
    }

    let found = app.post("/api/v1/search").bearer(&ada.access).json(&json!({ "query": "red fox" }));
    let found = found.await.expect(200).json();
    assert_eq!(found["hits"][0]["document_id"], *id);
    assert_eq!(found["hits"][0]["text"], "Foxes\n\nThey are red.");
    let content = app.get(&format!("{path}/content")).bearer(&ada.access).await.expect(200);
    assert_eq!(content.body, file.as_bytes());
    assert_eq!(content.header("content-disposition"), "attachment");
    assert_eq!(content.header("content-type"), "application/octet-stream");
    app.delete(&path).bearer(&ada.access).await.expect(204);
    assert_problem!(app.get(&path).bearer(&ada.access).await, 404, "not_found");
}

#[tokio::test]
async fn refusals_have_codes_of_their_own() {
    let app = TestApp::with_documents("max_document = \"64B\"\nmax_documents = 1").await;
    let ada = app.user("ada").signed_in().await;
    let upload = |name: &str, text: &str| {
        app.post(&format!("/api/v1/documents/files?name={name}"))
            .bearer(&ada.access)
            .body("application/octet-stream", text.to_owned())
    };

    assert_problem!(upload("a.exe", "x").await, 415, "document_type_unknown");
    assert_problem!(upload("a.txt", &"x".repeat(65)).await, 413, "body_too_large");
    upload("a.txt", "x").await.expect(202);
    assert_problem!(upload("b.txt", "y").await, 403, "quota_reached");
    let nothing = app.post("/api/v1/documents").bearer(&ada.access).json(&json!({ "name": "n" }));
    assert_problem!(nothing.await, 400, "invalid_field");
    let search = |body| app.post("/api/v1/search").bearer(&ada.access).json(&body);
    let filters = json!({ "query": "x", "filters": { "a": { "$where": 1 } } });
    assert_problem!(search(filters).await, 400, "invalid_filter");
    assert_problem!(search(json!({ "query": "x", "mode": "meaning" })).await, 501, "not_configured");
    let answer = app.post("/api/v1/answer").bearer(&ada.access).json(&json!({ "query": "x?" }));
    assert_problem!(answer.await, 501, "not_configured");
}

#[tokio::test]
async fn the_same_content_again_is_refused() {
    let app = TestApp::with_documents("").await;
    let ada = app.user("ada").signed_in().await;
    let keep = |name: &str| {
        app.post("/api/v1/documents").bearer(&ada.access).json(&json!({ "name": name, "text": "same" }))
    };

    keep("a.txt").await.expect(202);

    assert_problem!(keep("b.txt").await, 409, "document_exists");
}

#[tokio::test]
async fn a_text_in_json_may_be_as_long_as_a_file() {
    let app = TestApp::with_documents("max_document = \"200KiB\"").await;
    let ada = app.user("ada").signed_in().await;
    let text = |letters: usize| json!({ "name": "long.txt", "text": "x".repeat(letters) });
    let keep = |letters| app.post("/api/v1/documents").bearer(&ada.access).json(&text(letters));

    let kept = keep(199 << 10).await.expect(202).json();

    let path = format!("/api/v1/documents/{}", kept["id"].as_str().unwrap());
    let change = |letters| app.patch(&path).bearer(&ada.access).json(&json!({ "text": "y".repeat(letters) }));
    change(198 << 10).await.expect(200);
    for refused in [keep(201 << 10).await, keep(300 << 10).await, change(201 << 10).await] {
        assert_problem!(refused, 413, "body_too_large");
    }
}

#[tokio::test]
async fn where_no_documents_are_kept_nothing_is_found() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    assert_problem!(app.get("/api/v1/documents").bearer(&ada.access).await, 404, "not_found");
    assert_problem!(app.get("/api/v1/documents").await, 401, "authentication_required");
}

#[tokio::test]
async fn a_reader_cannot_tell_by_adding_them_whether_there_is_an_account() {
    let app = TestApp::with_documents("").await;
    let ada = app.user("ada").signed_in().await;
    let rosa = app.user("rosa").signed_in().await;
    let stella = app.user("stella").signed_in().await;
    let made = app.post("/api/v1/collections").bearer(&ada.access).json(&json!({ "name": "foxes" }));
    let collection = made.await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let add = |who: &str, user: &str| {
        app.put(&format!("/api/v1/collections/{collection}/members/{user}"))
            .bearer(who)
            .json(&json!({ "role": "reader" }))
    };
    let id_of = async |token: &str| {
        let session = app.get("/api/v1/session").bearer(token).await.expect(200).json();
        session["user_id"].as_str().unwrap().to_owned()
    };
    add(&ada.access, &id_of(&rosa.access).await).await.expect(204);

    assert_problem!(add(&rosa.access, &id_of(&stella.access).await).await, 403, "forbidden");
    assert_problem!(add(&rosa.access, "019c1310-e400-7972-80f5-d4017cdd7b4f").await, 403, "forbidden");
    assert_problem!(add(&ada.access, "019c1310-e400-7972-80f5-d4017cdd7b4f").await, 404, "not_found");
}

#[tokio::test]
async fn a_form_brings_a_file_and_what_is_said_of_it() {
    let app = TestApp::with_documents("max_document = \"64B\"").await;
    let ada = app.user("ada").signed_in().await;
    let form = |parts: &[(&str, &str)]| {
        let mut body = String::new();
        for (head, text) in parts {
            body.push_str(&format!("--edge\r\ncontent-disposition: form-data; {head}\r\n\r\n{text}\r\n"));
        }
        body.push_str("--edge--\r\n");
        app.post("/api/v1/documents").bearer(&ada.access).body("multipart/form-data; boundary=edge", body)
    };
    let file = "name=\"file\"; filename=\"foxes.md\"";

    let kept =
        form(&[(file, "# Foxes"), ("name=\"title\"", "Of foxes"), ("name=\"metadata\"", "{\"year\":2026}")]);
    let kept = kept.await.expect(202).json();

    assert_eq!((&kept["name"], &kept["title"]), (&json!("foxes.md"), &json!("Of foxes")));
    assert_eq!((&kept["media_type"], &kept["metadata"]), (&json!("text/markdown"), &json!({ "year": 2026 })));
    assert_problem!(form(&[(file, "# Foxes")]).await, 409, "document_exists");
    form(&[(file, "# Foxes"), ("name=\"allow_duplicate\"", "true")]).await.expect(202);
    assert_problem!(form(&[("name=\"title\"", "none")]).await, 400, "invalid_field");
    assert_problem!(form(&[(file, "a"), ("name=\"metadata\"", "{")]).await, 400, "invalid_field");
    assert_problem!(form(&[(file, "a"), ("name=\"other\"", "b")]).await, 400, "malformed_body");
    assert_problem!(form(&[(file, &"x".repeat(65))]).await, 413, "body_too_large");
}

#[tokio::test]
async fn an_api_key_reaches_documents_as_far_as_it_was_made_for() {
    let app = TestApp::with_documents("").await;
    let ada = app.user("ada").signed_in().await;
    let key = async |body: serde_json::Value| {
        let made = app.post("/api/v1/api-keys").bearer(&ada.access).json(&body).await.expect(201);
        made.json()["api_key"].as_str().unwrap().to_owned()
    };
    let full = key(json!({ "name": "full" })).await;
    let reading = key(json!({ "name": "reading", "scope": "documents:read" })).await;
    let writing = key(json!({ "name": "writing", "scope": "documents:write" })).await;
    let neither = key(json!({ "name": "neither", "scope": "" })).await;
    let list = |key: &str| app.get("/api/v1/documents").bearer(key);
    let keep = |key: &str, text: &str| {
        app.post("/api/v1/documents").bearer(key).json(&json!({ "name": "a.txt", "text": text }))
    };

    for key in [&full, &reading] {
        list(key).await.expect(200);
    }
    for (key, text) in [(&full, "one"), (&writing, "two")] {
        keep(key, text).await.expect(202);
    }
    for key in [&writing, &neither] {
        assert_problem!(list(key).await, 403, "forbidden");
    }
    for key in [&reading, &neither] {
        assert_problem!(keep(key, "three").await, 403, "forbidden");
    }
}
