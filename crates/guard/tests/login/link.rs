//! Logins whose answer is handed over by a client: nothing is kept between the two halves but the key.

use std::time::Duration;

use doorward_guard::guards::{Oidc, Registration};
use doorward_guard::testkit::Endpoint;
use doorward_guard::{Clock, LinkAnswer, LoginFault, LoginLink, SealKey};
use url::Url;

use crate::app::{World, registration};

const KEY: [u8; 32] = [7; 32];

fn link(world: &World, name: &str) -> LoginLink {
    LoginLink::new(name, &world.oidc(), SealKey::from_bytes(KEY)).unwrap()
}

/// What the provider sends back to somebody who follows `location`.
fn followed(world: &World, location: &str) -> (String, String) {
    let back = Url::parse(&world.provider.visit(location).expect("the provider sends it back")).unwrap();
    let field = |name: &str| back.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    (field("code"), field("state"))
}

async fn finish(
    world: &World,
    link: &LoginLink,
    (code, state): &(String, String),
) -> Result<String, LoginFault> {
    let answer = LinkAnswer { code, state, issuer: None };
    link.finish(answer, world.clock.now()).await.map(|user| user.id.clone())
}

#[tokio::test]
async fn another_machine_with_the_key_finishes_what_one_has_begun() {
    let world = World::new();
    let begun = link(&world, "idp").begin(world.clock.now()).await.unwrap();
    let answer = followed(&world, &begun.location);

    assert_eq!(answer.1, begun.state.reveal());
    assert_eq!(finish(&world, &link(&world, "idp"), &answer).await.unwrap(), "ada");
    for parameter in ["nonce=", "code_challenge=", "code_challenge_method=S256"] {
        assert!(begun.location.contains(parameter), "{}", begun.location);
    }
    assert!(
        !begun.location.contains(world.provider.asked(Endpoint::Token)[0].field("code_verifier").unwrap())
    );
}

#[tokio::test]
async fn a_state_opens_for_its_guard_its_callback_and_its_key_alone() {
    let world = World::new();
    let begun = link(&world, "idp").begin(world.clock.now()).await.unwrap();
    let answer = followed(&world, &begun.location);
    let elsewhere = Registration::new("cid", "csecret", "https://app.example/elsewhere");
    let elsewhere = Oidc::new(crate::app::ISSUER, elsewhere).fetch(world.provider.clone());

    for other in [
        link(&world, "other"),
        LoginLink::new("idp", &elsewhere, SealKey::from_bytes(KEY)).unwrap(),
        LoginLink::new("idp", &world.oidc(), SealKey::from_bytes([8; 32])).unwrap(),
    ] {
        assert!(!other.knows(begun.state.reveal(), world.clock.now()));
        let refused = finish(&world, &other, &answer).await.unwrap_err();
        assert!(matches!(refused, LoginFault::Mismatch(_)), "{refused}");
    }
    assert!(world.provider.asked(Endpoint::Token).is_empty(), "no code was spent");
}

#[tokio::test]
async fn codes_and_states_cannot_be_mixed_and_go_out_of_date() {
    let world = World::new();
    let link = link(&world, "idp");
    let mine = link.begin(world.clock.now()).await.unwrap();
    let theirs = link.begin(world.clock.now()).await.unwrap();
    let (code, _) = followed(&world, &theirs.location);

    let mixed = finish(&world, &link, &(code, mine.state.reveal().to_owned())).await.unwrap_err();
    let late = followed(&world, &mine.location);
    world.clock.pass(Duration::from_secs(600));
    let late = finish(&world, &link, &late).await.unwrap_err();

    assert!(matches!(mixed, LoginFault::BadAnswer(_)), "{mixed}");
    assert!(matches!(late, LoginFault::Mismatch(_)), "{late}");
}

#[test]
fn a_guard_that_logs_nobody_in_has_no_way() {
    let basic = doorward_guard::guards::Basic::new(|_: doorward_guard::guards::BasicCredentials| false);
    let fault = LoginLink::new("basic", &basic, SealKey::from_bytes(KEY)).unwrap_err();
    let broken = Oidc::new("http://idp.example", registration());

    assert_eq!(fault.to_string(), "it logs nobody in");
    assert!(LoginLink::new("idp", &broken, SealKey::from_bytes(KEY)).is_err());
}
