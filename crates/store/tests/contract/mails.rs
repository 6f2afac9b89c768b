use doorward_core::change::{AccountChange, Change, Changes, MailChange, TicketChange};
use doorward_core::mail::{Mail, MailKind, MailQueue, MailState};
use doorward_core::port::{Conflict, SystemEntropy};
use doorward_core::ticket::{CODE_TRIES, Purpose, Ticket};
use doorward_core::{MailId, Timestamp, Ttl};

use crate::world::{NOW, World, user};

const LATER: Timestamp = Timestamp::from_millis(NOW.as_millis() + 60_000);
const HOUR: Ttl = Ttl::from_minutes(60);

fn mail(user: Option<&doorward_core::account::User>, at: Timestamp) -> Mail {
    let to = crate::world::user("ada").email;
    Mail {
        id: MailId::new(at, &SystemEntropy),
        kind: MailKind::ResetPassword,
        user_id: user.map(|user| user.id),
        to,
        origin: "192.0.2.1".into(),
        state: MailState::Waiting,
        attempts: 0,
        last_error: String::new(),
        created_at: at,
        due_at: at,
        done_at: None,
    }
}

fn ticket(user: &doorward_core::account::User) -> Ticket {
    Ticket {
        id: MailId::new(NOW, &SystemEntropy),
        user_id: user.id,
        purpose: Purpose::VerifyEmail,
        email: user.email.clone(),
        tries: 0,
        created_at: NOW,
        expires_at: NOW + HOUR,
        code_expires_at: NOW + Ttl::from_minutes(10),
        spent_at: None,
    }
}

async fn queued(world: &World, mail: &Mail) {
    world.apply(MailChange::Queue(Box::new(mail.clone()))).await.unwrap();
}

async fn all(world: &World) -> Vec<Mail> {
    world.store.mails(MailQueue { state: None, before: None, limit: 10 }).await.unwrap()
}

