//! Each refusal in the one form all refusals have.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use doorward::http::edge::Edge;
use doorward::http::problem::{Problem, status};
use doorward_core::port::SystemEntropy;
use doorward_core::{Code, Error, Ttl};
use doorward_testkit::{Answer, Plan, assert_problem};
use http::Request;
use http_body_util::BodyExt;

async fn answer(number: usize) -> Answer {
    async fn refuse(Path(number): Path<usize>) -> Problem {
        let cause = "the table `users` of /var/lib/doorward.db is locked";
        Error::from(Code::ALL[number])
            .because(cause)
            .retry_after(Ttl::from_millis(1_500))
            .about("field")
            .into()
    }
    let Plan { http, .. } = Plan::default();
    let edge = Edge::new(Router::new().route("/{number}", get(refuse)), &http, &SystemEntropy);
    let request = Request::get(format!("/{number}")).body(axum::body::Body::empty()).unwrap();
    let (parts, body) = edge.answer(([192, 0, 2, 1], 1).into(), request).await.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
}

#[tokio::test]
async fn every_code_is_a_problem_of_the_documented_form_and_tells_no_cause() {
    for (number, code) in Code::ALL.iter().enumerate() {
        let answer = answer(number).await;

        let document = assert_problem!(answer, status(*code).as_u16(), code.as_str());
        assert_eq!((&document["retry_after"], &document["field"]), (&2.into(), &"field".into()));
        assert!(
            !answer.text().contains("locked") && !answer.text().contains("/var/lib"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn only_a_token_that_came_is_called_invalid() {
    for (number, code) in Code::ALL.iter().enumerate() {
        let challenge = answer(number).await.header("www-authenticate").to_owned();

        let is_about_a_token = code.as_str().starts_with("token_");
        assert_eq!(challenge.contains(r#"error="invalid_token""#), is_about_a_token, "{code}");
    }
}
