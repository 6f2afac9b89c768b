//! The rules joined to this machine: database, master key, hashing threads, clock.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::password::HashPool;
use doorward_core::port::{SystemClock, SystemEntropy};
use doorward_core::token::MasterKey;
use doorward_core::{Core, Ports};
use doorward_jose::SigningKey;
use doorward_store::{MemoryLimiter, Sqlite, SqliteOptions};

use super::exit::{Exit, Failure};
use crate::config::Config;

/// The rules at work on this machine.
pub(super) struct Node {
    pub(super) core: Arc<Core>,
    pub(super) pool: Arc<HashPool>,
}

impl Node {
    /// Opens everything; makes what is missing at the first start.
    pub(super) async fn open(config: &Config) -> Result<Self, Failure> {
        let store = open_database(config)?;
        let master = master_key(&config.master_key_file)
            .map_err(|fault| Failure::new(Exit::Configuration, format!("{fault:#}")))?;
        let entropy = Arc::new(SystemEntropy);
        let pool = HashPool::start(config.hash, entropy.clone())
            .map_err(|fault| Failure::new(Exit::Configuration, format!("crypto: {fault}")))?;
        let pool = Arc::new(pool);
        let ports = Ports {
            store: Arc::new(store),
            hasher: pool.clone(),
            limiter: Arc::new(MemoryLimiter::default()),
            clock: Arc::new(SystemClock),
            entropy,
        };
        let fixed = config
            .signing_secret
            .as_ref()
            .map(|secret| SigningKey::from_secret(secret.expose().as_bytes()))
            .transpose()
            .map_err(|fault| Failure::new(Exit::Configuration, format!("crypto.secret_key: {fault}")))?;
        let core = Core::open(ports, config.rules.clone(), &master, fixed).await?;
        Ok(Self { core: Arc::new(core), pool })
    }
}

/// The database, made and brought up to date if need be.
pub(super) fn open_database(config: &Config) -> Result<Sqlite, Failure> {
    let path = &config.database;
    make_folder(path).map_err(|fault| Failure::new(Exit::Database, format!("{fault:#}")))?;
    Ok(Sqlite::open(path, SqliteOptions { readers: config.readers })?)
}

/// The folder of `file`, made for its owner alone when it is missing.
fn make_folder(file: &Path) -> anyhow::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display())),
        _ => Ok(()),
    }
}

/// The master key in `path`; a new one is made when there is no such file.
fn master_key(path: &Path) -> anyhow::Result<MasterKey> {
    make_folder(path)?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(file) => write_key(file, path),
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => read_key(path),
        Err(fault) => {
            Err(fault).with_context(|| format!("crypto.master_key_file: cannot make {}", path.display()))
        }
    }
}

fn write_key(mut file: File, path: &Path) -> anyhow::Result<MasterKey> {
    let master = MasterKey::generate(&SystemEntropy);
    let text = format!("{}\n", URL_SAFE_NO_PAD.encode(master.expose()));
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("crypto.master_key_file: cannot write {}", path.display()))?;
    // The name itself has to survive a power cut too.
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(master)
}

fn read_key(path: &Path) -> anyhow::Result<MasterKey> {
    let name = path.display();
    let rights = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.permissions().mode();
    if rights & 0o077 != 0 {
        bail!("crypto.master_key_file: {name} can be read by others; run `chmod 600 {name}`");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    match bytes {
        Some(bytes) => Ok(MasterKey::from_bytes(bytes)),
        None => bail!("crypto.master_key_file: {name} is no master key; restore it from your backup"),
    }
}

/// Runs `work` to its end on a small runtime: for commands that are over in a moment.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| Failure::new(Exit::Refused, format!("cannot start: {fault}")))?;
    runtime.block_on(work)
}
