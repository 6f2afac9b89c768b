//! What an application asks for, judged (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).
//!
//! Does not know who sits before the browser: see [`super::authorize`].
//!
//! Invariant: what is wrong with the application or its address is told to the person, and nobody is sent anywhere (RFC 6749
//! §4.1.2.1); everything else is told to the application.

use super::authorize::Destination;
use super::{Asked, redirect};
use crate::core::Core;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::scope::Scopes;
use crate::time::Ttl;

/// The longest `nonce`, which is kept until the code is used.
const NONCE_MAX: usize = 512;

/// What an application wants.
#[derive(Debug)]
pub(super) struct Wish {
    /// What only the application can answer: the SHA-256 of a secret of its own (RFC 7636 §4.2).
    pub(super) challenge: Digest,
    /// What the ID token has to repeat.
    pub(super) nonce: Option<String>,
    /// What it may have of what it asks for.
    pub(super) scopes: Scopes,
    pub(super) prompt: Prompt,
    /// How long ago the login may have been.
    pub(super) max_age: Option<Ttl>,
}

/// Whom the application wants to be asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt {
    /// Nobody.
    pub(super) is_silent: bool,
    /// Whoever sits there, for a login of now.
    pub(super) login: bool,
    /// The owner, whatever was agreed before.
    pub(super) consent: bool,
}

impl Prompt {
    fn read(text: &str) -> Result<Self, Error> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.is_silent = true,
                "login" | "select_account" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => return Err(malformed("prompt is none, login, consent or select_account.")),
            }
        }
        if prompt.is_silent && (prompt.login || prompt.consent) {
            return Err(malformed("prompt=none goes with nothing else."));
        }
        Ok(prompt)
    }
}

impl Core {
    /// Where the answer to `asked` goes.
    ///
    /// # Errors
    /// What has to be told to the person: [`Code::InvalidClient`], [`Code::MalformedParameter`]; [`Code::StoreUnavailable`].
    pub async fn destination(&self, asked: &Asked) -> Result<Destination, Error> {
        let id = asked.only("client_id")?.ok_or_else(|| malformed("client_id is missing."))?;
        let found = match id.parse() {
            Ok(id) => self.ports().store.client(id).await?,
            Err(_) => None,
        };
        let client =
            found.ok_or_else(|| Error::new(Code::InvalidClient, "This application is not known here."))?;
        let redirect_uri =
            asked.only("redirect_uri")?.ok_or_else(|| malformed("redirect_uri is missing."))?.to_owned();
        if !redirect::is_registered(&client.redirect_uris, &redirect_uri) {
            return Err(malformed("The application is not registered with this redirect_uri."));
        }
        // One that is there twice is told of below, and none is given back.
        let state = asked.only("state").ok().flatten().map(str::to_owned);
        Ok(Destination { client, redirect_uri, state })
    }

    /// What `asked` wants, of the application it is for.
    ///
    /// # Errors
    /// What has to be told to the application: [`Code::MalformedParameter`], [`Code::UnsupportedResponse`],
    /// [`Code::UnsupportedRequest`], [`Code::InvalidScope`].
    pub(super) fn wish(&self, asked: &Asked, to: &Destination) -> Result<Wish, Error> {
        asked.refuse_repetition()?;
        if asked.only("request")?.is_some() || asked.only("request_uri")?.is_some() {
            return Err(Code::UnsupportedRequest.into());
        }
        match asked.only("response_type")? {
            None => return Err(malformed("response_type is missing.")),
            Some("code") => {}
            Some(_) => return Err(Code::UnsupportedResponse.into()),
        }
        if asked.only("response_mode")?.is_some_and(|mode| mode != "query") {
            return Err(malformed("response_mode is query."));
        }
        let nonce = asked.only("nonce")?.map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > NONCE_MAX) {
            return Err(malformed("nonce is too long."));
        }
        let max_age = asked.only("max_age")?.map(|text| text.parse().map(Ttl::from_seconds)).transpose();
        let max_age = max_age.map_err(|_| malformed("max_age is a number of seconds."))?;
        let prompt = Prompt::read(asked.only("prompt")?.unwrap_or_default())?;
        let scopes = self.scopes_asked(asked.only("scope")?.unwrap_or_default(), to)?;
        Ok(Wish { challenge: challenge(asked)?, nonce, scopes, prompt, max_age })
    }

    /// What the application may have of what it asks for; what it may not is left out (RFC 6749 §3.3).
    fn scopes_asked(&self, text: &str, to: &Destination) -> Result<Scopes, Error> {
        let scopes = Scopes::parse(text)?.within(&to.client.scopes);
        // Where tokens are signed with a secret, no application could check who somebody is.
        let is_shared = self.jwks().keys().is_empty();
        let scopes: Scopes =
            scopes.iter().filter(|scope| !is_shared || *scope != crate::scope::OPENID).collect();
        if scopes.is_empty() {
            return Err(Error::new(
                Code::InvalidScope,
                "The application is registered for none of these scopes.",
            ));
        }
        Ok(scopes)
    }
}

/// What the application has to answer when it comes with the code. Nobody is let on without (OAuth 2.1 §4.1.1), and the secret
/// itself is no answer: it would have come through the browser.
fn challenge(asked: &Asked) -> Result<Digest, Error> {
    let text = asked.only("code_challenge")?.ok_or_else(|| malformed("code_challenge is missing."))?;
    if asked.only("code_challenge_method")? != Some("S256") {
        return Err(malformed("code_challenge_method has to be S256."));
    }
    text.parse().map_err(|_| malformed("code_challenge is a SHA-256 in base64url."))
}

pub(super) fn malformed(why: &str) -> Error {
    Error::new(Code::MalformedParameter, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_or_somebody_is() {
        assert_eq!(Prompt::read("").unwrap(), Prompt::default());
        assert!(Prompt::read("login consent").unwrap().consent);
        for text in ["none login", "none consent", "create", "NONE"] {
            assert_eq!(Prompt::read(text).unwrap_err().code(), Code::MalformedParameter, "{text}");
        }
    }
}
