//! Questions that come at the same time and are asked as one.
//!
//! A few tasks take turns in waiting; whoever waits takes all that is there. A question that comes alone waits for nobody, and
//! under load those that come while others are being answered share one statement. Knows neither tables nor statements.

use std::sync::Arc;

use doorward_core::port::StoreError;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Questions that wait at most; beyond it callers are refused at once.
const WAITING: usize = 4_096;
/// Statements at the same time: while one is answered or flushed, the next one is sent. More of them would share less.
const LANES: usize = 2;

/// A question, and where its answer is waited for.
#[derive(Debug)]
pub(super) struct Asked<Q, A> {
    pub(super) question: Q,
    answer: oneshot::Sender<A>,
}

impl<Q, A> Asked<Q, A> {
    /// Answers; whoever does not wait any more is not told.
    pub(super) fn answer(self, with: A) {
        let _ = self.answer.send(with);
    }
}

/// Hands questions to the tasks. They end when this is dropped and all that was handed in is answered.
#[derive(Debug)]
pub(super) struct Gather<Q, A> {
    questions: mpsc::Sender<Asked<Q, A>>,
}

impl<Q: Send + 'static, A: Send + 'static> Gather<Q, A> {
    /// Has `work` answer what comes, at most `most` questions at once.
    pub(super) fn start<W, F>(most: usize, work: W) -> Self
    where
        W: Fn(Vec<Asked<Q, A>>) -> F + Send + Sync + Clone + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (questions, queue) = mpsc::channel(WAITING);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..LANES {
            tokio::spawn(answer_all(queue.clone(), most, work.clone()));
        }
        Self { questions }
    }

    /// What is answered to `question`.
    pub(super) async fn ask(&self, question: Q) -> Result<A, StoreError> {
        let (answer, told) = oneshot::channel();
        self.questions.try_send(Asked { question, answer }).map_err(|refused| match refused {
            TrySendError::Full(_) => unavailable("too many questions wait for the database"),
            TrySendError::Closed(_) => unavailable("the tasks that ask the database have ended"),
        })?;
        told.await.map_err(|_| unavailable("the tasks that ask the database have ended"))
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

async fn answer_all<Q, A, W, F>(queue: Arc<Mutex<mpsc::Receiver<Asked<Q, A>>>>, most: usize, work: W)
where
    W: Fn(Vec<Asked<Q, A>>) -> F,
    F: Future<Output = ()>,
{
    loop {
        let mut batch = Vec::with_capacity(most);
        if queue.lock().await.recv_many(&mut batch, most).await == 0 {
            return;
        }
        work(batch).await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    /// Answers each number with itself and how many were asked together, once it may.
    fn echo(gate: &Arc<Semaphore>) -> Gather<usize, (usize, usize)> {
        let gate = gate.clone();
        Gather::start(4, move |batch: Vec<Asked<usize, (usize, usize)>>| {
            let gate = gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                let together = batch.len();
                for asked in batch {
                    let number = asked.question;
                    asked.answer((number, together));
                }
            }
        })
    }

    #[tokio::test]
    async fn a_question_that_comes_alone_waits_for_no_other() {
        let gather = echo(&Arc::new(Semaphore::new(1)));

        assert_eq!(gather.ask(7).await.unwrap(), (7, 1));
    }

    #[tokio::test]
    async fn questions_that_come_meanwhile_share_an_answer_and_each_gets_its_own() {
        let gate = Arc::new(Semaphore::new(0));
        let gather = echo(&gate);
        let asked = join_all((0..40).map(|number| gather.ask(number)));
        let opened = async { gate.add_permits(40) };

        let (told, ()) = tokio::join!(asked, opened);

        let told: Vec<_> = told.into_iter().map(Result::unwrap).collect();
        assert!(told.iter().enumerate().all(|(number, (answer, _))| *answer == number));
        assert!(told.iter().all(|(_, together)| *together <= 4));
        assert!(told.iter().any(|(_, together)| *together > 1));
    }

    #[tokio::test]
    async fn more_than_can_wait_are_refused_at_once() {
        let gather = Arc::new(echo(&Arc::new(Semaphore::new(0))));
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..WAITING + LANES * 4 + 1 {
            let gather = gather.clone();
            waiting.spawn(async move { gather.ask(number).await });
        }

        let refused = waiting.join_next().await.unwrap().unwrap();

        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    }
}
