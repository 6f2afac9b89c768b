//! `doorward healthcheck`: asks the server on this machine whether it is well.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Context;
use super::exit::{Exit, Failure};
use crate::tls;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let address = here(config.listen.bind);
    match ask(address, config.listen.tls.is_some()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(Exit::Address, format!("the server on {address} is not well"))),
        Err(fault) => {
            Err(Failure::new(Exit::Address, format!("the server on {address} does not answer: {fault}")))
        }
    }
}

/// The address at which this machine reaches what it has bound.
fn here(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

fn ask(address: SocketAddr, speaks_tls: bool) -> std::io::Result<bool> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if speaks_tls { is_well(tls::unverified(stream, address.ip())?) } else { is_well(stream) }
}

fn is_well(mut stream: impl Read + Write) -> std::io::Result<bool> {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"HTTP/1.1 200")
}
