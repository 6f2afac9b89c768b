//! A gRPC service behind guards, called by a gRPC client.

use doorward_guard::any;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::app::guards;

/// A health service that asks for the scope `needed`.
async fn health(needed: &str) -> HealthClient<Channel> {
    let guards = guards()
        .rule(any(), "/grpc.health.v1.Health/*", "bearer")
        .scopes([needed])
        .default_deny()
        .build()
        .unwrap();
    let (_, service) = tonic_health::server::health_reporter();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().layer(guards.layer()).add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    HealthClient::new(Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap())
}

fn ask(token: &str) -> Request<HealthCheckRequest> {
    let mut request = Request::new(HealthCheckRequest::default());
    if !token.is_empty() {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    request
}

#[tokio::test]
async fn a_refused_call_has_a_status_of_grpc() {
    let mut client = health("write").await;

    assert_eq!(client.check(ask("")).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(client.check(ask("nope")).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(client.check(ask("tok-1")).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_call_with_a_good_token_reaches_the_service() {
    let mut client = health("read").await;

    assert!(client.check(ask("tok-1")).await.is_ok());
}
