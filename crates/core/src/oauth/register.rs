//! Applications added, listed and removed.

use super::{OAuthClient, redirect};
use crate::audit::Deed;
use crate::change::{Changes, OAuthChange};
use crate::client::Client;
use crate::core::Core;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::id::ClientId;
use crate::port::{ApplyError, Conflict, Entropy};
use crate::principal::Principal;
use crate::scope::{self, Scopes};
use crate::secret::Secret;
use crate::token::opaque;

/// How the secret of every application begins.
const PREFIX: &str = "dwo_";
const NAME_MAX: usize = 100;
/// The most addresses of one kind.
const URIS_MAX: usize = 20;

/// What a new application is to be.
#[derive(Debug, Clone, Default)]
pub struct NewClient {
    /// What people know it by.
    pub name: String,
    /// Whether it can keep no secret, as in a browser or on a telephone.
    pub is_public: bool,
    /// Where browsers may be sent with an answer; one at least, but for one that acts by itself alone.
    pub redirect_uris: Vec<String>,
    /// Where browsers may be sent after they have signed out.
    pub post_logout_uris: Vec<String>,
    /// Where it is told that what it was given has ended.
    pub logout_uri: Option<String>,
    /// What it may ask for at most, separated by blanks; `None`: to know who somebody is.
    pub scope: Option<String>,
    /// What it may do by itself, in nobody's name, separated by blanks.
    pub own_scope: Option<String>,
    /// Whether it is the operator's own.
    pub is_trusted: bool,
}

impl Core {
    /// Adds an application. Its secret is shown this once and kept nowhere.
    ///
    /// # Errors
    /// - [`Code::InvalidField`]: the name or an address is not acceptable.
    /// - [`Code::InvalidScope`]: a scope that is not known, or that the caller does not hold.
    /// - [`Code::Forbidden`]: the caller is an application itself.
    /// - [`Code::StoreUnavailable`].
    pub async fn add_client(
        &self,
        who: &Principal,
        new: NewClient,
        client: &Client,
    ) -> Result<(OAuthClient, Option<Secret<String>>), Error> {
        who.refuse_client()?;
        check(&new)?;
        let own_scopes = self.own_scopes(who, new.own_scope.as_deref())?;
        self.check_logout_uri(new.logout_uri.as_deref())?;
        let (text, digest) = (!new.is_public).then(|| issue(self.entropy())).unzip();
        let at = self.now();
        let added = OAuthClient {
            id: ClientId::new(at, self.entropy()),
            scopes: self.scopes_for_client(who, new.scope.as_deref())?,
            name: new.name,
            secret: digest,
            redirect_uris: new.redirect_uris,
            post_logout_uris: new.post_logout_uris,
            logout_uri: new.logout_uri,
            own_scopes,
            renewed_at: at,
            is_trusted: new.is_trusted,
            created_at: at,
        };
        let event = self.event_by(Deed::ClientAdded, who, client).because(described(&added));
        self.apply(Changes::from(OAuthChange::AddClient(Box::new(added.clone()))).recorded(event)).await?;
        Ok((added, text))
    }

    /// All applications, by name.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`].
    pub async fn clients(&self) -> Result<Vec<OAuthClient>, Error> {
        Ok(self.ports().store.clients().await?)
    }

