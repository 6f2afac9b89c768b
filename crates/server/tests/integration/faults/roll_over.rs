//! Nodes behind a proxy are replaced one after the other, and no caller notices.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use doorward_testkit::{PostgresServer, Proxy, RealServer, UNHINDERED, free_folder};
use reqwest::StatusCode;
use tempfile::TempDir;

use super::load::{Load, Talk, rest};
use super::{AT_MOST, BINARY, PATIENCE, rounds};

/// Two nodes of one address: that of the proxy before them.
struct Nodes {
    settings: String,
    master_key: String,
    folders: [TempDir; 2],
    running: Vec<RealServer>,
}

impl Nodes {
    fn start(postgres: &PostgresServer, proxy: &Proxy, shared: &TempDir) -> Self {
        let settings = format!(
            "{UNHINDERED}\n[database]\nurl = \"{}\"\n[server]\npublic_url = \"{}\"\n\
             trusted_proxies = [\"127.0.0.1/32\"]\nleave = \"5m\"\n",
            postgres.url(),
            proxy.url()
        );
        let master_key = shared.path().join("master.key").display().to_string();
        let folders = [free_folder(), free_folder()];
        let mut nodes = Self { settings, master_key, folders, running: Vec::new() };
        nodes.running = vec![nodes.begin(0), nodes.begin(1)];
        nodes
    }

    fn begin(&self, at: usize) -> RealServer {
        let variables = [("DOORWARD__CRYPTO__MASTER_KEY_FILE", &*self.master_key)];
        RealServer::start_with(BINARY, self.folders[at].path(), &self.settings, &variables)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.running.iter().map(|node| node.address).collect()
    }
}

/// Waits until `node` says that it is about to leave, and sees that it lets go of connections without breaking them.
async fn until_it_leaves(node: &RealServer) {
    let began = Instant::now();
    loop {
        let answer = reqwest::get(node.url("/readyz")).await.expect("it still takes requests");
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer.headers()["connection"], "close");
            return;
        }
        assert!(began.elapsed() < PATIENCE, "it does not say that it leaves");
        rest().await;
    }
}

// On threads: whoever waits for the proxy to let go of its old worker must not hold up the clients which that one waits for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_one_node_after_the_other_is_replaced() {
    let (postgres, shared, mut proxy) = (PostgresServer::start(&[]), free_folder(), Proxy::prepare());
    let mut nodes = Nodes::start(&postgres, &proxy, &shared);
    proxy.send_to(&nodes.addresses());
    let talk = Talk::anew(proxy.url());
    let (known, load) = (talk.token().await, Load::start(&talk, 8));
    let mut slowest = Duration::ZERO;

    for round in 0..rounds() {
        talk.more(30).await;
        let leaving = nodes.running.remove(0);
        leaving.ask_to_stop();
        until_it_leaves(&leaving).await;
        proxy.send_to(&nodes.addresses());
        // Asked again, it does not wait any longer.
        let began = Instant::now();
        assert!(leaving.stop().success());
        slowest = slowest.max(began.elapsed());
        nodes.running.push(nodes.begin(round % 2));
        proxy.send_to(&nodes.addresses());
        assert_eq!(talk.verdict(&known).await, Some(200));
    }

    talk.more(30).await;
    let facts = load.check(&talk).await;
    println!(
        "rolling restart: {} nodes replaced, {} requests, {} failed, {facts} acknowledged writes kept; slowest drain {slowest:?}",
        rounds(),
        talk.done(),
        talk.refused()
    );
    assert_eq!(talk.refused(), 0, "not even a refusal for now");
    assert!(slowest < AT_MOST);
}
