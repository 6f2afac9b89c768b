//! The cookies of a browser that has logged in: `__Host-`, so that no other host and no plain connection can set them (RFC 6265bis
//! §4.1.3.2). One is its session; the other says that its owner has logged in from it before, and outlives the session.

use doorward_core::session::SignedIn;
use doorward_core::{Code, Core, Error, Ttl};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The name of the session cookie.
pub const NAME: &str = "__Host-doorward";
/// The name of the cookie by which a device is known.
pub const DEVICE: &str = "__Host-doorward-device";

/// The value of the session cookie in a request.
///
/// # Errors
/// [`Code::MalformedParameter`] when there are two: which one the browser means cannot be told.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    named(headers, NAME)
}

/// The value of the cookie by which a device is known.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_device(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    named(headers, DEVICE)
}

/// The value of the cookie `wanted` in a request.
///
/// # Errors
/// As [`read`].
pub(crate) fn named<'a>(headers: &'a HeaderMap, wanted: &str) -> Result<Option<&'a str>, Error> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Error::new(Code::MalformedParameter, "A cookie of this server is there twice.")),
    }
}

/// `Set-Cookie` for what a login has given; what the device is known by is then in no script's reach.
pub(crate) fn of_login(signed_in: &mut SignedIn, core: &Core) -> Vec<HeaderValue> {
    let session = signed_in.session_expires_at.since(core.now());
    let cookies = [
        signed_in.cookie.as_ref().and_then(|value| write(NAME, value.expose(), session)),
        signed_in
            .device
            .take()
            .and_then(|value| write(DEVICE, value.expose(), core.settings().limits.known_device)),
    ];
    cookies.into_iter().flatten().collect()
}

/// `Set-Cookie` that makes the browser forget its session.
pub(crate) fn clear() -> Option<HeaderValue> {
    write(NAME, "", Ttl::ZERO)
}

fn write(name: &str, value: &str, life: Ttl) -> Option<HeaderValue> {
    written((name, value), life, true)
}

/// `Set-Cookie` for the cookie `name`, which no script can read and no other site's form can send.
pub(crate) fn written((name, value): (&str, &str), life: Ttl, is_secure: bool) -> Option<HeaderValue> {
    let seconds = life.as_millis() / 1000;
    let secure = if is_secure { "Secure; " } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; {secure}HttpOnly; SameSite=Lax");
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
        assert_eq!(read(&headers(&["__Host-doorward-device=v"])).unwrap(), None);
        assert_eq!(
            read_device(&headers(&["__Host-doorward=v; __Host-doorward-device=d"])).unwrap(),
            Some("d")
        );
    }

    #[test]
    fn two_cookies_of_the_name_are_refused() {
        assert!(read(&headers(&["__Host-doorward=v; __Host-doorward=w"])).is_err());
        assert!(read(&headers(&["__Host-doorward=v", "__Host-doorward=v"])).is_err());
    }
}
