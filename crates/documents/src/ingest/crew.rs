//! Those who read documents in, sweep what was deleted, and ask for vectors.
//!
//! What waits stands in the database, so that a crash loses nothing: whoever begins takes the oldest that nobody is at.
//!
//! Invariant: one document is read by one of the crew at a time.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use doorward_core::Error;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

use crate::ingest;
use crate::model::Embeddings;
use crate::settings::Settings;
use crate::shelf::{Shelf, Work};

/// Chunks that are written together.
const TOGETHER: usize = 256;
/// Chunks that are embedded by one call.
const EMBEDDED: u32 = 32;
/// How long the crew rests when nothing calls it, or when something fails.
const REST: Duration = Duration::from_secs(5);

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
    busy: Mutex<HashSet<i64>>,
    /// One taker at a time: two would be given the same document.
    taking: Semaphore,
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
    ) -> Self {
        let workers = settings.workers.max(1);
        let shared = Arc::new(Shared {
            shelf,
            settings,
            embeddings,
            busy: Mutex::default(),
            taking: Semaphore::new(1),
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
        let _turn = self.taking.acquire().await;
        let busy: Vec<i64> = self.busy.lock().iter().copied().collect();
        let work = self.shelf.take_work(busy).await?;
        if let Some(work) = &work {
            self.busy.lock().insert(work.no);
            // There may be more for the others.
            self.work.notify_one();
        }
        Ok(work)
    }

    async fn read(&self, work: Work) {
        let (no, id) = (work.no, work.id);
        if let Err(error) = self.take_in(work).await {
            tracing::warn!(%error, document.id = %id, "Could not keep the chunks of document {id}; trying again");
            tokio::time::sleep(REST).await;
        }
        self.busy.lock().remove(&no);
        self.finished.send_modify(|count| *count += 1);
        self.remains.notify_one();
        self.unembedded.notify_one();
    }

    async fn take_in(&self, work: Work) -> Result<(), Error> {
        let version = (work.no, work.version);
        let limits = self.settings.limits;
        let chunks = match ingest::read(work.form, work.content, limits, self.settings.cut).await {
            Ok(chunks) => chunks,
            Err(unreadable) => return self.shelf.fail(version, unreadable.0).await,
        };
        let mut place = 0;
        let mut chunks = chunks.into_iter();
        loop {
            let texts: Vec<String> = chunks.by_ref().take(TOGETHER).collect();
            if texts.is_empty() {
                return self.shelf.finish(version, limits).await;
            }
            let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
            if !self.shelf.write(version, place, texts).await? {
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
