//! Origins of web pages, held against the operator's list.
//!
//! `https://app.example` stands for itself. `https://*.app.example` stands for every subdomain at any port, and not for
//! `https://app.example`; without a scheme, for those of `http` and `https`. Nothing else stands for more than it says.

/// Whether `origin` is on the list.
pub(crate) fn is_listed(list: &[String], origin: &str) -> bool {
    list.iter().any(|listed| listed == origin || stands_for(listed, origin))
}

fn stands_for(pattern: &str, origin: &str) -> bool {
    let (wanted, name) = match pattern.split_once("://") {
        Some((scheme, host)) => (Some(scheme), host),
        None => (None, pattern),
    };
    let Some(suffix) = name.strip_prefix('*').filter(|rest| rest.starts_with('.')) else { return false };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()) => host,
        Some(_) => return false,
        None => authority,
    };
    let is_scheme = wanted.map_or_else(|| matches!(scheme, "http" | "https"), |wanted| wanted == scheme);
    is_scheme && host.strip_suffix(suffix).is_some_and(is_subdomain)
}

/// Whether `text` is the front part of a host name, as browsers write it.
fn is_subdomain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c))
    };
    text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(pattern: &str, origin: &str) -> bool {
        is_listed(&[pattern.to_owned()], origin)
    }

    #[test]
    fn a_star_stands_for_subdomains_of_any_depth_at_any_port() {
        for origin in
            ["https://app.name.in", "https://a.b.name.in", "https://app.name.in:8443", "https://x-1.name.in"]
        {
            assert!(listed("https://*.name.in", origin), "{origin}");
        }
        assert!(
            listed("*.name.in", "http://app.name.in") && !listed("https://*.name.in", "http://app.name.in")
        );
    }

    #[test]
    fn a_star_stands_for_nothing_else() {
        for origin in [
            "https://name.in",
            "https://evilname.in",
            "https://.name.in",
            "https://a..name.in",
            "https://app.name.in.evil.example",
            "https://evil.example/.name.in",
            "https://user@app.name.in",
            "https://evil.example:80@app.name.in",
            "https://app.name.in:",
            "https://app.name.in:80x",
            "https://APP.name.in",
            "ftp://app.name.in",
            "app.name.in",
            "null",
            "*",
            "",
        ] {
            assert!(!listed("*.name.in", origin), "{origin}");
        }
        assert!(!listed("*", "https://app.name.in") && !listed("https://a*.name.in", "https://ab.name.in"));
    }
}