    /// Gives an application a new secret, which is shown this once. The old one is worth nothing from now on, nor are tokens that the
    /// application was given for itself; what it was given by people stays.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::InvalidField`]: it can keep none; [`Code::Forbidden`] when the caller is an application itself, or
    /// does not hold what that may do by itself; [`Code::StoreUnavailable`].
    pub async fn renew_client_secret(
        &self,
        who: &Principal,
        id: ClientId,
        client: &Client,
    ) -> Result<(OAuthClient, Secret<String>), Error> {
        who.refuse_client()?;
        let found = self.ports().store.client(id).await?.ok_or_else(no_client)?;
        if found.secret.is_none() {
            return Err(Error::new(Code::InvalidField, "This application can keep no secret.").about("id"));
        }
        // Whoever has the secret has what the application may do.
        if !self.may_pass_on(who, &found.own_scopes) {
            return Err(Code::Forbidden.into());
        }
        let (text, secret) = issue(self.entropy());
        let at = self.now();
        let event = self.event_by(Deed::ClientSecretRenewed, who, client).because(described(&found));
        let renew = OAuthChange::RenewSecret { client: id, secret, at };
        match self.apply(Changes::from(renew).recorded(event)).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => return Err(no_client()),
            other => other?,
        }
        self.live().renew_client(id, at);
        Ok((OAuthClient { secret: Some(secret), renewed_at: at, ..found }, text))
    }

    /// Removes an application: the very next request with any token it was given is refused.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::Forbidden`] when the caller is an application itself; [`Code::StoreUnavailable`].
    pub async fn remove_client(&self, who: &Principal, id: ClientId, client: &Client) -> Result<(), Error> {
        who.refuse_client()?;
        let none = no_client;
        let found = self.ports().store.client(id).await?.ok_or_else(none)?;
        let at = self.now();
        let event = self.event_by(Deed::ClientRemoved, who, client).because(described(&found));
        let remove = OAuthChange::RemoveClient { client: id, at };
        match self.apply(Changes::from(remove).recorded(event)).await {
            Err(ApplyError::Conflict(Conflict::Stale)) => return Err(none()),
            other => other?,
        }
        self.live().end_client(id, at);
        for (user, session) in self.ports().store.ended_since(at).await? {
            self.live().end(user, session);
        }
        Ok(())
    }

    /// Lets only on what this server may call, and only where the application can tell who calls.
    fn check_logout_uri(&self, uri: Option<&str>) -> Result<(), Error> {
        let refused = |why: &str| Err(Error::new(Code::InvalidField, why).about("backchannel_logout_uri"));
        let reaches_private = self.ports().outside.reaches_private;
        match uri {
            None => Ok(()),
            Some(_) if self.jwks().keys().is_empty() => refused(
                "Tokens are signed with a shared secret here: no application could tell who calls it.",
            ),
            Some(uri) if redirect::may_be_called(uri, reaches_private) => Ok(()),
            Some(_) if reaches_private => {
                refused("This is no address with http or https and without a fragment.")
            }
            Some(_) => refused("This is no address with https and without a fragment."),
        }
    }

    /// The scopes that `text` names: what people may be told by, and what the caller could give to a credential of their own.
    fn scopes_for_client(&self, who: &Principal, text: Option<&str>) -> Result<Scopes, Error> {
        let Some(text) = text else { return Ok(scope::OF_PERSON.iter().map(|(name, _)| *name).collect()) };
        let asked = Scopes::parse(text)?;
        let others: Scopes = asked.iter().filter(|scope| !scope::is_of_person(scope)).collect();
        self.known_scopes(&others.to_string())?;
        if !self.may_pass_on(who, &others) {
            let why = "An application cannot have a scope that you do not hold yourself.";
            return Err(Error::new(Code::InvalidScope, why).about("scope"));
        }
        Ok(asked)
    }
}

/// A new secret as it is shown, and the digest that the database keeps of it.
fn issue(entropy: &dyn Entropy) -> (Secret<String>, Digest) {
    let secret: [u8; 32] = entropy.bytes();
    (opaque::write(PREFIX, &secret), Digest::of(&secret))
}

/// The digest of a presented secret; `None` when it is no secret of any application.
pub(super) fn read(text: &str) -> Option<Digest> {
    opaque::read::<32>(PREFIX, text).map(|secret| Digest::of(&*secret))
}

fn no_client() -> Error {
    Error::new(Code::NotFound, "There is no such application.")
}

fn described(client: &OAuthClient) -> String {
    format!("{} {}", client.id, client.name)
}

fn check(new: &NewClient) -> Result<(), Error> {
    let refused = |field, why: String| Err(Error::new(Code::InvalidField, why).about(field));
    let length = new.name.trim().chars().count();
    if !(1..=NAME_MAX).contains(&length) || new.name.chars().any(char::is_control) {
        return refused("name", format!("The name of an application has 1 to {NAME_MAX} characters."));
    }
    if new.own_scope.is_some() && new.is_public {
        let why = "Who can keep no secret cannot act by itself.";
        return refused("own_scope", why.to_owned());
    }
    if new.redirect_uris.is_empty() && new.own_scope.is_none() {
        return refused("redirect_uris", "Say where browsers are sent with the answer.".to_owned());
    }
    for (field, uris) in [("redirect_uris", &new.redirect_uris), ("post_logout_uris", &new.post_logout_uris)]
    {
        if uris.len() > URIS_MAX {
            return refused(field, format!("An application has {URIS_MAX} addresses of a kind at most."));
        }
        if let Some(uri) = uris.iter().find(|uri| !redirect::is_acceptable(uri)) {
            let uri: String = uri.chars().take(100).collect();
            let why = format!(
                "{uri:?} is no address for this: https, http on the person's own machine, or a scheme with a dot, without a fragment."
            );
            return refused(field, why);
        }
    }
    Ok(())
}
