//! Where browsers may be sent: which addresses an application may be registered with, and which of them a request means.
//!
//! Invariant: a request means an address that was registered letter by letter (RFC 9700 §2.1); only the port of a program on the
//! person's own machine is free, because it takes the one that it gets (RFC 8252 §7.3).

use url::{Host, Url};

/// The longest address.
const LENGTH_MAX: usize = 2_000;
/// The beginnings of addresses on the person's own machine whose port is free: the names of the machine are not among them, because
/// a name can lead elsewhere.
const OWN_MACHINE: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Whether an application may be registered with `uri`: `https` anywhere, `http` on the person's own machine, or a scheme of the
/// application's own, which has a dot in it (RFC 8252 §7.1).
pub(super) fn is_acceptable(uri: &str) -> bool {
    let is_plain =
        uri.len() <= LENGTH_MAX && uri.bytes().all(|c| c.is_ascii_graphic() && !b"\\<>\"`".contains(&c));
    let Ok(url) = Url::parse(uri) else { return false };
    // Text that is read as another address than it says could be taken for either.
    let is_itself = uri.starts_with(url.scheme()) && url.username().is_empty() && url.password().is_none();
    let is_safe = match url.scheme() {
        "https" => url.host_str().is_some_and(is_plain_host),
        "http" => is_own_machine(&url),
        own => own.contains('.') && !uri.contains('@'),
    };
    is_plain && is_itself && is_safe && url.fragment().is_none()
}

/// Whether an application may be told at `uri` that what it was given has ended: `https`, and `http` where `reaches_private`.
pub(super) fn may_be_called(uri: &str, reaches_private: bool) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let is_scheme = url.scheme() == "https" || (reaches_private && url.scheme() == "http");
    let is_plain = uri.len() <= LENGTH_MAX && uri.bytes().all(|c| c.is_ascii_graphic());
    let has_names = url.username().is_empty() && url.password().is_none() && url.has_host();
    is_scheme && is_plain && has_names && url.fragment().is_none()
}

/// Whether `host` has the letters of a name or an address and no others: it is written into policies of pages, too.
fn is_plain_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._[]:".contains(&c))
}

fn is_own_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether `asked` is one of `registered`.
pub(super) fn is_registered(registered: &[String], asked: &str) -> bool {
    registered.iter().any(|known| {
        known == asked || without_port(known).is_some_and(|bare| Some(bare) == without_port(asked))
    })
}

/// An address on the person's own machine in two parts, without the port between them.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let host = OWN_MACHINE.iter().find(|host| uri.starts_with(**host))?;
    let rest = &uri[host.len()..];
    let Some(port) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
    };
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let after = &port[digits..];
    let is_port = (1..=5).contains(&digits) && (after.is_empty() || after.starts_with(['/', '?']));
    is_port.then_some((host, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_registered_with_addresses_that_are_its_own() {
        for uri in [
            "https://app.example/callback?x=1",
            "http://127.0.0.1/callback",
            "http://[::1]:8000/",
            "http://localhost:3000/cb",
            "com.example.app:/callback",
        ] {
            assert!(is_acceptable(uri), "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "http://app.example/callback",
            "https://app.example/#x",
            "https://user@app.example/",
            "https://app.example/a b",
            "https://app.example\\@evil.example/",
            "https://app.example;x/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/callback",
            "HTTPS://app.example/",
            "https://",
            &format!("https://app.example/{}", "a".repeat(2_000)),
        ] {
            assert!(!is_acceptable(uri), "{uri}");
        }
    }

    #[test]
    fn a_request_means_an_address_letter_by_letter() {
        let registered = ["https://app.example/callback".to_owned()];

        assert!(is_registered(&registered, "https://app.example/callback"));
        for asked in [
            "https://app.example/callback/",
            "https://app.example/callback?x",
            "https://app.example/Callback",
            "https://app.example:443/callback",
            "https://app.example.evil.example/callback",
            "https://app.example/callback/../x",
        ] {
            assert!(!is_registered(&registered, asked), "{asked}");
        }
    }

    #[test]
    fn only_the_port_of_the_persons_own_machine_is_free() {
        let registered = ["http://127.0.0.1/cb".to_owned(), "http://localhost/cb".to_owned()];

        for asked in ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"] {
            assert!(is_registered(&registered, asked), "{asked}");
        }
        for asked in [
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:49152@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:123456/cb",
            "http://[::1]:49152/cb",
            "http://localhost:49152/cb",
            "https://127.0.0.1:49152/cb",
        ] {
            assert!(!is_registered(&registered, asked), "{asked}");
        }
    }
}
