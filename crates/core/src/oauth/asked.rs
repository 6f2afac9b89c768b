//! The parameters of a request that came through a browser, as they came.
//!
//! Does not know what they mean: see [`super::request`]. Invariant: a parameter that is there twice is an error, whatever it says
//! (RFC 6749 §3.1): two readers could take different ones for it.

use crate::error::{Code, Error};

/// What may be there more than once (RFC 8707 §2), and is not looked at here.
const REPEATABLE: &str = "resource";
/// Words of `prompt` that a login has answered.
const ANSWERED_BY_LOGIN: [&str; 2] = ["login", "select_account"];

/// Names and values, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// The request with these parameters.
    pub fn new(parameters: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(parameters.into_iter().collect())
    }

    /// Names and values, in their order.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value of `name`; one that is empty is as good as none (RFC 6749 §3.1).
    ///
    /// # Errors
    /// [`Code::MalformedParameter`] when it is there twice.
    pub fn only(&self, name: &'static str) -> Result<Option<&str>, Error> {
        let mut found = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| &**value);
        match (found.next(), found.next()) {
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
            _ => Err(twice(name)),
        }
    }

    /// Lets nothing on that is there twice.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`].
    pub(crate) fn refuse_repetition(&self) -> Result<(), Error> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        let repeated = names.windows(2).any(|pair| pair[0] == pair[1] && pair[0] != REPEATABLE);
        if repeated { Err(twice("A parameter")) } else { Ok(()) }
    }

    /// The same request, once its owner has signed in for it: what asked for a login is answered.
    #[must_use]
    pub fn signed_in(&self) -> Self {
        let answered = |(name, value): &(String, String)| match &**name {
            "prompt" => {
                let left: Vec<&str> =
                    value.split(' ').filter(|word| !ANSWERED_BY_LOGIN.contains(word)).collect();
                (!left.is_empty()).then(|| (name.clone(), left.join(" ")))
            }
            "max_age" if value == "0" => None,
            _ => Some((name.clone(), value.clone())),
        };
        Self(self.0.iter().filter_map(answered).collect())
    }
}

fn twice(name: &str) -> Error {
    Error::new(Code::MalformedParameter, format!("{name} is there twice."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        Asked::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_is_there_twice_is_refused_and_what_is_empty_is_not_there() {
        let twice = asked(&[("state", "a"), ("scope", ""), ("state", "a")]);

        assert!(twice.only("state").is_err() && twice.refuse_repetition().is_err());
        assert_eq!(twice.only("scope").unwrap(), None);
        assert!(asked(&[("resource", "a"), ("resource", "b")]).refuse_repetition().is_ok());
    }

    #[test]
    fn a_login_answers_what_asked_for_it_and_nothing_else() {
        let before = asked(&[("prompt", "login consent"), ("max_age", "0"), ("state", "s")]);

        assert_eq!(before.signed_in(), asked(&[("prompt", "consent"), ("state", "s")]));
        assert_eq!(asked(&[("prompt", "login"), ("max_age", "9")]).signed_in(), asked(&[("max_age", "9")]));
    }
}
