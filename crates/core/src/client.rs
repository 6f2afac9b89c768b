//! Who is on the other end of a request, as far as the network tells.

use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

/// The longest part of a `User-Agent` that is kept, in characters.
const USER_AGENT_MAX: usize = 256;

/// What is known of the caller before any proof of identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The address, as the listed proxies tell it; `None` for the command line and the server itself.
    pub address: Option<IpAddr>,
    /// What the program calls itself, shortened, without control characters. Shown to the owner, never believed.
    pub user_agent: String,
    /// The request's id.
    pub request_id: String,
}

impl Client {
    /// A caller with this address and program name.
    pub fn new(address: IpAddr, user_agent: &str, request_id: String) -> Self {
        let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX).collect();
        Self { address: Some(address.to_canonical()), user_agent, request_id }
    }

    /// The address as text, empty when there is none.
    pub fn address_text(&self) -> String {
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }

    /// The network that shares the caller's limits: the address itself for IPv4, the /64 for IPv6, which is what one
    /// household or host is given. Empty when there is no address.
    pub fn network(&self) -> String {
        match self.address {
            Some(IpAddr::V4(address)) => Ipv4Net::from(address).to_string(),
            Some(IpAddr::V6(address)) => {
                Ipv6Net::new(address, 64).map(|net| net.trunc().to_string()).unwrap_or_default()
            }
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Client {
        Client::new(address.parse().unwrap(), "curl/8", "r".into())
    }

    #[test]
    fn one_ipv6_household_is_one_network() {
        assert_eq!(at("2001:db8:1:2:3::4").network(), "2001:db8:1:2::/64");
        assert_eq!(at("2001:db8:1:2:ffff::9").network(), at("2001:db8:1:2:3::4").network());
    }

    #[test]
    fn an_ipv4_address_written_as_ipv6_is_the_same_network() {
        assert_eq!(at("::ffff:192.0.2.7").network(), at("192.0.2.7").network());
    }

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        let client =
            Client::new("192.0.2.7".parse().unwrap(), &format!("a\r\nb{}", "c".repeat(999)), String::new());

        assert!(client.user_agent.starts_with("abc"));
        assert_eq!(client.user_agent.chars().count(), USER_AGENT_MAX);
    }
}
