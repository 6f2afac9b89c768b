//! A gRPC service behind a bearer guard; refusals are gRPC statuses.
//!
//! ```text
//! cargo run -p doorward-guard --example grpc
//! ```

use doorward_guard::guards::Bearer;
use doorward_guard::{Guards, KeyDigest, UserInfo, any};
use tonic::Request;
use tonic::transport::{Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let probe = UserInfo::new("local", "probe").with_scopes(["health"]);
    let guards = Guards::builder()
        .guard("token", Bearer::digests([(KeyDigest::of("t_probe"), probe)]))
        .rule(any(), "/grpc.health.v1.Health/*", "token")
        .scopes(["health"])
        .default_deny()
        .build()?;
    let (_, health) = tonic_health::server::health_reporter();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let server = Server::builder().layer(guards.layer()).add_service(health).serve_with_incoming(incoming);
    tokio::spawn(server);

    let mut client = HealthClient::new(Endpoint::from_shared(format!("http://{address}"))?.connect().await?);
    let refused = client.check(Request::new(HealthCheckRequest::default())).await;
    println!("without a token: {:?}", refused.map_err(|status| status.code()));
    let mut request = Request::new(HealthCheckRequest::default());
    request.metadata_mut().insert("authorization", "Bearer t_probe".parse()?);
    println!("with a token: {:?}", client.check(request).await?.into_inner().status());
    Ok(())
}
