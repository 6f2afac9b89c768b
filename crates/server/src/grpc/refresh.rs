//! `refresh.RefreshService`: access tokens checked and exchanged, in the words of TP Auth.

use std::net::SocketAddr;

use doorward_core::client::Client;
use doorward_core::{Code, UserId};
use doorward_proto::refresh::refresh_response::Outcome;
use doorward_proto::refresh::refresh_service_server::RefreshService;
use doorward_proto::refresh::{RefreshRequest, RefreshResponse, ValidateRequest, ValidateResponse};
use tonic::{Request, Response, Status};

use super::status::status;
use crate::app::AppState;

pub(super) struct Refresh(pub(super) AppState);

/// Who calls, for the hooks and the log.
fn client<T>(request: &Request<T>) -> Client {
    let agent =
        request.metadata().get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    match request.extensions().get::<SocketAddr>() {
        Some(peer) => Client::new(peer.ip(), agent, String::new()),
        None => Client::default(),
    }
}

#[tonic::async_trait]
impl RefreshService for Refresh {
    async fn refresh_token(
        &self,
        request: Request<RefreshRequest>,
    ) -> Result<Response<RefreshResponse>, Status> {
        let (client, RefreshRequest { user_id, token }) = (client(&request), request.into_inner());
        let who = self.0.core.authenticate(&token).await.map_err(|error| status(&error))?;
        if user_id.parse::<UserId>().ok() != Some(who.user_id) {
            return Err(Status::permission_denied("This token belongs to another account."));
        }
        let answer = match self.0.core.extend(&who, &client).await {
            Ok(fresh) => RefreshResponse {
                outcome: Outcome::Refreshed.into(),
                access_token: fresh.token.expose().clone(),
                expires_in: fresh.ttl.as_seconds_ceil(),
                retry_after: 0,
            },
            Err(error) if error.code() == Code::RefreshRestricted => RefreshResponse {
                outcome: Outcome::Restricted.into(),
                retry_after: error.wait().map_or(1, doorward_core::Ttl::as_seconds_ceil),
                ..RefreshResponse::default()
            },
            Err(error) => return Err(status(&error)),
        };
        Ok(Response::new(answer))
    }

    async fn validate_session(
        &self,
        request: Request<ValidateRequest>,
    ) -> Result<Response<ValidateResponse>, Status> {
        let ValidateRequest { token, scopes } = request.into_inner();
        let found = self.0.core.introspect(&token).await.map_err(|error| status(&error))?;
        let found = found.filter(|found| scopes.iter().all(|scope| found.scopes.contains(scope)));
        Ok(Response::new(found.map_or_else(ValidateResponse::default, |found| ValidateResponse {
            active: true,
            user_id: found.who.user_id.to_string(),
            scopes: found.scopes.iter().map(str::to_owned).collect(),
            exp: found.who.expires_at.as_seconds(),
            username: found.name.as_ref().to_owned(),
        })))
    }
}
