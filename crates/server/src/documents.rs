//! The library of documents joined to this server: opened as the configuration has it, and told of accounts that are gone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use doorward_core::port::{Clock, Entropy};
use doorward_core::{Core, Error, Secret, Timestamp, UserId};
use doorward_documents::model::{Chat, Embeddings};
use doorward_documents::{Allowance, Allowances, Library, Ports, SCHEMA};
use doorward_store::PostgresOptions;

use crate::config::DocumentsConfig;
use crate::outside::Model;

/// How often deleted accounts are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The server of a database, and how it is spoken to.
#[derive(Debug)]
pub struct Server<'a> {
    /// Where it is and who comes.
    pub url: &'a Secret<String>,
    /// How it is spoken to.
    pub options: PostgresOptions,
}

/// The library of `config`: on the server of the accounts' database, or in a file.
///
/// # Errors
/// A sentence.
pub async fn open(
    config: &DocumentsConfig,
    server: Option<Server<'_>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Library, String> {
    let model = |config: &Option<_>| config.as_ref().map(Model::new).transpose();
    let ports = Ports {
        clock,
        entropy,
        embeddings: model(&config.embeddings)?.map(|model| Arc::new(model) as Arc<dyn Embeddings>),
        chat: model(&config.chat)?.map(|model| Arc::new(model) as Arc<dyn Chat>),
    };
    let settings = config.settings.clone();
    let library = match server {
        None => Library::open(&config.path, ports, settings),
        Some(Server { url, options }) => {
            // Connections of their own: what documents do holds no login up.
            let max_connections = settings.readers + settings.workers + 1;
            let options = PostgresOptions { max_connections, ..options };
            let pool = doorward_store::pool(url, &options, SCHEMA).map_err(|fault| fault.to_string())?;
            Library::connect(pool, ports, settings).await
        }
    };
    library.map_err(|fault| fault.to_string())
}

/// What single accounts may keep, as whoever runs the server has said.
#[derive(Debug)]
pub struct OfAccounts(pub Arc<Core>);

#[async_trait]
impl Allowances for OfAccounts {
    async fn allowance(&self, owner: UserId) -> Result<Allowance, Error> {
        let limits = self.0.limits_of(owner).await?;
        Ok(Allowance { documents: limits.documents, chunks: limits.chunks, collections: limits.collections })
    }
}

/// Deletes what accounts kept that were deleted since `since`; gives where to go on next time. How far it came is kept with the
/// documents, as [`Library::followed_until`].
///
/// # Errors
/// [`doorward_core::Code::StoreUnavailable`].
pub async fn follow(core: &Core, library: &Library, since: Timestamp) -> Result<Timestamp, Error> {
    let (gone, next) = core.accounts_deleted_since(since).await?;
    for user in &gone {
        library.forget_user(*user).await?;
    }
    if !gone.is_empty() {
        library.set_followed_until(next).await?;
    }
    Ok(next)
}

/// Follows for ever, where documents are kept.
pub(crate) async fn keep_following(core: Arc<Core>, library: Option<Arc<Library>>) {
    let Some(library) = library else { return };
    let mut look = tokio::time::interval(LOOK_EVERY);
    let mut since = None;
    loop {
        look.tick().await;
        let done = async {
            let from = match since {
                Some(since) => since,
                None => library.followed_until().await?,
            };
            follow(&core, &library, from).await
        };
        match done.await {
            Ok(next) => since = Some(next),
            Err(error) => {
                tracing::warn!(%error, "Could not look for deleted accounts; their documents go later");
            }
        }
    }
}
