//! A service that asks the auth server about each token over gRPC: many questions on one connection, by a guard of its own.
//!
//! ```text
//! cargo run -p doorward-guard --features axum --example over_grpc -- http://127.0.0.1:7273 the-secret-of-grpc
//! curl -i -H "Authorization: Bearer $TOKEN" localhost:3000/orders
//! ```
//!
//! Needs `[grpc]` in the server's configuration; the secret is the one that stands there.

use axum::routing::get;
use axum::{Json, Router};
use doorward_guard::{
    Challenge, Guard, GuardRequest, Guards, Identity, Outcome, ScopeSet, Soon, User, UserInfo, Why, any,
};
use doorward_proto::refresh::ValidateRequest;
use doorward_proto::refresh::refresh_service_client::RefreshServiceClient;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

/// Asks about bearer tokens.
struct OverGrpc {
    auth: RefreshServiceClient<Channel>,
    secret: MetadataValue<Ascii>,
}

impl OverGrpc {
    fn ask(&self, token: &str) -> impl Future<Output = Outcome> + Send + 'static {
        let mut auth = self.auth.clone();
        let mut question = Request::new(ValidateRequest { token: token.to_owned(), scopes: Vec::new() });
        question.metadata_mut().insert("authorization", self.secret.clone());
        async move {
            let answer = match auth.validate_session(question).await {
                Ok(answer) => answer.into_inner(),
                // Who cannot ask lets nobody in.
                Err(status) => return Outcome::unavailable(1, status.code().description()),
            };
            if !answer.active {
                return Outcome::invalid("the auth server says that the token does not count");
            }
            let mut user = UserInfo::new("doorward", answer.user_id).with_scopes(answer.scopes);
            user.name.user = Some(answer.username);
            Outcome::Pass(Identity::new(user))
        }
    }
}

impl Guard for OverGrpc {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let Some(sent) = request.authorization().found() else { return Outcome::Missing.into() };
        match sent.scheme.eq_ignore_ascii_case("Bearer") {
            true => Soon::later(self.ask(sent.credentials)),
            false => Outcome::Missing.into(),
        }
    }

    fn challenge(&self, why: Why, _: &ScopeSet) -> Option<Challenge> {
        let challenge = Challenge::new("Bearer").with("realm", "shop");
        Some(if why == Why::Invalid { challenge.with("error", "invalid_token") } else { challenge })
    }
}

/// Orders are for those whose token counts.
///
/// # Errors
/// When an address or the secret is none, or the guards contradict each other.
pub(crate) fn app(auth: &str, secret: &str) -> Result<Router, Box<dyn std::error::Error>> {
    // Connects when the first question is asked, and again whenever that is needed.
    let channel = Endpoint::from_shared(auth.to_owned())?.connect_lazy();
    let people =
        OverGrpc { auth: RefreshServiceClient::new(channel), secret: format!("Bearer {secret}").parse()? };
    let guards = Guards::builder().guard("people", people).rule(any(), "/*", "people").build()?;
    Ok(Router::new()
        .route("/orders", get(|user: User| async move { Json::<UserInfo>(user.info().clone()) }))
        .layer(guards.layer()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(auth), Some(secret)) = (arguments.next(), arguments.next()) else {
        return Err("say where the auth server speaks gRPC, and the secret to show it".into());
    };
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app(&auth, &secret)?).await?;
    Ok(())
}
