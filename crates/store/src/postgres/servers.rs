//! Which of the servers in an address is spoken to: a primary and those that may take its place.
//!
//! Each is given its own time. Without that, one that takes connections and says nothing would keep all from those behind it.

use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long all servers together may take to let somebody in.
pub(super) const ALL: Duration = Duration::from_secs(3);

type Connected = (Client, JoinHandle<()>);

/// The servers of one address.
#[derive(Clone)]
pub(super) struct Servers {
    each: Arc<[Config]>,
    /// The one that let somebody in last.
    last: Arc<AtomicUsize>,
    tls: Option<MakeRustlsConnect>,
}

impl fmt::Debug for Servers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What else there is knows a password or has nothing to show.
        out.debug_struct("Servers").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Servers {
    /// The servers in `config`, spoken to by `tls`, or without.
    pub(super) fn new(config: &Config, tls: Option<MakeRustlsConnect>) -> Self {
        let count = config.get_hosts().len().max(config.get_hostaddrs().len());
        let each = (0..count).map(|at| alone(config, at)).collect();
        Self { each, last: Arc::default(), tls }
    }

    /// The first of them that lets somebody in, beginning with the one that did last time.
    ///
    /// One that others have left meanwhile is not gone back to: it may have been replaced while it hung, and not know it.
    pub(super) async fn enter_one(&self) -> Result<Connected, Error> {
        loop {
            let first = self.last.load(Ordering::Acquire);
            let (at, connected) = self.enter_from(first).await?;
            match self.last.compare_exchange(first, at, Ordering::AcqRel, Ordering::Acquire) {
                Err(others) if others != at => {}
                _ => return Ok(connected),
            }
        }
    }

    async fn enter_from(&self, first: usize) -> Result<(usize, Connected), Error> {
        let count = self.each.len();
        let patience = ALL / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let mut refused = None;
        for at in (0..count).map(|step| (first + step) % count) {
            match timeout(patience, enter(&self.each[at], self.tls.clone())).await {
                Ok(Ok(connected)) => return Ok((at, connected)),
                Ok(Err(fault)) => refused = Some(fault),
                Err(_elapsed) => {}
            }
        }
        match refused {
            Some(fault) => Err(fault),
            // Nobody has said anything: whoever wants the connection has a limit of their own, a moment later.
            None => pending().await,
        }
    }
}

impl Connect for Servers {
    fn connect(&self, _all: &Config) -> Pin<Box<dyn Future<Output = Result<Connected, Error>> + Send + '_>> {
        Box::pin(self.enter_one())
    }
}

async fn enter(server: &Config, tls: Option<MakeRustlsConnect>) -> Result<Connected, Error> {
    match tls {
        Some(tls) => speak(server, tls).await,
        None => speak(server, NoTls).await,
    }
}

async fn speak<T>(server: &Config, tls: T) -> Result<Connected, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = server.connect(tls).await?;
    let task = tokio::spawn(async move {
        if let Err(fault) = connection.await {
            tracing::debug!(%fault, "A connection to the database broke");
        }
    });
    Ok((client, task))
}

