//! A code after the password: set up, asked for, used up, lost.

use doorward_core::audit::Deed;
use doorward_core::factor::shown_by_app;
use doorward_core::login::{LoginAttempt, ProviderAttempt, SecondHalf};
use doorward_core::port::{ComesBackTo, FactorStore, ProvenIdentity, SessionStore};
use doorward_core::session::SignedIn;
use doorward_core::{Code, Error, Secret, Ttl};

use crate::world::{PASSWORD, World, attempt, client, client_at, code, secret};

const STEP: Ttl = Ttl::from_seconds(30);
const MINUTE: Ttl = Ttl::from_minutes(1);

/// What ada has at home.
struct Kept {
    app: String,
    recovery_codes: Vec<Secret<String>>,
    session: SignedIn,
}

/// ada has set up a second factor; her app shows another code by now.
async fn set_up(world: &World) -> Kept {
    let session = world.signed_in("ada").await;
    let who = world.who(&session).await;
    let app = world.core.begin_second_factor(&who, None, &client()).await.unwrap().secret.expose().clone();
    let shown = shown(world, &app);
    let recovery_codes = world.core.confirm_second_factor(&who, &shown, &client()).await.unwrap();
    world.clock.advance(STEP);
    Kept { app, recovery_codes, session }
}

fn shown(world: &World, app: &str) -> Secret<String> {
    secret(&shown_by_app(app, world.core.now()))
}

/// The ticket of a login with the right password.
async fn ticket(world: &World) -> Secret<String> {
    let refused = world.try_login("ada", PASSWORD).await.unwrap_err();
    assert_eq!(refused.code(), Code::SecondFactorRequired);
    refused.ticket().unwrap().clone()
}

async fn second(world: &World, ticket: &Secret<String>, code: &Secret<String>) -> Result<SignedIn, Error> {
    let half = SecondHalf {
        ticket: ticket.clone(),
        code: code.clone(),
        wants_cookie: false,
        replaced_cookie: None,
        device: None,
    };
    world.core.finish_second_factor(half, &client()).await
}

#[tokio::test]
async fn what_is_not_confirmed_is_asked_of_nobody() {
    let world = World::new().await;
    let who = world.who(&world.signed_in("ada").await).await;

    world.core.begin_second_factor(&who, None, &client()).await.unwrap();

    world.login("ada").await;
    assert_eq!(world.core.second_factor(&who).await.unwrap(), None);
}

#[tokio::test]
async fn a_code_after_the_password_opens_the_session_that_was_asked_for() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let wanted = LoginAttempt { scope: Some("documents:read".to_owned()), ..attempt("ada", PASSWORD) };
    let refused = world.core.login(wanted, &client()).await.unwrap_err();

    let signed_in = second(&world, refused.ticket().unwrap(), &shown(&world, &kept.app)).await.unwrap();

    assert_eq!(world.verdict(&signed_in).await, Ok(()));
    let opened = world.store.session(signed_in.session_id).await.unwrap().unwrap().session;
    assert_eq!(opened.scopes.unwrap().to_string(), "documents:read");
    assert!(signed_in.device.is_some());
    let deeds: Vec<Deed> = world.store.events().iter().map(|event| event.deed).collect();
    assert!(deeds.ends_with(&[Deed::SecondFactorAsked, Deed::LoginSucceeded]), "{deeds:?}");
}

#[tokio::test]
async fn a_wrong_password_tells_nothing_of_a_second_factor() {
    let world = World::new().await;
    set_up(&world).await;

    let wrong = world.try_login("ada", "wrong password").await.unwrap_err();
    let unknown = world.try_login("eve", "wrong password").await.unwrap_err();

    assert_eq!((wrong.code(), wrong.detail()), (unknown.code(), unknown.detail()));
    assert!(wrong.ticket().is_none());
}

#[tokio::test]
async fn a_code_works_once_and_none_before_it_works_after_it() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let early = shown(&world, &kept.app);
    world.clock.advance(STEP);
    let now = shown(&world, &kept.app);
    second(&world, &ticket(&world).await, &now).await.unwrap();

    let ticket = ticket(&world).await;
    for code_shown in [&now, &early] {
        assert_eq!(code(second(&world, &ticket, code_shown).await), Code::SecondFactorInvalid);
    }
    world.clock.advance(STEP);
    second(&world, &ticket, &shown(&world, &kept.app)).await.unwrap();
}

