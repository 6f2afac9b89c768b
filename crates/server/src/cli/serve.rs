//! `doorward serve`: runs the server until it is told to stop.

use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use doorward_core::account::FirstAdmin;
use doorward_core::port::{AuthProvider, SystemEntropy};
use doorward_core::{Core, Ttl};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::exit::{Exit, Failure};
use super::node::{Node, open_library};
use super::{Context, keep_up};
use crate::app::{AppState, Application};
use crate::config::{Config, Transport};
use crate::documents;
use crate::grpc::Door;
use crate::http::edge::Edge;
use crate::listen;
use crate::mail::Office;
use crate::outside::logout::Herald;
use crate::outside::tell::{self, Listener};
use crate::telemetry::figures::{self, Watched};
use crate::telemetry::logs;
use crate::tls::Tls;

/// How long tasks that are under way at the end may take.
const LAST_MOMENT: Duration = Duration::from_secs(1);

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    run_with(context.config()?, Vec::new())
}

/// Runs a server that knows `providers` beside its own.
pub(crate) fn run_with(config: Config, providers: Vec<Arc<dyn AuthProvider>>) -> Result<(), Failure> {
    // The allocator asks for huge pages, of which a small heap fills little: 19 MiB in memory where 6 are in use.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.listen.workers)
        .enable_all()
        .build()
        .map_err(|fault| Failure::new(Exit::Refused, format!("cannot start: {fault}")))?;
    let served = runtime.block_on(serve(config, providers));
    // Ends the tasks that keep the database open, so that it is closed in order.
    runtime.shutdown_timeout(LAST_MOMENT);
    served
}

async fn serve(mut config: Config, providers: Vec<Arc<dyn AuthProvider>>) -> Result<(), Failure> {
    // One provider, chosen aloud: a second one in the build would otherwise be a panic at the first handshake.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let unusable = |fault: anyhow::Error| Failure::new(Exit::Configuration, format!("{fault:#}"));
    let telemetry = logs::start(&config).map_err(unusable)?;
    let figures = config.metrics.map(|_| figures::install()).transpose()?;
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let listener = bind(&mut config).await?;
    let tls = config.listen.tls.as_ref().map(|(cert, key)| Tls::load(cert, key)).transpose();
    let tls = tls.map_err(unusable)?;
    let figures = match (figures, config.metrics) {
        (Some(handle), Some(address)) => {
            let listener = take(address, "metrics.bind").await?;
            config.metrics = listener.local_addr().ok();
            Some((listener, handle))
        }
        _ => None,
    };
    let door = grpc_door(&mut config).await?;
    let (listeners, herald) = told(&config)?;
    let stop_signals = StopSignals::listen()?;
    let hangup = listen_for(SignalKind::hangup())?;
    let (composer, courier) = Office::equip(&config)?;
    let node = Node::open_with(&config, providers).await?;
    let library = open_library(&config, node.clock.clone(), &node.core).await?.map(Arc::new);
    let office = Office::new(node.core.clone(), composer, courier);
    node.core.tell_dropped_scopes().await?;
    // From here to the greeting nothing may fail: a password that was made now is shown there, and never again.
    let admin = first_admin(&node.core, &config).await?;
    if let Some((listener, handle)) = figures {
        tokio::spawn(figures::serve(listener, handle, watched(&node)));
    }
    tokio::spawn(follow_files(hangup, tls.clone()));
    keep_up::start(&node);
    tokio::spawn(tell::keep_telling(node.core.clone(), listeners));
    tokio::spawn(herald.run(node.core.clone()));
    tokio::spawn(office.run());
    tokio::spawn(documents::keep_following(node.core.clone(), library.clone()));
    let state = AppState::with_documents(node.core.clone(), config.http.clone(), library);
    let app = Application::new(state.clone()).map_err(anyhow::Error::from)?;
    let edge = Edge::new(app, &config.http, &SystemEntropy).leaving_with(&state);
    greet(&config, &admin);
    notify(config.notify_socket.as_deref(), "READY=1");
    let (stopping, stopped) = watch::channel(false);
    let grpc = door.map(|door| tokio::spawn(door.serve(state.clone(), stopped)));
    let stop = async {
        leave(stop_signals, &state, &config).await;
        stopping.send_replace(true);
    };
    listen::serve(listener, edge, &config.listen, tls, stop).await;
    if let Some(grpc) = grpc {
        let _ = tokio::time::timeout(config.listen.drain.into(), grpc).await;
    }
    if let Err(error) = node.core.tidy().await {
        tracing::warn!(%error, "Could not write the last signs of life");
    }
    telemetry.finish();
    Ok(())
}

/// What figures are taken from.
fn watched(node: &Node) -> Watched {
    Watched { core: node.core.clone(), pool: node.pool.clone(), cache: node.cache.clone() }
}

/// Where gRPC comes in, if it does.
async fn grpc_door(config: &mut Config) -> Result<Option<Door>, Failure> {
    let Some(grpc) = &mut config.grpc else { return Ok(None) };
    let listener = take(grpc.listen, "grpc.listen").await?;
    grpc.listen = listener.local_addr().map_err(anyhow::Error::from)?;
    let door = Door::new(listener, grpc.clone());
    let door = door.map_err(|fault| Failure::new(Exit::Configuration, format!("grpc: {fault:#}")))?;
    if let Some(tls) = door.tls() {
        tokio::spawn(tls.follow(listen_for(SignalKind::hangup())?));
    }
    Ok(Some(door))
}

