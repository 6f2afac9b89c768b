//! nginx before several servers, told by the test which of them to send requests to.
//!
//! It asks no other server when one fails: what a server does wrong is seen by the caller.

use std::fmt::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::processes::{children, signal};

/// The longest it may take to start or to change its mind.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running proxy. Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    folder: TempDir,
    address: SocketAddr,
    child: Option<Child>,
}

impl Proxy {
    /// Takes an address; nothing listens there until it is told whom to send requests to.
    pub fn prepare() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        Self { folder, address: free.expect("a free port"), child: None }
    }

    /// Its address, for callers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does from now on what `inside`, the inner part of `http { }`, says; returns when nothing is left that knows of something else.
    ///
    /// # Panics
    /// When nginx is not there, which `./dev test` installs.
    pub fn serve(&mut self, inside: &str) {
        self.obey(&Self::whole(inside));
    }

    /// Sends requests to `servers` alone from now on; returns when none is on its way to any other.
    ///
    /// # Panics
    /// When nginx is not there, which `./dev test` installs.
    pub fn send_to(&mut self, servers: &[SocketAddr]) {
        self.obey(&self.settings(servers));
    }

    fn obey(&mut self, settings: &str) {
        std::fs::write(self.folder.path().join("nginx.conf"), settings).expect("a file");
        let began = Instant::now();
        let Some(child) = &self.child else {
            self.child = Some(self.spawn());
            while TcpStream::connect(self.address).is_err() {
                assert!(began.elapsed() < PATIENCE, "nginx does not listen");
                std::thread::yield_now();
            }
            return;
        };
        let old = children(child.id());
        signal(child.id(), Signal::HUP);
        while children(child.id()).iter().any(|worker| old.contains(worker)) {
            assert!(began.elapsed() < PATIENCE, "nginx does not read its settings again");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn spawn(&self) -> Child {
        // Debian keeps it where only administrators look.
        let program = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists());
        Command::new(program.unwrap_or("nginx"))
            .args(["-e", "error.log", "-c", "nginx.conf", "-g", "daemon off;", "-p"])
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx starts: ./dev test installs it")
    }

    fn settings(&self, servers: &[SocketAddr]) -> String {
        let mut upstream = String::new();
        for server in servers {
            let _ = write!(upstream, "server {server} max_fails=0; ");
        }
        let address = self.address;
        Self::whole(&format!(
            "upstream nodes {{ {upstream} keepalive 16; }}
              server {{
                listen {address};
                location / {{
                  proxy_pass http://nodes;
                  proxy_http_version 1.1;
                  proxy_set_header Connection \"\";
                  proxy_set_header X-Forwarded-For $remote_addr;
                  proxy_next_upstream off;
                }}
              }}"
        ))
    }

    fn whole(inside: &str) -> String {
        let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
        format!(
            "{user} worker_processes 1; pid nginx.pid; events {{ worker_connections 512; }}
            http {{
              access_log off;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              {inside}
            }}"
        )
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Asked, it takes its workers along.
            signal(child.id(), Signal::TERM);
            let _ = child.wait();
        }
    }
}
