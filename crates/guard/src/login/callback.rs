//! What a provider says when it sends a browser back (RFC 6749 §4.1.2, RFC 9207).

use crate::request::{Sent, field};
use crate::secret::Secret;

use super::attempt::Attempt;

/// The longest value that is looked at, in bytes.
const VALUE_MAX: usize = 4 * 1024;
/// The longest name of an error that is repeated.
const ERROR_MAX: usize = 64;

/// The provider's code, and the attempt that it answers.
#[derive(Debug, Clone)]
pub struct CodeAnswer {
    /// What tokens are got for.
    pub code: Secret,
    /// Who says so, where the provider tells (RFC 9207).
    pub issuer: Option<String>,
    /// Whether all that the provider has said is here. A client that has handed the answer over may have left `issuer` out.
    pub is_whole: bool,
    /// The attempt.
    pub attempt: Attempt,
}

impl CodeAnswer {
    /// Whether it is of the provider `issuer`, which `names_itself` in its answers. What was handed over at the callback of one
    /// provider alone may leave it out (RFC 9700 §4.4.2.2).
    pub(crate) fn is_of(&self, issuer: &str, names_itself: bool) -> bool {
        match &self.issuer {
            Some(named) => named == issuer,
            None => !(names_itself && self.is_whole),
        }
    }
}

/// The fields of a callback. None may come twice.
pub(crate) struct Callback {
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) issuer: Option<String>,
    /// The name of the error, in letters that can be shown anywhere.
    pub(crate) error: Option<String>,
}

impl Callback {
    /// Reads a query or a form; an error says what is wrong with it.
    pub(crate) fn read(text: &[u8]) -> Result<Self, &'static str> {
        let read = |name| match field(text, name) {
            Sent::Nothing => Ok(None),
            Sent::Once(value) if value.len() <= VALUE_MAX => Ok(Some(value)),
            Sent::Once(_) => Err("a field is too long"),
            Sent::Unclear => Err("a field comes twice, or cannot be read"),
        };
        let state = read("state")?.ok_or("`state` is missing")?;
        let error = read("error")?.map(|error| name_of(&error));
        Ok(Self { state, code: read("code")?.filter(|code| !code.is_empty()), issuer: read("iss")?, error })
    }
}

/// What of an error's name can be shown: the texts beside it come from outside, and are not shown at all.
fn name_of(error: &str) -> String {
    let is_plain =
        |character: &char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    let name: String = error.chars().filter(is_plain).take(ERROR_MAX).collect();
    if name.is_empty() { "unknown_error".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_in_plain_letters_alone() {
        assert_eq!(name_of("access_denied"), "access_denied");
        assert_eq!(name_of("<script>alert(1)</script>"), "scriptalert1script");
        assert_eq!(name_of("\u{202e}"), "unknown_error");
        assert_eq!(name_of(&"a".repeat(1_000)).len(), ERROR_MAX);
    }

    #[test]
    fn no_field_may_come_twice() {
        for twice in ["state=a&state=a&code=c", "state=a&code=c&code=d", "state=a&code=c&iss=i&%69ss=j"] {
            assert!(Callback::read(twice.as_bytes()).is_err(), "{twice}");
        }
        assert!(Callback::read(b"code=c").is_err());
        assert_eq!(Callback::read(b"state=a&code=c%26x").unwrap().code.as_deref(), Some("c&x"));
    }
}