/// What `all` says of its server `at`.
fn alone(all: &Config, at: usize) -> Config {
    let mut one = Config::new();
    match all.get_hosts().get(at) {
        Some(Host::Tcp(name)) => drop(one.host(name)),
        Some(Host::Unix(path)) => drop(one.host_path(path)),
        None => {}
    }
    if let Some(address) = all.get_hostaddrs().get(at) {
        one.hostaddr(*address);
    }
    if let Some(port) = all.get_ports().get(at).or_else(|| all.get_ports().first()) {
        one.port(*port);
    }
    all.get_user().map(|user| one.user(user));
    all.get_password().map(|password| one.password(password));
    all.get_dbname().map(|name| one.dbname(name));
    all.get_options().map(|options| one.options(options));
    all.get_application_name().map(|name| one.application_name(name));
    all.get_connect_timeout().map(|limit| one.connect_timeout(*limit));
    all.get_tcp_user_timeout().map(|limit| one.tcp_user_timeout(*limit));
    all.get_keepalives_interval().map(|interval| one.keepalives_interval(interval));
    all.get_keepalives_retries().map(|retries| one.keepalives_retries(retries));
    one.keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .channel_binding(all.get_channel_binding())
        .target_session_attrs(all.get_target_session_attrs())
        .load_balance_hosts(all.get_load_balance_hosts());
    one
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::*;

    /// Lets somebody in, as PostgreSQL does where no password is asked for, and holds the connection for as long as they do.
    async fn let_in(mut line: TcpStream) -> std::io::Result<()> {
        let length = usize::try_from(line.read_u32().await?).unwrap();
        let mut said = vec![0; length - 4];
        line.read_exact(&mut said).await?;
        line.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await?;
        line.read_to_end(&mut said).await.map(drop)
    }

    /// A server that lets everybody in, and how many those were.
    async fn open_server() -> (u16, Arc<AtomicUsize>) {
        let (server, count) =
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::new(AtomicUsize::new(0)));
        let (port, counted) = (server.local_addr().unwrap().port(), count.clone());
        tokio::spawn(async move {
            while let Ok((line, _)) = server.accept().await {
                counted.fetch_add(1, Ordering::AcqRel);
                tokio::spawn(let_in(line));
            }
        });
        (port, count)
    }

    fn two(first: u16, second: u16) -> Servers {
        let url = format!("postgres://ada@127.0.0.1:{first},127.0.0.1:{second}/data?sslmode=disable");
        Servers::new(&url.parse().unwrap(), None)
    }

    #[tokio::test]
    async fn a_server_that_others_have_left_is_not_gone_back_to() {
        let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, entered) = open_server().await;
        let servers = two(hung.local_addr().unwrap().port(), port);
        let (taken, is_taken) = oneshot::channel();
        let (wake, woken) = oneshot::channel();
        tokio::spawn(async move {
            // The first one waits, others find nobody.
            let (held, _) = hung.accept().await.unwrap();
            drop(hung);
            taken.send(()).unwrap();
            woken.await.unwrap();
            let_in(held).await
        });
        let waiting = servers.clone();
        let waiting = tokio::spawn(async move { waiting.enter_one().await.map(drop) });
        is_taken.await.unwrap();

        servers.enter_one().await.unwrap();
        assert_eq!(servers.last.load(Ordering::Acquire), 1);
        wake.send(()).unwrap();
        waiting.await.unwrap().unwrap();

        assert_eq!(servers.last.load(Ordering::Acquire), 1, "not the one that was left");
        assert_eq!(entered.load(Ordering::Acquire), 2, "whoever waited there is where the others are");
    }

    #[tokio::test]
    async fn the_one_that_let_somebody_in_is_asked_first_the_next_time() {
        let (nobody, (first, _), (second, entered)) =
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), open_server().await, open_server().await);
        let servers = two(nobody.local_addr().unwrap().port(), second);
        drop(nobody);

        servers.enter_one().await.unwrap();
        servers.enter_one().await.unwrap();

        assert_eq!((servers.last.load(Ordering::Acquire), entered.load(Ordering::Acquire)), (1, 2));
        let servers = two(first, second);
        servers.enter_one().await.unwrap();
        assert_eq!((servers.last.load(Ordering::Acquire), entered.load(Ordering::Acquire)), (0, 2));
    }

    #[test]
    fn each_server_keeps_what_was_said_of_all() {
        let url =
            "postgres://ada:secret@one:1,two:2/data?target_session_attrs=read-write&keepalives_retries=3";
        let all: Config = url.parse().unwrap();

        let servers = Servers::new(&all, None);

        let expected: [Config; 2] = ["one:1", "two:2"].map(|place| {
            let rest = "data?target_session_attrs=read-write&keepalives_retries=3";
            format!("postgres://ada:secret@{place}/{rest}").parse().unwrap()
        });
        assert_eq!(*servers.each, expected);
    }
}
