//! What a question about a token costs over gRPC, beside the same question over HTTP (RFC 7662).
//!
//! Both services prove themselves, both are told of the same tokens, both have as many questions under way: over a few connections of
//! HTTP/2, as clients of gRPC do, and over as many connections of HTTP/1.1.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CONNECTIONS, Measured, ROUND, ROUNDS, median, requests, steady};
use crate::load::{Connection, form, post, with_header};
use crate::process::{Cores, Server};
use crate::rows::guarded::seeded;
use crate::seed::{CHEAP, Login, PASSWORD};
use crate::streams::{self, Method};
use crate::table::Table;

/// Connections of gRPC; each has its share of the questions under way.
const CHANNELS: usize = 4;
const SECRET: &str = "what-services-and-this-server-know";
const ROOT: &str = "root@example.com";

pub(crate) async fn measure(table: &mut Table) -> Result<()> {
    let folder = TempDir::new()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let listen = format!("127.0.0.1:{port}");
    let own = [
        ("DOORWARD__GRPC__LISTEN", &*listen),
        ("DOORWARD__GRPC__SECRET", SECRET),
        ("DOORWARD__AUTH__DEFAULT_ADMIN_EMAIL", ROOT),
        ("DOORWARD__AUTH__DEFAULT_ADMIN_PASSWORD", PASSWORD),
    ];
    let settings: Vec<_> = CHEAP.iter().copied().chain(own).collect();
    // The first start makes the administrator.
    drop(Server::doorward(folder.path(), Cores::All, &settings)?);
    let logins = seeded(&folder).await?;
    let server = Server::doorward(folder.path(), Cores::One, &settings)?;
    let over_http = questions(&logins, &service_key(&server).await?);
    let over_grpc = Arc::new(logins.iter().map(message).collect());
    let method = Method {
        address: listen,
        path: "/refresh.RefreshService/ValidateSession",
        secret: SECRET,
        connections: CHANNELS,
        calls: CONNECTIONS / CHANNELS,
        // `active`, the first field.
        good: &[0x08, 1],
    };
    // Each token is checked once before: what is compared is asking, not signatures.
    steady(&server, &over_http).await?;
    let (mut grpc, mut http) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        grpc.push(called(&server, &method, &over_grpc).await?);
        http.push(steady(&server, &over_http).await?);
    }
    let (grpc, http) = (median(grpc), median(http));
    let ratio = grpc.rate / http.rate;
    let behind =
        format!("{:.0}/s {:.2} us, HTTP {:.0}/s {:.2} us", grpc.rate, grpc.cpu_us, http.rate, http.cpu_us);
    let what = "gRPC ValidateSession ÷ introspection over HTTP";
    table.add(what, format!("{ratio:.2}"), "≥ 1.30", ratio >= 1.3, behind);
    Ok(())
}

async fn called(server: &Server, method: &Method, messages: &Arc<Vec<Vec<u8>>>) -> Result<Measured> {
    let before = server.weigh()?;
    let outcome = streams::steady(method, ROUND, messages.clone()).await?;
    let after = server.weigh()?;
    // The warm-up is a sixth of the time and not counted in the rate.
    let asked = outcome.good as f64 * 1.2;
    Ok(Measured { rate: outcome.rate(), cpu_us: (after.cpu - before.cpu).as_secs_f64() * 1e6 / asked })
}

/// A `refresh.ValidateRequest`: the token, field 1.
fn message(login: &Login) -> Vec<u8> {
    let (token, mut message) = (login.access.as_bytes(), vec![0x0a]);
    let mut length = token.len();
    while length > 0x7f {
        message.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    message.push((length & 0x7f) as u8);
    message.extend(token);
    message
}

fn questions(logins: &[Login], key: &str) -> Arc<Vec<Vec<u8>>> {
    let basic = format!("authorization: Basic {}\r\n", STANDARD.encode(format!("bench:{key}")));
    let question =
        |login: &Login| with_header(&form("/oauth2/introspect", &[("token", &login.access)]), &basic);
    requests(logins.iter().map(question))
}

/// A key that may ask what tokens are worth, and nothing else.
async fn service_key(server: &Server) -> Result<String> {
    let mut connection = Connection::open(&server.address).await?;
    let login = post("/api/v1/login", &json!({ "identifier": ROOT, "password": PASSWORD }));
    let root: Value = serde_json::from_slice(connection.ask(&login).await?.body)?;
    let bearer = format!("authorization: Bearer {}\r\n", root["access_token"].as_str().context("no login")?);
    let wish = post("/api/v1/api-keys", &json!({ "name": "bench", "scope": "admin:introspection" }));
    let made: Value = serde_json::from_slice(connection.ask(&with_header(&wish, &bearer)).await?.body)?;
    Ok(made["api_key"].as_str().context("no key")?.to_owned())
}
