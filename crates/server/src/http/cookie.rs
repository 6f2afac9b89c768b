//! The session cookie: `__Host-`, so that no other host and no plain connection can set it (RFC 6265bis §4.1.3.2).

use doorward_core::{Code, Error, Secret, Timestamp, Ttl};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The cookie's name.
pub const NAME: &str = "__Host-doorward";

/// The value of the session cookie in a request.
///
/// # Errors
/// [`Code::MalformedParameter`] when there are two: which one the browser means cannot be told.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == NAME)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Error::new(Code::MalformedParameter, "The session cookie is there twice.")),
    }
}

/// `Set-Cookie` for a session that ends at `end`.
pub(crate) fn set(value: &Secret<String>, now: Timestamp, end: Timestamp) -> Option<HeaderValue> {
    let seconds = end.since(now).as_millis() / 1000;
    write(value.expose(), Ttl::from_millis(seconds * 1000))
}

/// `Set-Cookie` that makes the browser forget.
pub(crate) fn clear() -> Option<HeaderValue> {
    write("", Ttl::ZERO)
}

fn write(value: &str, life: Ttl) -> Option<HeaderValue> {
    let seconds = life.as_millis() / 1000;
    let text = format!("{NAME}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(read(&headers(&["a=b; __Host-doorward=v; c=d"])).unwrap(), Some("v"));
        assert_eq!(read(&headers(&["a=b"])).unwrap(), None);
        assert_eq!(read(&headers(&["x__Host-doorward=v"])).unwrap(), None);
    }

    #[test]
    fn two_cookies_of_the_name_are_refused() {
        assert!(read(&headers(&["__Host-doorward=v; __Host-doorward=w"])).is_err());
        assert!(read(&headers(&["__Host-doorward=v", "__Host-doorward=v"])).is_err());
    }
}