#[tokio::test]
async fn a_mail_comes_back_as_it_was_given_and_the_longest_due_comes_first() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (young, old) = (mail(Some(&ada), LATER), mail(None, NOW));
    for mail in [&young, &old] {
        queued(&world, mail).await;
    }

    assert_eq!(all(&world).await, [young.clone(), old.clone()]);
    assert_eq!(world.store.due_mails(NOW, 10).await.unwrap(), std::slice::from_ref(&old));
    assert_eq!(world.store.due_mails(LATER, 10).await.unwrap(), [old, young]);
    assert_eq!(world.store.backlog().await.unwrap().waiting, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_two_senders_one_takes_a_mail() {
    let world = std::sync::Arc::new(World::new().await);
    let mail = mail(None, NOW);
    queued(&world, &mail).await;

    let senders: Vec<_> = (0..32)
        .map(|_| {
            let world = world.clone();
            let take = MailChange::Take { mail: mail.id, due_at: NOW, until: LATER };
            tokio::spawn(async move { world.apply(take).await.is_ok() })
        })
        .collect();
    let mut taken = 0;
    for sender in senders {
        taken += u32::from(sender.await.unwrap());
    }

    assert_eq!(taken, 1);
    let mail = all(&world).await.remove(0);
    assert_eq!((mail.due_at, mail.attempts), (LATER, 1));
}

#[tokio::test]
async fn a_mail_that_was_sent_is_not_due_nor_tried_again_and_forgotten_in_the_end() {
    let world = World::new().await;
    let mail = mail(None, NOW);
    queued(&world, &mail).await;
    let end = |state| MailChange::End { mail: mail.id, state, error: "550".into(), at: NOW };

    world.apply(end(MailState::Failed)).await.unwrap();
    assert!(world.store.due_mails(LATER, 10).await.unwrap().is_empty());
    world.apply(MailChange::Retry { mail: mail.id, at: NOW }).await.unwrap();
    assert_eq!(world.store.due_mails(NOW, 10).await.unwrap().len(), 1);
    world.apply(end(MailState::Sent)).await.unwrap();

    let retry = world.apply(MailChange::Retry { mail: mail.id, at: NOW }).await;
    assert_eq!(retry, Err(Conflict::Stale));
    world.apply(MailChange::Forget { before: NOW }).await.unwrap();
    assert_eq!(all(&world).await.len(), 1);
    world.apply(MailChange::Forget { before: LATER }).await.unwrap();
    assert!(all(&world).await.is_empty());
}

#[tokio::test]
async fn a_mail_finds_one_owner_who_exists() {
    let world = World::new().await;
    let mail = mail(None, NOW);
    queued(&world, &mail).await;
    let own = |user| MailChange::Own { mail: mail.id, user };

    assert_eq!(world.apply(own(user("nobody").id)).await, Err(Conflict::Stale));
    let ada = world.add_user("ada").await;
    world.apply(own(ada.id)).await.unwrap();
    assert_eq!(world.apply(own(ada.id)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_ticket_is_replaced_by_the_newest_of_its_purpose_alone() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let (first, second) = (ticket(&ada), ticket(&ada));
    let other = Ticket { purpose: Purpose::ResetPassword, ..ticket(&ada) };
    for ticket in [&first, &other, &second] {
        world.apply(TicketChange::Add(Box::new(ticket.clone()))).await.unwrap();
    }

    assert_eq!(world.store.ticket(first.id).await.unwrap(), None);
    assert_eq!(world.store.ticket_of(ada.id, Purpose::VerifyEmail).await.unwrap(), Some(second));
    assert_eq!(world.store.ticket(other.id).await.unwrap(), Some(other));
}

#[tokio::test]
async fn a_ticket_is_spent_once_in_its_time_and_not_renewed_after_it() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let ticket = ticket(&ada);
    world.apply(TicketChange::Add(Box::new(ticket.clone()))).await.unwrap();
    let spend = |at| TicketChange::Spend { ticket: ticket.id, at };
    let renew =
        TicketChange::Renew { ticket: ticket.id, expires_at: NOW + HOUR + HOUR, code_expires_at: NOW + HOUR };

    assert_eq!(world.apply(spend(NOW + HOUR)).await, Err(Conflict::Stale));
    world.apply(renew.clone()).await.unwrap();
    world.apply(spend(NOW + HOUR)).await.unwrap();
    assert_eq!(world.apply(spend(NOW + HOUR)).await, Err(Conflict::Stale));
    assert_eq!(world.apply(renew).await, Err(Conflict::Stale));
    world.apply(TicketChange::Void { user: ada.id }).await.unwrap();
    assert!(world.store.ticket(ticket.id).await.unwrap().is_some(), "spent ones are remembered");
}

#[tokio::test]
async fn a_code_can_be_tried_so_often_and_no_more() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let ticket = ticket(&ada);
    world.apply(TicketChange::Add(Box::new(ticket.clone()))).await.unwrap();
    let attempt = |at| TicketChange::TryCode { ticket: ticket.id, at };

    assert_eq!(world.apply(attempt(ticket.code_expires_at)).await, Err(Conflict::Stale));
    for _ in 0..CODE_TRIES {
        world.apply(attempt(NOW)).await.unwrap();
    }

    assert_eq!(world.apply(attempt(NOW)).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn a_deleted_account_takes_all_that_is_its_own_along_and_its_id_never_comes_back() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let session = world.open_session(&ada, NOW).await;
    let (own, farewell) = (mail(Some(&ada), NOW), mail(None, NOW));
    let ticket = ticket(&ada);
    queued(&world, &own).await;
    world.apply(TicketChange::Add(Box::new(ticket.clone()))).await.unwrap();
    let fields = vec![("team".to_owned(), "engines".to_owned())];
    world.apply(AccountChange::IndexFields { user: ada.id, fields }).await.unwrap();
    let delete = AccountChange::Delete { user: ada.id, at: LATER };

    let changes = Changes::from(delete.clone()).with(MailChange::Queue(Box::new(farewell.clone())));
    world.apply(changes).await.unwrap();

    assert!(world.store.user(ada.id).await.unwrap().is_none());
    assert!(world.store.session(session.id).await.unwrap().is_none());
    assert!(world.store.ticket(ticket.id).await.unwrap().is_none());
    assert_eq!(all(&world).await, [farewell]);
    assert_eq!(world.store.deleted_since(LATER).await.unwrap(), [ada.id]);
    assert_eq!(world.apply(delete).await, Err(Conflict::Stale));
    assert_eq!(world.apply(Change::AddUser(Box::new(ada))).await, Err(Conflict::Stale));
}

#[tokio::test]
async fn an_address_is_verified_as_long_as_it_is_the_one_of_the_account() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let verify = AccountChange::VerifyEmail { user: ada.id, email_key: ada.email.key().into(), at: LATER };
    world.apply(verify.clone()).await.unwrap();
    assert!(world.store.user(ada.id).await.unwrap().unwrap().is_verified);

    let other = user("countess").email;
    world.apply(AccountChange::SetEmail { user: ada.id, email: other.clone(), at: LATER }).await.unwrap();

    assert_eq!(world.apply(verify).await, Err(Conflict::Stale));
    let eve = world.add_user("eve").await;
    let taken = AccountChange::SetEmail { user: eve.id, email: other, at: LATER };
    assert_eq!(world.apply(taken).await, Err(Conflict::EmailTaken));
}
