//! Where the server is, and how a line to it is made: one server, the one that sentinels name, or a cluster.
//!
//! Does not keep lines: see [`super::cache`].
//!
//! Invariant: a line leads to a server that takes writes, as far as can be seen when it is made. No text in an error repeats the
//! address: it may hold a password.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection, PubSub};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, IntoConnectionInfo, Pipeline,
    RedisConnectionInfo, RedisError, RedisFuture, TlsCertificates, Value,
};

use super::cache::{CacheError, CacheOptions};

/// How long one server may take to be connected to, and to say what it is.
const STEP: Duration = Duration::from_secs(1);
const SENTINEL_PORT: u16 = 26_379;

/// Where the server is.
#[derive(Debug)]
pub(super) enum Place {
    /// At one address.
    One(Client),
    /// Where sentinels say that it is now.
    Sentinels(Sentinels),
    /// On many servers, each with a part of the keys; the clients lead to those that are asked first.
    Cluster(Box<ClusterClient>, Vec<Client>),
}

/// Those who know which server is the primary.
#[derive(Debug)]
pub(super) struct Sentinels {
    /// Where they are, with the primary's name and password: only one that asks for a password is told it.
    addresses: Vec<ConnectionInfo>,
    /// What they call the primary.
    service: String,
    /// How one speaks with the primary.
    settings: RedisConnectionInfo,
    /// `redis` or `rediss`.
    scheme: String,
    authority: Option<Vec<u8>>,
}

/// A line to the server that any number of askers use at once.
#[derive(Clone)]
pub(super) enum Line {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Place {
    /// Reads the address.
    pub(super) fn parse(options: &CacheOptions) -> Result<Self, CacheError> {
        let url = options.url.expose();
        let (scheme, rest) = url.split_once("://").ok_or_else(|| CacheError::new("this is no address"))?;
        let authority = options.authority.as_deref();
        match scheme.split_once('-') {
            Some((scheme, "sentinel")) => Sentinels::parse(scheme, rest, options).map(Self::Sentinels),
            Some((scheme, "cluster")) => {
                let seeds = Many::parse(rest).addresses(scheme, 6_379, "")?;
                let clients = seeds.iter().map(|seed| client(seed.clone(), authority)).collect();
                Ok(Self::Cluster(
                    Box::new(cluster(seeds, authority)?),
                    Result::<_, CacheError>::from_iter::<Vec<_>>(clients)?,
                ))
            }
            _ => {
                let info = in_database(address(url)?, options.database);
                client(info, authority).map(Self::One)
            }
        }
    }

    /// What kind of place it is, in one word.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::One(_) => "single",
            Self::Sentinels(_) => "sentinel",
            Self::Cluster(..) => "cluster",
        }
    }

    /// A line to whoever takes writes now. Takes as long as it takes.
    pub(super) async fn dial(&self) -> Result<Line, RedisError> {
        let mut line = match self {
            Self::One(client) => Line::Server(connect(client).await?),
            Self::Sentinels(sentinels) => Line::Server(sentinels.primary().await?.1),
            Self::Cluster(cluster, _) => Line::Cluster(cluster.get_async_connection().await?),
        };
        // In a cluster, each primary is asked.
        redis::cmd("PING").query_async::<()>(&mut line).await?;
        Ok(line)
    }

    /// A line on which messages come.
    pub(super) async fn listen(&self) -> Result<PubSub, RedisError> {
        match self {
            Self::One(client) => client.get_async_pubsub().await,
            Self::Sentinels(sentinels) => sentinels.primary().await?.0.get_async_pubsub().await,
            // Whichever it is: a cluster carries messages everywhere.
            Self::Cluster(_, clients) => {
                let mut last = nobody();
                for client in clients {
                    match within_step(client.get_async_pubsub()).await {
                        Ok(line) => return Ok(line),
                        Err(fault) => last = fault,
                    }
                }
                Err(last)
            }
        }
    }
}

impl Sentinels {
    fn parse(scheme: &str, rest: &str, options: &CacheOptions) -> Result<Self, CacheError> {
        let many = Many::parse(rest);
        let (service, database) = many.path.split_once('/').unwrap_or((many.path, ""));
        if service.is_empty() {
            return Err(CacheError::new("no service is named, as in redis-sentinel://host:26379/service"));
        }
        let addresses = many.addresses(scheme, SENTINEL_PORT, "")?;
        let with_database = many.addresses(scheme, SENTINEL_PORT, database)?.remove(0);
        let settings = in_database(with_database, options.database).redis_settings().clone();
        Ok(Self {
            addresses,
            service: service.to_owned(),
            settings,
            scheme: scheme.to_owned(),
            authority: options.authority.clone(),
        })
    }