/// Listeners, who are told what has happened, and who tells applications what has ended.
fn told(config: &Config) -> Result<(Vec<Listener>, Herald), Failure> {
    let unusable = |fault| Failure::new(Exit::Configuration, fault);
    let listeners = config.outside.hooks.as_ref().map(Listener::all).transpose().map_err(unusable)?;
    let herald = Herald::new(&config.outside.logouts).map_err(unusable)?;
    Ok((listeners.unwrap_or_default(), herald))
}

/// Takes the address; with port 0, whichever is free, which then stands in the addresses the server tells.
async fn bind(config: &mut Config) -> Result<TcpListener, Failure> {
    let wanted = config.listen.bind;
    let listener = take(wanted, "server.bind").await?;
    let taken = listener.local_addr().map_err(anyhow::Error::from)?;
    if wanted.port() == 0 {
        let names_itself = config.rules.issuer == config.http.public_url;
        config.http.public_url = config.http.public_url.replace(&wanted.to_string(), &taken.to_string());
        if names_itself {
            config.rules.issuer.clone_from(&config.http.public_url);
        }
        config.listen.bind = taken;
    }
    Ok(listener)
}

async fn take(address: SocketAddr, key: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|fault| {
        let text = format!("{key}: cannot listen on {address}: {fault}; stop what uses it or choose another");
        Failure::new(Exit::Address, text)
    })
}

/// The first administrator; what the rules refuse was said in the configuration.
async fn first_admin(core: &Core, config: &Config) -> Result<FirstAdmin, Failure> {
    let made = core.ensure_first_admin(&config.admin_email, config.admin_password.clone()).await;
    made.map_err(|error| match error.field() {
        Some(field @ ("email" | "password")) => {
            Failure::new(Exit::Configuration, format!("auth.default_admin_{field}: {}", error.detail()))
        }
        _ => error.into(),
    })
}

/// What a person who starts the server wants to know, and an empty line.
fn greet(config: &Config, admin: &FirstAdmin) {
    let scheme = if config.listen.tls.is_some() { "https" } else { "http" };
    let mut lines = vec![
        format!("Doorward listens on {scheme}://{}", config.listen.bind),
        format!("  try it    {}/docs/", config.http.public_url),
    ];
    if let Transport::Folder(path) = &config.mail.transport {
        lines.push(format!("  mail      is put into {}, nobody is sent any", path.display()));
    }
    lines.extend(config.metrics.map(|address| format!("  figures   http://{address}/metrics")));
    lines.extend(config.grpc.as_ref().map(|grpc| format!("  grpc      {}", grpc.listen)));
    let email = &config.admin_email;
    match admin {
        FirstAdmin::Existing => {}
        FirstAdmin::Created(None) => {
            lines.push(format!("  admin     {email}, with the password you chose"));
        }
        FirstAdmin::Created(Some(password)) => {
            lines.push(format!("  admin     {email}"));
            lines.push(format!("  password  {}   (shown this once)", password.expose()));
        }
    }
    println!("{}\n", lines.join("\n"));
}

/// The signals that end the server.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens from this call on: a signal that comes before would end the server without a drain.
    fn listen() -> Result<Self, Failure> {
        Ok(Self {
            terminate: listen_for(SignalKind::terminate())?,
            interrupt: listen_for(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Done when no more connections are to be taken: once asked to stop, and after the time that others need to look elsewhere.
async fn leave(mut asked: StopSignals, state: &AppState, config: &Config) {
    asked.next().await;
    state.is_draining.store(true, Ordering::Release);
    notify(config.notify_socket.as_deref(), "STOPPING=1");
    if config.listen.leave > Ttl::ZERO {
        tracing::info!("Asked to stop: not ready any more, and taking requests a while longer");
        tokio::select! {
            () = tokio::time::sleep(config.listen.leave.into()) => {}
            () = asked.next() => {}
        }
    }
    tracing::info!("Stopping: finishing the requests that are under way");
}

fn listen_for(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|fault| Failure::new(Exit::Refused, format!("cannot listen for signals: {fault}")))
}

/// Reads the certificate again when asked or when it has changed. Asked without one, says so: SIGHUP would otherwise end the
/// process.
async fn follow_files(mut hangup: Signal, tls: Option<Tls>) {
    if let Some(tls) = tls {
        return tls.follow(hangup).await;
    }
    while hangup.recv().await.is_some() {
        tracing::info!("There is no certificate to read again; other settings are read at the start");
    }
}

/// Tells the service manager how things stand (sd_notify).
fn notify(socket: Option<&Path>, news: &str) {
    let sent =
        socket.map(|path| UnixDatagram::unbound().and_then(|from| from.send_to(news.as_bytes(), path)));
    if let Some(Err(fault)) = sent {
        tracing::debug!(%fault, "Could not tell the service manager");
    }
}
