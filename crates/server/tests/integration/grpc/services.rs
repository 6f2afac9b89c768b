//! Each service, and what keeps strangers from it.

use doorward_proto::refresh::refresh_response::Outcome;
use doorward_proto::refresh::refresh_service_client::RefreshServiceClient;
use doorward_proto::refresh::{RefreshRequest, ValidateRequest, ValidateResponse};
use doorward_proto::v1::introspection_service_client::IntrospectionServiceClient;
use doorward_proto::v1::news::Event;
use doorward_proto::v1::revocation_service_client::RevocationServiceClient;
use doorward_proto::v1::{IntrospectRequest, IntrospectResponse, ListenRequest, News};
use doorward_testkit::{RealServer, free_folder};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::{SECRET, grpc_address, log_out, server, signed_in};

async fn channel(server: &RealServer) -> Channel {
    Channel::from_shared(format!("http://{}", grpc_address(server))).unwrap().connect().await.unwrap()
}

async fn validate(channel: &Channel, token: &str, scopes: &[&str]) -> ValidateResponse {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let request = ValidateRequest { token: token.to_owned(), scopes };
    RefreshServiceClient::new(channel.clone()).validate_session(request).await.unwrap().into_inner()
}

async fn refresh(channel: &Channel, user: &str, token: &str) -> Result<(Outcome, String, i64), Status> {
    let request = RefreshRequest { user_id: user.to_owned(), token: token.to_owned() };
    let answer = RefreshServiceClient::new(channel.clone()).refresh_token(request).await?.into_inner();
    Ok((answer.outcome(), answer.access_token.clone(), answer.retry_after))
}

#[tokio::test]
async fn a_token_counts_until_its_session_ends() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let (ada, channel) = (signed_in(&server, "ada").await, channel(&server).await);

    let found = validate(&channel, &ada.token, &[]).await;
    assert!(found.active && found.exp > 0);
    assert_eq!((&*found.user_id, &*found.username), (&*ada.id, "ada"));
    assert_eq!(validate(&channel, &ada.token, &["admin:users"]).await, ValidateResponse::default());
    log_out(&server, &ada).await;

    for token in [&*ada.token, "", "x", &format!("{}x", ada.token)] {
        assert_eq!(validate(&channel, token, &[]).await, ValidateResponse::default(), "{token}");
    }
}

#[tokio::test]
async fn a_token_is_exchanged_once_per_rest_and_of_ten_at_once_one_wins() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let (ada, channel) = (signed_in(&server, "ada").await, channel(&server).await);
    let racers: Vec<_> = (0..10)
        .map(|_| {
            let (channel, id, token) = (channel.clone(), ada.id.clone(), ada.token.clone());
            tokio::spawn(async move { refresh(&channel, &id, &token).await.unwrap() })
        })
        .collect();

    let mut refreshed = Vec::new();
    for racer in racers {
        match racer.await.unwrap() {
            (Outcome::Refreshed, token, _) => refreshed.push(token),
            (Outcome::Restricted, token, retry_after) => assert!(token.is_empty() && retry_after > 0),
            other => panic!("{other:?}"),
        }
    }

    assert_eq!(refreshed.len(), 1);
    assert!(validate(&channel, &refreshed[0], &[]).await.active);
}

#[tokio::test]
async fn nobody_exchanges_a_false_token_or_that_of_another() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let (ada, eve) = (signed_in(&server, "ada").await, signed_in(&server, "eve").await);
    let channel = channel(&server).await;

    for (user, token, code) in [
        (&*ada.id, "x", Code::Unauthenticated),
        (&eve.id, &*ada.token, Code::PermissionDenied),
        ("", &ada.token, Code::PermissionDenied),
    ] {
        assert_eq!(refresh(&channel, user, token).await.unwrap_err().code(), code, "{user}");
    }
}

#[tokio::test]
async fn a_credential_is_told_for_what_it_is_worth() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let (ada, channel) = (signed_in(&server, "ada").await, channel(&server).await);
    let mut introspection = IntrospectionServiceClient::new(channel);

    let found = introspection.introspect(IntrospectRequest { token: ada.token }).await.unwrap().into_inner();
    assert!(found.active && !found.is_superuser);
    assert_eq!((found.sub, found.sid, found.username), (ada.id, ada.session, "ada".to_owned()));
    assert_eq!((found.iss, found.aud), (server.url(""), "doorward".to_owned()));

    let false_one = introspection.introspect(IntrospectRequest { token: "x".to_owned() }).await.unwrap();
    assert_eq!(false_one.into_inner(), IntrospectResponse::default());
}

#[tokio::test]
async fn a_logout_is_told_over_the_stream() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let (ada, channel) = (signed_in(&server, "ada").await, channel(&server).await);
    let mut revocations = RevocationServiceClient::new(channel);
    let mut news = revocations.listen(ListenRequest::default()).await.unwrap().into_inner();
    let first: News = news.message().await.unwrap().unwrap();
    assert_eq!(first.event(), Event::Start);

    log_out(&server, &ada).await;

    let ends = loop {
        let next = news.message().await.unwrap().unwrap();
        if next.event() == Event::Ends {
            break next;
        }
    };
    assert!(!ends.place.is_empty() && ends.signed.split('.').count() == 3);
    let resumed = ListenRequest { place: first.place };
    let mut again = revocations.listen(resumed).await.unwrap().into_inner();
    assert_eq!(again.message().await.unwrap().unwrap().event(), Event::Ends, "from where it was");
}

#[tokio::test]
async fn where_there_is_a_secret_it_has_to_be_shown_for_everything_but_health() {
    let folder = free_folder();
    let server = server(folder.path(), &format!("secret = \"{SECRET}\""));
    let (ada, channel) = (signed_in(&server, "ada").await, channel(&server).await);
    let mut client = RefreshServiceClient::new(channel.clone());
    let request = |shown: Option<&str>| {
        let mut request = Request::new(ValidateRequest { token: ada.token.clone(), scopes: Vec::new() });
        if let Some(shown) = shown {
            request.metadata_mut().insert("authorization", shown.parse().unwrap());
        }
        request
    };

    for shown in [None, Some("Bearer x"), Some(SECRET)] {
        let refused = client.validate_session(request(shown)).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{shown:?}");
    }
    let refused = RevocationServiceClient::new(channel.clone()).listen(ListenRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
    let refused =
        IntrospectionServiceClient::new(channel.clone()).introspect(IntrospectRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);

    let shown = format!("Bearer {SECRET}");
    assert!(client.validate_session(request(Some(&shown))).await.unwrap().into_inner().active);
    let health = HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, 1, "serving");
}

#[tokio::test]
async fn what_is_larger_than_any_token_is_not_read() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let channel = channel(&server).await;

    let request = ValidateRequest { token: "x".repeat(17 * 1024), scopes: Vec::new() };
    let refused = RefreshServiceClient::new(channel).validate_session(request).await.unwrap_err();

    assert_eq!(refused.code(), Code::OutOfRange);
}

#[tokio::test]
async fn a_server_that_stops_lets_its_listeners_go() {
    let folder = free_folder();
    let server = server(folder.path(), "");
    let channel = channel(&server).await;
    let listening = RevocationServiceClient::new(channel).listen(ListenRequest::default()).await;
    let mut news = listening.unwrap().into_inner();

    server.ask_to_stop();

    while let Ok(Some(_)) = news.message().await {}
    assert!(server.wait().success());
}
