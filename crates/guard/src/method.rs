//! Which methods a rule is for.

use std::fmt;

use http::Method;

/// The methods of a rule: all of them, or those that are named. A rule for `GET` is for `HEAD` as well.
///
/// ```
/// use doorward_guard::{Methods, any};
/// use http::Method;
///
/// assert_eq!(Methods::from(Method::GET).to_string(), "GET");
/// assert_eq!(Methods::from([Method::PUT, Method::DELETE]).to_string(), "PUT,DELETE");
/// assert_eq!(any().to_string(), "*");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods(Option<Vec<Method>>);

/// All methods.
pub const fn any() -> Methods {
    Methods(None)
}

/// `GET` and `HEAD`.
pub fn get() -> Methods {
    Method::GET.into()
}

/// `POST`.
pub fn post() -> Methods {
    Method::POST.into()
}

/// `PUT`.
pub fn put() -> Methods {
    Method::PUT.into()
}

/// `PATCH`.
pub fn patch() -> Methods {
    Method::PATCH.into()
}

/// `DELETE`.
pub fn delete() -> Methods {
    Method::DELETE.into()
}

impl Methods {
    /// The methods that are named; `None` if it is all of them.
    pub fn named(&self) -> Option<&[Method]> {
        self.0.as_deref()
    }

    /// Reads names of methods without regard to case; `all`, `any` and `*` mean all of them. `None` if one is no name.
    pub fn parse<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<Self> {
        let mut methods = Vec::new();
        for name in names {
            if ["*", "all", "any"].contains(&&*name.to_ascii_lowercase()) {
                return Some(any());
            }
            methods.push(Method::from_bytes(name.to_ascii_uppercase().as_bytes()).ok()?);
        }
        Some(Self(Some(methods)))
    }
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self(Some(vec![method]))
    }
}

impl<const N: usize> From<[Method; N]> for Methods {
    fn from(methods: [Method; N]) -> Self {
        Self(Some(methods.into()))
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => out.write_str("*"),
            Some(named) => {
                let names: Vec<&str> = named.iter().map(Method::as_str).collect();
                out.write_str(&names.join(","))
            }
        }
    }
}
