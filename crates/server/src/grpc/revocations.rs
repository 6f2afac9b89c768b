//! `doorward.v1.RevocationService`: the news of `GET /api/v1/revocations`, as messages.

use std::pin::Pin;

use doorward_core::revocation::{News, NewsKind};
use doorward_proto::v1::news::Event;
use doorward_proto::v1::revocation_service_server::RevocationService;
use doorward_proto::v1::{ListenRequest, News as Message};
use futures_util::{Stream, stream};
use tonic::{Request, Response, Status};

use super::status::status;
use crate::app::AppState;
use crate::revocations::listen;

pub(super) struct Revocations(pub(super) AppState);

#[tonic::async_trait]
impl RevocationService for Revocations {
    type ListenStream = Pin<Box<dyn Stream<Item = Result<Message, Status>> + Send>>;

    async fn listen(&self, request: Request<ListenRequest>) -> Result<Response<Self::ListenStream>, Status> {
        let place = request.into_inner().place;
        let place = (!place.is_empty()).then_some(&*place);
        // Who may listen was found out with the service's secret, which does not end.
        let news = listen(&self.0, place, |_| Ok(())).map_err(|error| status(&error))?;
        let messages =
            stream::unfold(news, |mut news| async { Some((Ok(message(news.recv().await?)), news)) });
        Ok(Response::new(Box::pin(messages)))
    }
}

fn message(news: News) -> Message {
    let event = match news.kind {
        NewsKind::Start => Event::Start,
        NewsKind::Ends => Event::Ends,
        NewsKind::Heartbeat => Event::Heartbeat,
    };
    Message {
        event: event.into(),
        place: news.place.unwrap_or_default(),
        signed: news.signed.as_ref().to_owned(),
    }
}
