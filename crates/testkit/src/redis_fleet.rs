//! Many Redis servers that are as one: a primary with a replica and three sentinels, and a cluster of three.
//!
//! Does not start single servers: see [`super::redis_server`].

use crate::RedisServer;
use crate::redis_server::{Seal, free_port};

/// What sentinels call the primary.
const SERVICE: &str = "doors";
/// The slots of a cluster.
const SLOTS: u16 = 16_384;

/// A primary, its replica, and three sentinels who make the replica the primary when the other is gone.
#[derive(Debug)]
pub struct RedisSentinels {
    /// The primary of the beginning.
    pub primary: RedisServer,
    /// Its replica.
    pub replica: RedisServer,
    sentinels: Vec<RedisServer>,
    seal: Option<Seal>,
}

impl RedisSentinels {
    /// Starts them, and waits until the sentinels would agree.
    ///
    /// # Panics
    /// When they do not find each other.
    pub fn start() -> Self {
        Self::start_with("", "", None)
    }

    /// As [`RedisSentinels::start`]; all of them speak TLS and nothing else. Returns the PEM of the authority that clients have to
    /// trust, too.
    ///
    /// # Panics
    /// As [`RedisSentinels::start`].
    pub fn start_with_tls() -> (Self, String) {
        let seal = Seal::new();
        let authority = seal.authority.clone();
        (Self::start_with("", "", Some(seal)), authority)
    }

    /// As [`RedisSentinels::start`]; all of them ask for a password.
    ///
    /// # Panics
    /// As [`RedisSentinels::start`].
    pub fn start_with_password(password: &str) -> Self {
        let asked = format!("requirepass {password}\n");
        let known = format!("sentinel auth-pass {SERVICE} {password}\nsentinel sentinel-pass {password}\n");
        Self::start_with(&format!("{asked}masterauth {password}\n"), &format!("{asked}{known}"), None)
    }

    fn start_with(of_servers: &str, of_sentinels: &str, seal: Option<Seal>) -> Self {
        let listen = |port| match &seal {
            Some(seal) => seal.settings(port),
            None => format!("port {port}\n"),
        };
        let primary = RedisServer::start_with(|port| {
            format!("{}repl-diskless-sync-delay 0\n{of_servers}", listen(port))
        });
        let of = primary.port();
        let replica =
            RedisServer::start_with(|port| format!("{}replicaof 127.0.0.1 {of}\n{of_servers}", listen(port)));
        primary.await_answer("INFO replication", "state=online");
        let settings = |port| {
            format!(
                "{}sentinel monitor {SERVICE} 127.0.0.1 {of} 2\nsentinel down-after-milliseconds {SERVICE} 1000\n\
                 sentinel failover-timeout {SERVICE} 3000\n{of_sentinels}",
                listen(port)
            )
        };
        let sentinels: Vec<_> = (0..3).map(|_| RedisServer::start_with(settings)).collect();
        for sentinel in &sentinels {
            sentinel.await_answer(&format!("SENTINEL MASTER {SERVICE}"), "num-slaves\r\n$1\r\n1");
            sentinel.await_answer(&format!("SENTINEL MASTER {SERVICE}"), "num-other-sentinels\r\n$1\r\n2");
        }
        Self { primary, replica, sentinels, seal }
    }

    /// The address by which clients find the primary.
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(RedisServer::address).collect();
        let scheme = if self.seal.is_some() { "rediss-sentinel" } else { "redis-sentinel" };
        format!("{scheme}://{}/{SERVICE}", hosts.join(","))
    }

    /// Kills the primary while its replica has not what was written of late, and waits until that is the primary. `meanwhile` is
    /// done after the replica has heard its last.
    ///
    /// # Panics
    /// When the sentinels do nothing.
    pub async fn fail_over(&mut self, meanwhile: impl AsyncFnOnce()) {
        self.replica.hang();
        meanwhile().await;
        self.primary.crash();
        self.replica.go_on();
        self.replica.await_answer("ROLE", "master");
    }
}

/// Three servers, each with a third of the keys.
#[derive(Debug)]
pub struct RedisCluster {
    /// They.
    pub servers: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts them, and waits until they are one.
    ///
    /// # Panics
    /// When they do not find each other.
    pub fn start() -> Self {
        let settings = |port| {
            let bus = free_port();
            format!(
                "port {port}\ncluster-enabled yes\ncluster-config-file nodes.conf\ncluster-node-timeout 2000\ncluster-port {bus}\n"
            )
        };
        let servers: Vec<_> = (0_u16..3).map(|_| RedisServer::start_with(settings)).collect();
        let bus = |server: &RedisServer| {
            let said = server.command("CONFIG GET cluster-port");
            said.lines().rfind(|line| line.parse::<u16>().is_ok()).expect("a port").to_owned()
        };
        for (server, number) in servers.iter().zip(0_u16..) {
            let (from, to) =
                (SLOTS / 3 * number, if number == 2 { SLOTS } else { SLOTS / 3 * (number + 1) } - 1);
            server.command(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
            server.command(&format!("CLUSTER ADDSLOTSRANGE {from} {to}"));
            let first = &servers[0];
            server.command(&format!("CLUSTER MEET 127.0.0.1 {} {}", first.port(), bus(first)));
        }
        for server in &servers {
            server.await_answer("CLUSTER INFO", "cluster_state:ok");
            server.await_answer("CLUSTER INFO", "cluster_known_nodes:3");
        }
        Self { servers }
    }

    /// The address of two of them: the third one is found.
    pub fn url(&self) -> String {
        format!("redis-cluster://{},{}", self.servers[0].address(), self.servers[1].address())
    }
}
