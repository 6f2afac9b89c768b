//! What a check of a token costs over gRPC, beside the same over HTTP.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::Result;
use doorward_proto::refresh::ValidateRequest;
use doorward_proto::refresh::refresh_service_client::RefreshServiceClient;
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use super::{Measured, ROUND, ROUNDS, median, steady};
use crate::process::{Cores, Server};
use crate::rows::guarded::{bearers, seeded};
use crate::seed::{CHEAP, Login};
use crate::table::Table;

/// Connections, each with so many calls under way.
const CHANNELS: usize = 4;
const CALLS: usize = 8;

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let logins = seeded(&folder).await?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let listen = format!("127.0.0.1:{port}");
    let settings: Vec<_> = CHEAP.iter().copied().chain([("DOORWARD__GRPC__LISTEN", &*listen)]).collect();
    let server = Server::doorward(folder.path(), Cores::One, &settings)?;
    let over_http = bearers(&logins);
    let mut channels = Vec::new();
    for _ in 0..CHANNELS {
        channels.push(Endpoint::from_shared(format!("http://{listen}"))?.connect().await?);
    }
    // Each token is checked once before: what is compared is asking, not signatures.
    steady(&server, &over_http).await?;
    let (mut grpc, mut http) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        grpc.push(validated(&server, &channels, &logins).await?);
        http.push(steady(&server, &over_http).await?);
    }
    let (grpc, http) = (median(grpc), median(http));
    let ratio = grpc.rate / http.rate;
    let behind =
        format!("{:.0}/s {:.2} us, HTTP {:.0}/s {:.2} us", grpc.rate, grpc.cpu_us, http.rate, http.cpu_us);
    table.add(
        "gRPC ValidateSession ÷ GET /api/v1/session, which asks less",
        format!("{ratio:.2}"),
        "≥ 1.30",
        ratio >= 1.3,
        behind,
    );
    Ok(())
}

/// One round of checks.
async fn validated(server: &Server, channels: &[Channel], logins: &[Login]) -> Result<Measured> {
    let (before, started) = (server.weigh()?, Instant::now());
    let mut callers = Vec::new();
    for lane in 0..channels.len() * CALLS {
        let client = RefreshServiceClient::new(channels[lane % channels.len()].clone());
        let tokens: Vec<String> = logins
            .iter()
            .skip(lane)
            .step_by(channels.len() * CALLS)
            .map(|login| login.access.clone())
            .collect();
        callers.push(tokio::spawn(call(client, tokens, started + ROUND)));
    }
    let mut count = 0;
    for caller in callers {
        count += caller.await??;
    }
    let (took, after) = (started.elapsed(), server.weigh()?);
    let count = f64::from(count);
    let cpu_us = (after.cpu - before.cpu).as_secs_f64() * 1e6 / count;
    Ok(Measured { rate: count / took.max(Duration::from_millis(1)).as_secs_f64(), cpu_us })
}

async fn call(mut client: RefreshServiceClient<Channel>, tokens: Vec<String>, until: Instant) -> Result<u32> {
    let mut count = 0;
    for token in tokens.iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        let request = ValidateRequest { token: token.clone(), scopes: Vec::new() };
        let answer = client.validate_session(request).await?.into_inner();
        anyhow::ensure!(answer.active, "a token does not count");
        count += 1;
    }
    Ok(count)
}
