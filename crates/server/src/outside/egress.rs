//! Which addresses may be called: public ones, unless the operator says otherwise.
//!
//! A name is resolved once, by this resolver, and the connection goes to an address that was looked at: a name that answers
//! differently the second time gains nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Resolves names to public addresses alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether the host of `url` is a name, or a public address: those that are written out pass no resolver.
pub(super) fn may_be_called(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(_)) => true,
        None => false,
    }
}

/// Whether anybody on the Internet may be at this address: none that is private, local, reserved, or stands for such a one.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_benchmark = a == 198 && (b == 18 || b == 19);
            let is_protocol = a == 192 && b == 0 && c == 0;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || is_shared
                || is_benchmark
                || is_protocol)
        }
        IpAddr::V6(v6) => embedded(v6).map_or_else(|| is_public_v6(v6), is_public),
    }
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    // 2000::/3 is what is given out; documentation is in it.
    first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0x0db8) && first != 0x3fff
}

/// The IPv4 address that an IPv6 one stands for: mapped, NAT64 and 6to4.
fn embedded(v6: Ipv6Addr) -> Option<IpAddr> {
    let [s0, s1, s2, _, _, _, s6, s7] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::from([a, b, c, d])
    };
    match (s0, s1) {
        (0x2002, _) => Some(v4(s1, s2)),
        (0x0064, 0xff9b) => Some(v4(s6, s7)),
        _ => v6.to_ipv4_mapped().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public_are_not_called() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_called() {
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_address_that_is_written_out_is_looked_at_too() {
        for (url, expected) in [
            ("https://hooks.example/x", true),
            ("https://127.0.0.1/x", false),
            ("https://2130706433/x", false),
            ("https://0x7f.1/x", false),
            ("https://[::1]/x", false),
            ("https://1.1.1.1/x", true),
        ] {
            assert_eq!(may_be_called(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