    /// The primary, by the first sentinel whose word holds: it names one, and that one says so itself.
    async fn primary(&self) -> Result<(Client, MultiplexedConnection), RedisError> {
        let mut last = nobody();
        for sentinel in &self.addresses {
            match self.primary_by(sentinel).await {
                Ok(primary) => return Ok(primary),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    async fn primary_by(
        &self,
        sentinel: &ConnectionInfo,
    ) -> Result<(Client, MultiplexedConnection), RedisError> {
        let nameless = sentinel.clone().set_redis_settings(RedisConnectionInfo::default());
        let (host, port) = match self.ask(nameless).await {
            Err(fault) if asks_for_a_password(&fault) => self.ask(sentinel.clone()).await,
            other => other,
        }?;
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let address = format!("{}://{host}:{port}", self.scheme).into_connection_info()?;
        let client = trusting(address.set_redis_settings(self.settings.clone()), self.authority.as_deref())?;
        let mut line = connect(&client).await?;
        let role = within_step(redis::cmd("ROLE").query_async::<Vec<Value>>(&mut line)).await?;
        match role.first() {
            Some(Value::BulkString(role)) if role == b"master" => Ok((client, line)),
            _ => Err(RedisError::from((ErrorKind::Io, "the primary that a sentinel names is none"))),
        }
    }

    /// Where the sentinel at `address` says that the primary is.
    async fn ask(&self, address: ConnectionInfo) -> Result<(String, u16), RedisError> {
        let client = trusting(address, self.authority.as_deref())?;
        let mut line = connect(&client).await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("get-master-addr-by-name").arg(&self.service);
        let answer = within_step(question.query_async::<Option<(String, u16)>>(&mut line)).await?;
        answer.ok_or_else(|| RedisError::from((ErrorKind::Io, "a sentinel does not know the service")))
    }
}

/// An address that names many hosts.
struct Many<'a> {
    user: &'a str,
    hosts: Vec<&'a str>,
    path: &'a str,
}

impl<'a> Many<'a> {
    fn parse(rest: &'a str) -> Self {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(user, hosts)| (user, hosts));
        Self { user, hosts: hosts.split(',').collect(), path }
    }

    /// One address for each host.
    fn addresses(&self, scheme: &str, port: u16, path: &str) -> Result<Vec<ConnectionInfo>, CacheError> {
        let one = |host: &&str| {
            let at = if self.user.is_empty() { "" } else { "@" };
            let has_port = host.rsplit_once(']').map_or(*host, |(_, port)| port).contains(':');
            let port = if has_port { String::new() } else { format!(":{port}") };
            address(&format!("{scheme}://{}{at}{host}{port}/{path}", self.user))
        };
        self.hosts.iter().map(one).collect()
    }
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(line) => line.req_packed_command(command),
            Self::Cluster(line) => line.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(line) => line.req_packed_commands(pipeline, offset, count),
            Self::Cluster(line) => line.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(line) => line.get_db(),
            Self::Cluster(line) => line.get_db(),
        }
    }
}

/// `work`, if it is done in time.
pub(super) async fn within_step<T>(
    work: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, RedisError> {
    let late = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    tokio::time::timeout(STEP, work).await.map_err(late)?
}

async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    // Each asker has a time of its own.
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(STEP)).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await
}

fn cluster(seeds: Vec<ConnectionInfo>, authority: Option<&[u8]>) -> Result<ClusterClient, CacheError> {
    let builder = ClusterClient::builder(seeds).connection_timeout(STEP).retries(3);
    let builder = match authority {
        Some(pem) => builder.certs(certificates(pem)),
        None => builder,
    };
    builder.build().map_err(|fault| unusable(&fault))
}

fn client(info: ConnectionInfo, authority: Option<&[u8]>) -> Result<Client, CacheError> {
    trusting(info, authority).map_err(|fault| unusable(&fault))
}

/// A client that trusts the system's authorities, or `authority` in their place.
fn trusting(info: ConnectionInfo, authority: Option<&[u8]>) -> Result<Client, RedisError> {
    match authority {
        Some(pem) => Client::build_with_tls(info, certificates(pem)),
        None => Client::open(info),
    }
}

fn certificates(pem: &[u8]) -> TlsCertificates {
    TlsCertificates { client_tls: None, root_cert: Some(pem.to_vec()) }
}

fn address(url: &str) -> Result<ConnectionInfo, CacheError> {
    url.into_connection_info().map_err(|fault| unusable(&fault))
}

/// `info` with the database that goes before the one in it.
fn in_database(info: ConnectionInfo, database: Option<i64>) -> ConnectionInfo {
    match database {
        Some(database) => {
            let settings = info.redis_settings().clone().set_db(database);
            info.set_redis_settings(settings)
        }
        None => info,
    }
}

fn asks_for_a_password(fault: &RedisError) -> bool {
    fault.code() == Some("NOAUTH") || fault.kind() == ErrorKind::AuthenticationFailed
}

fn nobody() -> RedisError {
    RedisError::from((ErrorKind::Io, "there is nobody to ask"))
}

/// The kind of fault alone: its words may repeat the address and the password in it.
fn unusable(fault: &RedisError) -> CacheError {
    CacheError::new(format!("this address cannot be used ({:?})", fault.kind()))
}
