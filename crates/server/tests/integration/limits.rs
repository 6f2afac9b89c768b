//! Bodies that are too large, too slow, of another type, or no JSON.

use axum::body::Body;
use bytes::Bytes;
use doorward_testkit::{PASSWORD, TestApp, assert_problem};
use futures_util::stream;
use serde_json::json;

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let app = TestApp::start().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD }).to_string();

    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
    ] {
        let answer = app.post("/api/v1/login").body(media_type, body.clone()).await;

        assert_problem!(answer, 415, "unsupported_media_type");
    }
    assert_problem!(app.post("/api/v1/login").await, 415, "unsupported_media_type");
    for media_type in ["application/json", "Application/JSON; charset=UTF-8"] {
        let answer = app.post("/api/v1/login").body(media_type, body.clone()).await;

        assert_problem!(answer, 401, "invalid_credentials");
    }
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let app = TestApp::start().await;

    for encoding in ["gzip", "br", "deflate, gzip", "zstd", "x-unknown"] {
        let answer = app.login("ada", PASSWORD).header("content-encoding", encoding).await;

        assert_problem!(answer, 415, "unsupported_media_type");
    }
    let plain = app.login("ada", PASSWORD).header("content-encoding", "identity").await;
    assert_problem!(plain, 401, "invalid_credentials");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_and_while_it_is_read() {
    let app = TestApp::start().await;
    let announced = app.login("ada", &"x".repeat(70_000)).header("content-length", "70100");
    let chunk = Bytes::from(vec![b' '; 16 * 1024]);
    let endless = Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone())));

    let unannounced = app.post("/api/v1/login").streaming("application/json", endless).await;

    assert_problem!(announced.await, 413, "body_too_large");
    assert_problem!(unannounced, 413, "body_too_large");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let app = TestApp::with(|plan| plan.http.max_body = 1_000).await;
    let body = json!({ "identifier": "ada", "password": PASSWORD }).to_string();

    let fits = format!("{body:<1000}");
    let too_long = format!("{body:<1001}");

    assert_problem!(
        app.post("/api/v1/login").body("application/json", fits).await,
        401,
        "invalid_credentials"
    );
    assert_problem!(
        app.post("/api/v1/login").body("application/json", too_long).await,
        413,
        "body_too_large"
    );
}

#[tokio::test]
async fn what_is_no_json_of_the_documented_shape_is_refused_and_not_repeated() {
    let app = TestApp::start().await;
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));

    for body in [
        &b""[..],
        b"hunter2",
        b"\"hunter2\"",
        b"null",
        b"[]",
        b"{\"identifier\":\"ada\",\"password\":\"hunter2\"",
        b"{\"identifier\":\"ada\",\"password\":\"hunter2\"} {}",
        b"{\"identifier\":\"ada\",\"password\":[\"hunter2\"]}",
        b"{\"identifier\":\"ada\",\"password\":12345678}",
        b"{\"identifier\":\"ada\",\"password\":null}",
        b"{\"identifier\":\"ada\",\"password\":\"hunter2\",\"password\":\"hunter2\"}",
        b"{\"identifier\":\"ada\",\"password\":\"hunter2\",\"cookie\":\"hunter2\"}",
        b"{\"identifier\":\"ada\",\"password\":\"hunter2\\ud800\"}",
        b"{\"identifier\":\"ada\",\"password\":\"hunter2\xff\"}",
        b"\xef\xbb\xbf{\"identifier\":\"ada\",\"password\":\"hunter2\"}",
        b"{'identifier':'ada','password':'hunter2'}",
        deep.as_bytes(),
    ] {
        let answer = app.post("/api/v1/login").body("application/json", body.to_vec()).await;

        assert_problem!(answer, 400, "malformed_body");
        assert!(
            !answer.text().contains("hunter2") && !answer.text().contains("12345678"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_fault_in_the_body_is_named_by_its_field() {
    let app = TestApp::start().await;

    for (body, expected) in [
        (json!({ "identifier": "ada" }), "password"),
        (json!({ "identifier": "ada", "pasword": "x" }), "pasword"),
        (json!({ "identifier": 7, "password": "x" }), "identifier"),
        (json!({ "identifier": "ada", "password": ["x"] }), "password"),
    ] {
        let problem = assert_problem!(app.post("/api/v1/login").json(&body).await, 400, "malformed_body");

        assert!(problem["detail"].as_str().unwrap().contains(&format!("`{expected}`")), "{problem}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_is_not_waited_for() {
    let app = TestApp::start().await;
    let silent = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());

    let answer = app.post("/api/v1/login").streaming("application/json", silent).await;

    assert_problem!(answer, 408, "timed_out");
}