#[tokio::test]
async fn a_code_is_good_one_step_early_and_late_and_no_more() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    for _ in 0..4 {
        world.clock.advance(STEP);
    }
    let at = |steps: i64| {
        let then = doorward_core::Timestamp::from_millis(world.core.now().as_millis() + steps * 30_000);
        secret(&shown_by_app(&kept.app, then))
    };

    for (steps, is_good) in [(-2, false), (2, false), (-1, true), (1, true)] {
        let answer = second(&world, &ticket(&world).await, &at(steps)).await;
        assert_eq!(answer.is_ok(), is_good, "{steps}");
    }
}

#[tokio::test]
async fn a_ticket_opens_one_session() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let ticket = ticket(&world).await;
    second(&world, &ticket, &shown(&world, &kept.app)).await.unwrap();
    world.clock.advance(STEP);

    assert_eq!(code(second(&world, &ticket, &shown(&world, &kept.app)).await), Code::TicketInvalid);
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_after_five_wrong_codes() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let ticket = ticket(&world).await;
    for wrong in ["000000", "", "no code", "00000a", "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa"] {
        assert_eq!(code(second(&world, &ticket, &secret(wrong)).await), Code::SecondFactorInvalid, "{wrong}");
    }

    assert_eq!(code(second(&world, &ticket, &shown(&world, &kept.app)).await), Code::TicketInvalid);
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_after_five_minutes_or_a_new_password() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let old = ticket(&world).await;
    world.clock.advance(Ttl::from_minutes(5));
    assert_eq!(code(second(&world, &old, &shown(&world, &kept.app)).await), Code::TicketInvalid);

    let before = ticket(&world).await;
    let who = world.who(&kept.session).await;
    let change = doorward_core::account::PasswordChange {
        current: secret(PASSWORD),
        new: secret("another long password"),
    };
    world.core.change_password(&who, change, &client()).await.unwrap();

    assert_eq!(code(second(&world, &before, &shown(&world, &kept.app)).await), Code::TicketInvalid);
    for nonsense in ["", "dwf_", "dwf_AAAA", before.expose().trim_end_matches(char::is_alphanumeric)] {
        let answer = second(&world, &secret(nonsense), &shown(&world, &kept.app)).await;
        assert_eq!(code(answer), Code::TicketInvalid, "{nonsense}");
    }
}

#[tokio::test]
async fn an_account_that_was_disabled_meanwhile_is_not_opened() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let ticket = ticket(&world).await;
    world.core.set_active("ada", false).await.unwrap();

    assert_eq!(code(second(&world, &ticket, &shown(&world, &kept.app)).await), Code::AccountDisabled);
}

#[tokio::test]
async fn wrong_codes_are_counted_for_the_account_wherever_they_come_from() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let mut last = Code::SecondFactorInvalid;
    for guess in 0..30 {
        let half = SecondHalf {
            ticket: ticket(&world).await,
            code: secret("000000"),
            wants_cookie: false,
            replaced_cookie: None,
            device: None,
        };
        let elsewhere = client_at(&format!("203.0.113.{guess}"));
        last = code(world.core.finish_second_factor(half, &elsewhere).await);
    }

    assert_eq!(last, Code::TooManyAttempts);
    let answer = second(&world, &ticket(&world).await, &shown(&world, &kept.app)).await;
    assert_eq!(code(answer), Code::TooManyAttempts, "of the app, too");
    second(&world, &ticket(&world).await, &kept.recovery_codes[0]).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_works_once_in_any_spelling_and_its_owner_is_told() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let spelled = secret(&kept.recovery_codes[3].expose().to_uppercase().replace('-', " "));

    let signed_in = second(&world, &ticket(&world).await, &spelled).await.unwrap();

    let again = second(&world, &ticket(&world).await, &kept.recovery_codes[3]).await;
    assert_eq!(code(again), Code::SecondFactorInvalid);
    let who = world.who(&signed_in).await;
    assert_eq!(world.core.second_factor(&who).await.unwrap().unwrap().recovery_codes_left, 9);
    let used = world.store.events().into_iter().filter(|event| event.deed == Deed::RecoveryCodeUsed);
    assert_eq!(used.count(), 1);
    let due = world.core.due_mails(100).await.unwrap();
    assert_eq!(due.iter().filter(|mail| mail.kind.as_str() == "recovery_code_used").count(), 1);
}

