//! What guards see of a request.

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Uri};

use crate::clock::Clock;

/// The head of a request, and its body if that is a form and a guard reads forms.
#[derive(Clone, Copy)]
pub struct GuardRequest<'a> {
    parts: &'a Parts,
    /// Read once for all guards of a flow.
    authorization: Sent<Authorization<'a>>,
    form: Option<&'a Bytes>,
    clock: &'a dyn Clock,
}

impl std::fmt::Debug for GuardRequest<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither headers nor query: both may hold credentials.
        write!(out, "GuardRequest({} {})", self.parts.method, self.parts.uri.path())
    }
}

/// How often something that may come once was sent.
///
/// ```
/// use doorward_guard::{GuardRequest, Sent, SystemClock};
///
/// let (parts, ()) = http::Request::get("/").header("x-badge", "7").body(())?.into_parts();
/// let request = GuardRequest::new(&parts, None, &SystemClock);
/// assert_eq!(request.header("x-badge"), Sent::Once("7"));
/// assert_eq!(request.cookie("badge"), Sent::Nothing);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent<T> {
    /// Not at all.
    Nothing,
    /// Once, and this is it.
    Once(T),
    /// More than once, or in a form that cannot be read.
    Unclear,
}

impl<T> Sent<T> {
    /// What was sent, if it was sent once.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Once(value) => Some(value),
            Self::Nothing | Self::Unclear => None,
        }
    }

    fn add(&mut self, value: T) {
        *self = if matches!(self, Self::Nothing) { Self::Once(value) } else { Self::Unclear };
    }
}

/// An `Authorization` header: the scheme as it was written, and what comes after it without spaces around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// `Basic`, `Bearer`, …: compared without regard to case (RFC 9110 §11.1).
    pub scheme: &'a str,
    /// What comes after it.
    pub credentials: &'a str,
}

impl<'a> Authorization<'a> {
    /// What stands in the header of these.
    ///
    /// ```
    /// use doorward_guard::{Authorization, Sent};
    /// use http::{HeaderMap, HeaderValue, header};
    ///
    /// let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer b7f0"))]);
    /// let sent = Authorization { scheme: "Bearer", credentials: "b7f0" };
    /// assert_eq!(Authorization::of(&headers), Sent::Once(sent));
    /// ```
    pub fn of(headers: &'a HeaderMap) -> Sent<Self> {
        match header(headers, &AUTHORIZATION) {
            Sent::Nothing => Sent::Nothing,
            Sent::Unclear => Sent::Unclear,
            Sent::Once(line) => {
                // The white space that a header can have is that of ASCII.
                let line = line.trim_ascii();
                let end = line.bytes().position(|byte| byte == b' ').unwrap_or(line.len());
                let (scheme, rest) = line.split_at(end);
                Sent::Once(Self { scheme, credentials: rest.trim_start_matches(' ') })
            }
        }
    }
}

impl<'a> GuardRequest<'a> {
    /// The view of a request that guards get; `form` is its body where that is a form that was read.
    pub fn new(parts: &'a Parts, form: Option<&'a Bytes>, clock: &'a dyn Clock) -> Self {
        Self { parts, authorization: Authorization::of(&parts.headers), form, clock }
    }

    /// The method.
    pub const fn method(&self) -> &'a Method {
        &self.parts.method
    }

    /// The address.
    pub const fn uri(&self) -> &'a Uri {
        &self.parts.uri
    }

    /// All headers.
    pub const fn headers(&self) -> &'a HeaderMap {
        &self.parts.headers
    }

    /// The whole head, for what other layers have put into its extensions.
    pub const fn parts(&self) -> &'a Parts {
        self.parts
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The header `name`, if it came once and is text.
    pub fn header(&self, name: &str) -> Sent<&'a str> {
        // A name that is no header name was never sent.
        HeaderName::try_from(name).map_or(Sent::Nothing, |name| self.header_named(&name))
    }

    pub(crate) fn header_named(&self, name: &HeaderName) -> Sent<&'a str> {
        header(&self.parts.headers, name)
    }

    /// The `Authorization` header.
    pub const fn authorization(&self) -> Sent<Authorization<'a>> {
        self.authorization
    }

    /// The cookie `name`: letters count as they are written (RFC 6265 §5.4).
    pub fn cookie(&self, name: &str) -> Sent<&'a str> {
        cookie(&self.parts.headers, name)
    }

    /// The form body, if there is one and a guard of the flow reads forms.
    pub fn form(&self) -> Option<&'a [u8]> {
        self.form.map(|bytes| &**bytes)
    }

    /// The fields called `name` in the query.
    pub fn query(&self, name: &str) -> Sent<String> {
        field(self.parts.uri.query().unwrap_or_default().as_bytes(), name)
    }
}

/// The header `name` of these, if it came once and is text.
fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Sent<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Sent::Nothing,
        (Some(value), None) => std::str::from_utf8(value.as_bytes()).map_or(Sent::Unclear, Sent::Once),
        _ => Sent::Unclear,
    }
}

/// The cookie `name` of these headers.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Sent<&'h str> {
    let mut sent = Sent::Nothing;
    for line in headers.get_all(COOKIE) {
        let Ok(line) = std::str::from_utf8(line.as_bytes()) else { continue };
        for pair in line.split(';') {
            let after = pair.trim_ascii_start().strip_prefix(name).map(str::trim_ascii_start);
            if let Some(value) = after.and_then(|rest| rest.strip_prefix('=')) {
                let value = value.trim_ascii();
                let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                sent.add(quoted.unwrap_or(value));
            }
        }
    }
    sent
}

/// The field `name` of a text in `application/x-www-form-urlencoded`.
pub(crate) fn field(text: &[u8], name: &str) -> Sent<String> {
    let mut sent = Sent::Nothing;
    for pair in text.split(|byte| *byte == b'&') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (key, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        // Most names are spelled as they are: nothing is decoded to compare them.
        if key == name.as_bytes() || (key.contains(&b'%') && decoded(key).is_some_and(|key| key == name)) {
            match decoded(value) {
                Some(value) => sent.add(value),
                None => sent = Sent::Unclear,
            }
        }
    }
    sent
}

/// `+` and `%xx` undone; `None` if that is no UTF-8.
fn decoded(part: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_encoding::percent_decode(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}
