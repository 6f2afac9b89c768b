//! Those who read documents in, sweep what was deleted, and ask for vectors.
//!
//! What waits stands in the database, so that a crash loses nothing: whoever begins takes the one whose turn it is and that nobody
//! has. Crews of several nodes share what waits; what a node that died had, another one takes when its time is over.
//!
//! Invariant: one document is read by one of all crews at a time, and those of one account leave room for others'.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::port::Clock;
use doorward_core::{Error, Timestamp, Ttl};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::ingest;
use crate::model::Embeddings;
use crate::settings::Settings;
use crate::shelf::{Search, Shelf, Work};

/// Chunks that are written together.
const TOGETHER: usize = 256;
/// Chunks that are embedded by one call.
const EMBEDDED: u32 = 32;
/// How long the crew rests when nothing calls it, or when something fails.
const REST: Duration = Duration::from_secs(5);

/// How long a document is one's own until the next step: longer than reading a file may take.
const LEASE: Ttl = Ttl::from_minutes(2);

/// The crew of a library. Dropping it ends its work between two steps.
#[derive(Debug)]
pub(crate) struct Crew {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    shelf: Arc<dyn Shelf>,
    settings: Settings,
    embeddings: Option<Arc<dyn Embeddings>>,
    clock: Arc<dyn Clock>,
    /// The owners of what is being read here, each as often as there are documents of theirs.
    busy: Mutex<Vec<i64>>,
    work: Notify,
    remains: Notify,
    unembedded: Notify,
    /// Counts what was finished, so that others can wait for it.
    finished: watch::Sender<u64>,
}

impl Crew {
    pub(crate) fn start(
        shelf: Arc<dyn Shelf>,
        settings: Settings,
        embeddings: Option<Arc<dyn Embeddings>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let workers = settings.workers.max(1);
        let shared = Arc::new(Shared {
            shelf,
            settings,
            embeddings,
            clock,
            busy: Mutex::default(),
            work: Notify::new(),
            remains: Notify::new(),
            unembedded: Notify::new(),
            finished: watch::channel(0).0,
        });
        let mut tasks: Vec<_> = (0..workers).map(|_| tokio::spawn(read_in(shared.clone()))).collect();
        tasks.push(tokio::spawn(sweep(shared.clone())));
        if shared.embeddings.is_some() {
            tasks.push(tokio::spawn(embed(shared.clone())));
        }
        Self { shared, tasks }
    }

    /// Tells the crew that a document waits.
    pub(crate) fn call(&self) {
        self.shared.work.notify_one();
    }

    /// Tells the crew that something was deleted.
    pub(crate) fn call_sweeper(&self) {
        self.shared.remains.notify_one();
    }

    /// Changes each time the crew has finished a document.
    pub(crate) fn finished(&self) -> watch::Receiver<u64> {
        self.shared.finished.subscribe()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn read_in(shared: Arc<Shared>) {
    loop {
        match shared.next().await {
            Ok(Some(work)) => shared.read(work).await,
            Ok(None) => rest(&shared.work).await,
            Err(error) => {
                tracing::warn!(%error, "Could not look for documents to read in; trying again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn rest(until: &Notify) {
    let _ = tokio::time::timeout(REST, until.notified()).await;
}

impl Shared {
    async fn next(&self) -> Result<Option<Work>, Error> {
        let search = Search { now: self.clock.now(), until: self.until(), avoided: self.avoided() };
        let work = self.shelf.take_work(search).await?;
        if let Some(work) = &work {
            self.busy.lock().push(work.owner);
            // There may be more for the others.
            self.work.notify_one();
        }
        Ok(work)
    }

    fn until(&self) -> Timestamp {
        self.clock.now() + LEASE
    }

    /// Owners whose documents keep all of the crew busy but one, who waits for others'.
    fn avoided(&self) -> Vec<i64> {
        let most = self.settings.workers.saturating_sub(1);
        let busy = self.busy.lock();
        let count = |owner: &i64| busy.iter().filter(|other| *other == owner).count();
        busy.iter().filter(|owner| most > 0 && count(owner) >= most).copied().collect()
    }

    async fn read(&self, work: Work) {
        let (task, owner, id) = (work.task, work.owner, work.id);
        if let Err(error) = self.take_in(work).await {
            tracing::warn!(%error, document.id = %id, "Could not keep the chunks of document {id}; trying again");
            tokio::time::sleep(REST).await;
            let _ = self.shelf.release(task).await;
        }
        let mut busy = self.busy.lock();
        if let Some(at) = busy.iter().position(|other| *other == owner) {
            busy.swap_remove(at);
        }
        drop(busy);
        self.finished.send_modify(|count| *count += 1);
        self.work.notify_one();
        self.remains.notify_one();
        self.unembedded.notify_one();
    }

    async fn take_in(&self, work: Work) -> Result<(), Error> {
        let task = work.task;
        let limits = self.settings.limits;
        let chunks = match ingest::read(work.form, work.content, limits, self.settings.cut).await {
            Ok(chunks) => chunks,
            Err(unreadable) => return self.shelf.fail(task, unreadable.0).await,
        };
        let mut place = 0;
        let mut chunks = chunks.into_iter();
        loop {
            let texts: Vec<String> = chunks.by_ref().take(TOGETHER).collect();
            if texts.is_empty() {
                return self.shelf.finish(task, limits).await;
            }
            let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
            if !self.shelf.write(task, self.until(), (place, texts)).await? {
                return Ok(());
            }
            place += count;
        }
    }
}

async fn sweep(shared: Arc<Shared>) {
    loop {
        match shared.shelf.sweep().await {
            Ok(true) => {}
            Ok(false) => rest(&shared.remains).await,
            Err(error) => {
                tracing::warn!(%error, "Could not sweep deleted documents; trying again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn embed(shared: Arc<Shared>) {
    let Some(embeddings) = shared.embeddings.clone() else { return };
    loop {
        match embed_some(&shared, &*embeddings).await {
            Ok(true) => {}
            Ok(false) => rest(&shared.unembedded).await,
            Err(error) => {
                tracing::warn!(%error, "Could not embed chunks; trying again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Asks for some vectors; `false` when none are missing.
async fn embed_some(shared: &Shared, embeddings: &dyn Embeddings) -> Result<bool, Error> {
    let model = embeddings.model().to_owned();
    let Some(missing) = shared.shelf.unembedded(model.clone(), EMBEDDED).await? else { return Ok(false) };
    let (chunks, texts): (Vec<i64>, Vec<String>) = missing.chunks.into_iter().unzip();
    let vectors = embeddings.embed(&texts).await?;
    if vectors.len() != chunks.len() {
        return Err(doorward_core::Error::from(doorward_core::port::NoAnswer(format!(
            "asked for {} vectors of document {}, got {}",
            chunks.len(),
            missing.document,
            vectors.len()
        ))));
    }
    shared.shelf.embed(model, chunks.into_iter().zip(vectors).collect()).await?;
    Ok(true)
}