#[tokio::test]
async fn it_is_removed_by_a_code_and_by_nothing_less() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let who = world.who(&kept.session).await;
    for wrong in [PASSWORD, "000000"] {
        let refused = world.core.remove_second_factor(&who, &secret(wrong), &client()).await;
        assert_eq!(code(refused), Code::WrongCode);
    }
    ticket(&world).await;

    world.core.remove_second_factor(&who, &kept.recovery_codes[0], &client()).await.unwrap();

    world.login("ada").await;
    assert!(world.store.recovery_codes(who.user_id).await.unwrap().is_empty());
    assert_eq!(
        code(world.core.remove_second_factor(&who, &kept.recovery_codes[1], &client()).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn new_recovery_codes_make_the_old_ones_worthless() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let who = world.who(&kept.session).await;

    let new = world.core.renew_recovery_codes(&who, &shown(&world, &kept.app), &client()).await.unwrap();

    let old = second(&world, &ticket(&world).await, &kept.recovery_codes[0]).await;
    assert_eq!(code(old), Code::SecondFactorInvalid);
    second(&world, &ticket(&world).await, &new[0]).await.unwrap();
}

#[tokio::test]
async fn there_is_one_and_it_is_not_replaced_in_passing() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let who = world.who(&kept.session).await;

    assert_eq!(code(world.core.begin_second_factor(&who, None, &client()).await), Code::Conflict);
    let late = world.core.confirm_second_factor(&who, &shown(&world, &kept.app), &client()).await;
    assert_eq!(code(late), Code::NotFound);
}

#[tokio::test]
async fn setting_up_needs_the_owner_of_just_now_and_a_code_of_the_secret_that_was_given_last() {
    let world = World::new().await;
    let who = world.who(&world.signed_in("ada").await).await;
    let first = world.core.begin_second_factor(&who, None, &client()).await.unwrap();
    world.clock.advance(MINUTE);
    let last = world.core.begin_second_factor(&who, None, &client()).await.unwrap();

    let confirm =
        async |secret: &str| world.core.confirm_second_factor(&who, &shown(&world, secret), &client()).await;
    assert_eq!(code(confirm(first.secret.expose()).await), Code::WrongCode);
    world.clock.advance(Ttl::from_minutes(15));
    assert_eq!(code(confirm(last.secret.expose()).await), Code::NotFound, "too late");

    let refused = world.core.begin_second_factor(&who, None, &client()).await;
    assert_eq!(code(refused), Code::FreshLoginRequired);
    let wrong = world.core.begin_second_factor(&who, Some(&secret("wrong password")), &client()).await;
    assert_eq!(code(wrong), Code::WrongPassword);
    world.core.begin_second_factor(&who, Some(&secret(PASSWORD)), &client()).await.unwrap();
}

#[tokio::test]
async fn the_secret_cannot_be_read_where_it_is_kept() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let stored = world.store.factor(kept.session.user_id).await.unwrap().unwrap();

    assert!(!format!("{stored:?}").contains(&kept.app));
}

#[tokio::test]
async fn an_export_names_it_and_tells_no_secret() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let who = world.who(&kept.session).await;

    let export = world.core.export(&who, &client()).await.unwrap();

    assert_eq!(export["second_factor"]["recovery_codes_left"], 10);
    let text = serde_json::to_string(&export).unwrap();
    let stored = world.store.factor(who.user_id).await.unwrap().unwrap();
    assert!(!text.contains(&kept.app) && !text.contains(&stored.secret));
}

#[tokio::test]
async fn the_password_as_a_provider_asks_for_it_and_another_provider_does_not() {
    let world = World::new().await;
    let kept = set_up(&world).await;
    let fields =
        [("identifier", "ada"), ("password", PASSWORD)].map(|(name, value)| (name.to_owned(), secret(value)));

    let attempt = ProviderAttempt {
        provider: "password".to_owned(),
        fields: fields.into(),
        came_back_to: ComesBackTo::default(),
    };
    let refused = world.core.finish_login(attempt, &client()).await.unwrap_err();

    assert_eq!(refused.code(), Code::SecondFactorRequired);
    second(&world, refused.ticket().unwrap(), &shown(&world, &kept.app)).await.unwrap();
    let ada = ProvenIdentity::Account(kept.session.user_id);
    world.core.login_as("elsewhere", ada, false, &client()).await.unwrap();
}
