//! The caller's address, through the listed proxies and no others.
//!
//! `X-Forwarded-For` is read from the right, and only for as long as each hop is a listed proxy: what stands further left was
//! written by whoever sent it. `Forwarded` (RFC 7239) is not read.

use std::net::IpAddr;

use doorward_core::client::Client;
use doorward_core::{Code, Error};
use http::header::USER_AGENT;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::edge::Arrival;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who sends this request.
///
/// # Errors
/// [`Code::MalformedParameter`] when a listed proxy sends an `X-Forwarded-For` that is no list of addresses: going on would
/// give all its callers one address, and so one set of limits.
pub(crate) fn client(parts: &Parts, trusted: &[IpNet]) -> Result<Client, Error> {
    let Some(arrival) = parts.extensions.get::<Arrival>() else { return Err(Code::Internal.into()) };
    let address = address(arrival.peer.ip(), &parts.headers, trusted)?;
    let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(Client::new(address, user_agent, arrival.request_id.to_string()))
}

/// Lets nobody on but a listed proxy.
///
/// # Errors
/// [`Code::Forbidden`].
pub(crate) fn check_proxy(parts: &Parts, trusted: &[IpNet]) -> Result<(), Error> {
    let peer = parts.extensions.get::<Arrival>().map(|arrival| arrival.peer.ip().to_canonical());
    match peer.is_some_and(|peer| trusted.iter().any(|net| net.contains(&peer))) {
        true => Ok(()),
        false => Err(Error::new(Code::Forbidden, "This is for the proxies of server.trusted_proxies.")),
    }
}

fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, Error> {
    let is_proxy = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut address = peer.to_canonical();
    if !is_proxy(address) {
        return Ok(address);
    }
    let hops: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(|value| value.to_str().unwrap_or("?"))
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.into_iter().rev() {
        address = hop.parse::<IpAddr>().map_err(|_| malformed())?.to_canonical();
        if !is_proxy(address) {
            break;
        }
    }
    Ok(address)
}

fn malformed() -> Error {
    Error::new(Code::MalformedParameter, "X-Forwarded-For is not a list of addresses.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(peer: &str, forwarded: &[&str]) -> Result<String, Code> {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let address = address(peer.parse().unwrap(), &headers, &trusted);
        address.map(|address| address.to_string()).map_err(|error| error.code())
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(read("192.0.2.1", &["198.51.100.1"]).unwrap(), "192.0.2.1");
        assert_eq!(read("10.0.0.1", &["198.51.100.1, 192.0.2.1"]).unwrap(), "192.0.2.1");
    }

    #[test]
    fn a_listed_proxy_is_believed_hop_by_hop() {
        assert_eq!(read("10.0.0.1", &["192.0.2.1"]).unwrap(), "192.0.2.1");
        assert_eq!(read("10.0.0.1", &["192.0.2.1, 10.0.0.2"]).unwrap(), "192.0.2.1");
        assert_eq!(read("10.0.0.1", &["192.0.2.1", "10.0.0.2"]).unwrap(), "192.0.2.1");
        assert_eq!(read("::ffff:10.0.0.1", &["2001:db8::7"]).unwrap(), "2001:db8::7");
        assert_eq!(read("10.0.0.1", &[]).unwrap(), "10.0.0.1");
    }

    #[test]
    fn junk_from_a_listed_proxy_is_refused_and_not_passed_over() {
        for junk in ["", "unknown", "192.0.2.1, junk", "192.0.2.1:80", "192.0.2.1,"] {
            assert_eq!(read("10.0.0.1", &[junk]), Err(Code::MalformedParameter), "{junk:?}");
        }
        assert_eq!(
            read("10.0.0.1", &["junk, 192.0.2.1"]).unwrap(),
            "192.0.2.1",
            "beyond the first stranger nothing is read"
        );
    }
}
