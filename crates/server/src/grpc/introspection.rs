//! `doorward.v1.IntrospectionService`: what a credential is worth.

use doorward_proto::v1::introspection_service_server::IntrospectionService;
use doorward_proto::v1::{IntrospectRequest, IntrospectResponse};
use tonic::{Request, Response, Status};

use super::status::status;
use crate::app::AppState;

pub(super) struct Introspection(pub(super) AppState);

#[tonic::async_trait]
impl IntrospectionService for Introspection {
    async fn introspect(
        &self,
        request: Request<IntrospectRequest>,
    ) -> Result<Response<IntrospectResponse>, Status> {
        let core = &self.0.core;
        let found = core.introspect(&request.into_inner().token).await.map_err(|error| status(&error))?;
        let Some(found) = found else { return Ok(Response::new(IntrospectResponse::default())) };
        let settings = core.settings();
        Ok(Response::new(IntrospectResponse {
            active: true,
            sub: found.who.user_id.to_string(),
            sid: found.who.session_id.map(|session| session.to_string()).unwrap_or_default(),
            scope: found.scopes.to_string(),
            exp: found.who.expires_at.as_seconds(),
            iss: settings.issuer.clone(),
            aud: settings.audience.clone(),
            username: found.name.as_ref().to_owned(),
            is_superuser: found.who.is_superuser(),
        }))
    }
}
