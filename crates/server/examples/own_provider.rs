//! A server with a way to log in of its own: staff show the number on their badge.
//!
//! Run it with `cargo run -p doorward --example own_provider`, then
//! `curl 127.0.0.1:7272/api/v1/providers/badge/finish -H 'content-type: application/json' -d '{"fields":{"number":"007"}}'`.

use std::process::ExitCode;

use doorward::Builder;
use doorward_core::port::{AuthFault, AuthProvider, Begin, LoginAnswer, LoginStart, ProvenIdentity};

#[derive(Debug)]
struct Badge;

#[async_trait::async_trait]
impl AuthProvider for Badge {
    fn id(&self) -> &str {
        "badge"
    }

    async fn begin(&self, _: &LoginStart) -> Result<Begin, AuthFault> {
        Ok(Begin::Ask(vec!["number".into()]))
    }

    async fn finish(&self, answer: &LoginAnswer) -> Result<ProvenIdentity, AuthFault> {
        match answer.field("number") {
            Some("007") => Ok(ProvenIdentity::outside("007", "bond@example.com")),
            _ => Err(AuthFault::Refused),
        }
    }
}

fn main() -> ExitCode {
    match Builder::from_environment() {
        Ok(server) => server.with_provider(Badge).run(),
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
