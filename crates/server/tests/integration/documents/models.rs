use doorward_testkit::{Asked, StandIn, TestApp, assert_problem};
use serde_json::{Value, json};

/// Vectors of texts, an answer, or an answer in pieces.
pub(crate) fn model(asked: &Asked) -> (u16, String) {
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    if asked.target.ends_with("/embeddings") {
        let texts = body["input"].as_array().unwrap().iter();
        let is_animal = |text: &Value| {
            f32::from(u8::from(["fox", "animal"].iter().any(|word| text.as_str().unwrap().contains(word))))
        };
        let data: Vec<Value> = texts
            .enumerate()
            .map(|(index, text)| json!({ "index": index, "embedding": [is_animal(text), 0.1] }))
            .collect();
        return (200, json!({ "data": data }).to_string());
    }
    if body["stream"] == true {
        let piece =
            |text: &str| format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }));
        return (200, format!("{}{}data: [DONE]\n\n", piece("Under the oak"), piece(" [1].")));
    }
    (200, json!({ "choices": [{ "message": { "content": "Under the oak [1]." } }] }).to_string())
}

async fn app(model: &StandIn) -> TestApp {
    let url = model.url("/v1");
    TestApp::with_documents(&format!(
        "[documents.chat]\nurl = \"{url}\"\nmodel = \"m\"\napi_key = \"sk-secret\"\n\
         [documents.embeddings]\nurl = \"{url}\"\nmodel = \"e\""
    ))
    .await
}

async fn keep(app: &TestApp, token: &str, text: &str) {
    let body = json!({ "name": "a.txt", "text": text });
    let made = app.post("/api/v1/documents").bearer(token).json(&body).await.expect(202).json();
    let path = format!("/api/v1/documents/{}", made["id"].as_str().unwrap());
    while app.get(&path).bearer(token).await.expect(200).json()["state"] != "ready" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_question_is_answered_with_the_passages_it_names() {
    let model = StandIn::start(model).await;
    let app = app(&model).await;
    let ada = app.user("ada").signed_in().await;
    keep(&app, &ada.access, "The treasure is under the oak.").await;

    let body = json!({ "query": "Where is the treasure?", "mode": "words" });
    let answer = app.post("/api/v1/answer").bearer(&ada.access).json(&body).await.expect(200).json();

    assert_eq!(answer["answer"], "Under the oak [1].");
    assert_eq!(answer["citations"][0]["document_id"], answer["passages"][0]["document_id"]);
    let asked = model.asked();
    let asked = asked.iter().find(|asked| asked.target == "/v1/chat/completions").unwrap();
    assert_eq!(asked.headers["authorization"], "Bearer sk-secret");
}

#[tokio::test]
async fn an_answer_can_come_piece_by_piece() {
    let model = StandIn::start(model).await;
    let app = app(&model).await;
    let ada = app.user("ada").signed_in().await;
    keep(&app, &ada.access, "The treasure is under the oak.").await;

    let body = json!({ "query": "Where is the treasure?", "mode": "words", "stream": true });
    let answer = app.post("/api/v1/answer").bearer(&ada.access).json(&body).await.expect(200);

    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, ["passages", "text", "text", "citations"]);
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_search_by_words() {
    let model = StandIn::start(|_| (500, "no".to_owned())).await;
    let app = app(&model).await;
    let ada = app.user("ada").signed_in().await;
    keep(&app, &ada.access, "The treasure is under the oak.").await;

    let search = |mode: &str| {
        let body = json!({ "query": "treasure", "mode": mode });
        app.post("/api/v1/search").bearer(&ada.access).json(&body)
    };

    assert_eq!(search("auto").await.expect(200).json()["hits"].as_array().unwrap().len(), 1);
    assert_problem!(search("meaning").await, 503, "check_unavailable");
    let question = app.post("/api/v1/answer").bearer(&ada.access).json(&json!({ "query": "treasure?" }));
    assert_problem!(question.await, 503, "check_unavailable");
}

#[tokio::test]
async fn a_model_is_told_what_the_configuration_says() {
    let model = StandIn::start(model).await;
    let documents = format!(
        "prompt = \"Be brief. {{passages}} Asked: {{question}}\"\n[documents.chat]\nurl = \"{}\"\nmodel = \"m\"",
        model.url("/v1")
    );
    let app = TestApp::with_documents(&documents).await;
    let ada = app.user("ada").signed_in().await;
    keep(&app, &ada.access, "The treasure is under the oak.").await;

    let body = json!({ "query": "Where is the treasure?" });
    app.post("/api/v1/answer").bearer(&ada.access).json(&body).await.expect(200);

    let asked: Value = serde_json::from_str(&model.asked()[0].body).unwrap();
    let told = asked["messages"][0]["content"].as_str().unwrap();
    assert!(
        told.starts_with("Be brief. [1] a.txt") && told.ends_with("Asked: Where is the treasure?"),
        "{told}"
    );
}
