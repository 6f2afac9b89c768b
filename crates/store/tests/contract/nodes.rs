//! Several nodes on one database: what one of them alone may do is done once, whoever asks.

use std::sync::Arc;

use doorward_core::audit::chain::Record;
use doorward_core::change::{Change, Changes};
use doorward_core::port::{ApplyError, Conflict, Store};
use doorward_core::session::EndReason;
use doorward_core::{SessionId, Ttl};

use crate::world::{NOW, World, digest, event, open_change, session, user};

/// The answers to what `work` asks of two nodes in turns, so many times at the same moment.
async fn race(world: &World, count: usize, work: impl Fn(usize) -> Changes) -> Vec<Result<(), ApplyError>> {
    let nodes = [world.store.clone(), world.another().await];
    let asked: Vec<_> = (0..count)
        .map(|number| {
            let (node, changes) = (nodes[number % 2].clone(), work(number));
            tokio::spawn(async move { node.apply(changes).await })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    answers
}

fn won(answers: &[Result<(), ApplyError>]) -> usize {
    assert!(answers.iter().all(|answer| !matches!(answer, Err(ApplyError::Store(_)))), "{answers:?}");
    answers.iter().filter(|answer| answer.is_ok()).count()
}

fn rotation(session: SessionId) -> impl Fn(usize) -> Changes {
    move |number| {
        let change = Change::RotateRefresh {
            session,
            from: digest("first"),
            to: digest(&format!("next {number}")),
            generation: 1,
            at: NOW,
        };
        change.into()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_two_nodes_make_one_chain() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;

    let answers = race(&world, 64, |number| {
        let line = event(&ada, NOW + Ttl::from_seconds(u32::try_from(number).unwrap()));
        Changes::from(Change::AddUser(Box::new(user(&format!("user{number}"))))).recorded(line)
    })
    .await;

    assert_eq!(won(&answers), 64);
    let lines = world.store.records_after(0, 100).await.unwrap();
    assert_eq!(lines.len(), 64);
    for pair in lines.windows(2) {
        let [before, after] = pair else { unreachable!() };
        let (before, after) = (before.record.as_ref().unwrap(), after.record.as_ref().unwrap());
        let linked = Record::after(&before.link, after.event.clone());
        assert_eq!(linked.link, after.link, "line {}", after.link.seq);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_token_on_two_nodes_has_one_successor() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let mut opened = session(&ada, NOW);
    opened.refresh_digest = digest("first");
    world.apply(open_change(&opened)).await.unwrap();

    let answers = race(&world, 32, rotation(opened.id)).await;

    assert_eq!(won(&answers), 1);
    assert_eq!(world.session(opened.id).await.refresh_generation, 1);
}

/// Rotations share commits: what one of them finds is no matter of the others.
#[tokio::test(flavor = "multi_thread")]
async fn rotations_of_many_sessions_at_once_are_each_decided_by_their_own_row() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let mut sessions = Vec::new();
    for number in 0..40 {
        let mut session = session(&ada, NOW);
        session.refresh_digest = digest("first");
        world.apply(open_change(&session)).await.unwrap();
        if number % 4 == 0 {
            let end = Change::EndSession { session: session.id, reason: EndReason::Logout, at: NOW };
            world.apply(end).await.unwrap();
        }
        sessions.push(session.id);
    }

    // Each session four times, by two nodes and in two orders; those that have ended, too.
    let order = |number: usize| if number < 80 { number % 40 } else { 39 - number % 40 };
    let answers = race(&world, 160, |number| rotation(sessions[order(number)])(number)).await;

    assert_eq!(won(&answers), 30);
    for (number, id) in sessions.iter().enumerate() {
        let after = world.session(*id).await;
        assert_eq!(
            (after.refresh_generation == 1, after.ended_at.is_none()),
            (number % 4 != 0, number % 4 != 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_name_on_two_nodes_is_given_once() {
    let world = World::new().await;

    let answers = race(&world, 32, |_| Change::AddUser(Box::new(user("ada"))).into()).await;

    assert_eq!(won(&answers), 1);
    let taken = |answer: &&Result<(), ApplyError>| {
        matches!(answer, Err(ApplyError::Conflict(Conflict::EmailTaken | Conflict::UsernameTaken)))
    };
    assert_eq!(answers.iter().filter(taken).count(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_superusers_who_demote_each_other_on_two_nodes_leave_one() {
    for _ in 0..8 {
        let world = World::new().await;
        let (ada, eve) = (world.add_user("ada").await, world.add_user("eve").await);
        for user in [&ada, &eve] {
            world.apply(Change::SetSuperuser { user: user.id, is_superuser: true, at: NOW }).await.unwrap();
        }

        let answers = race(&world, 2, |number| {
            let user = if number == 0 { ada.id } else { eve.id };
            Changes::from(Change::KeepASuperuser { besides: user }).with(Change::SetSuperuser {
                user,
                is_superuser: false,
                at: NOW,
            })
        })
        .await;

        assert_eq!(won(&answers), 1);
        assert_eq!(world.store.superusers().await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_two_nodes_fold_at_once_are_counted_once() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    world.open_session(&ada, NOW).await;
    let today = NOW.day() + 1;

    let answers = race(&world, 8, |_| Change::FoldDays { today, oldest: 0 }.into()).await;

    assert_eq!(won(&answers), 8);
    let counts = world.store.daily_counts(NOW.day(), today).await.unwrap();
    assert!(counts.iter().all(|count| count.count == 1), "{counts:?}");
    assert_eq!(counts.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_life_from_two_nodes_in_opposite_orders_stand_in_nobodys_way() {
    let world = World::new().await;
    let ada = world.add_user("ada").await;
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(world.open_session(&ada, NOW).await.id);
    }

    let answers = race(&world, 16, |number| {
        let at = NOW + Ttl::from_seconds(u32::try_from(number).unwrap());
        let mut seen: Vec<_> = sessions.iter().map(|session| (*session, at)).collect();
        if number % 2 == 0 {
            seen.reverse();
        }
        Change::SeeSessions(seen).into()
    })
    .await;

    assert_eq!(won(&answers), 16);
    let last = world.session(sessions[0]).await.last_seen_at;
    assert_eq!(last, NOW + Ttl::from_seconds(15));
}

#[tokio::test]
async fn what_one_node_has_written_the_other_reads() {
    let world = World::new().await;
    let other: Arc<dyn Store> = world.another().await;
    let ada = world.add_user("ada").await;

    assert_eq!(other.user(ada.id).await.unwrap().unwrap().id, ada.id);
}
