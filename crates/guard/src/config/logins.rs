//! The guards of a file that log people in.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::secrets::{Named, SecretSource};
use crate::guard::Verdict;
#[cfg(feature = "oidc")]
use crate::guards::Oidc;
#[cfg(feature = "github")]
use crate::guards::github;
#[cfg(feature = "google")]
use crate::guards::google;
use crate::guards::{ClientAuth, OAuth2, Registration};
use crate::login::OnAuth;
use crate::scope::ScopeSet;
use crate::user::UserInfo;

/// What an application and a provider have agreed upon, who may come in, and what happens then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    client_id: String,
    /// Without it the client has none, and PKCE alone protects the code.
    client_secret: Option<Named>,
    auth: Option<Auth>,
    redirect_url: String,
    /// Where the application is mounted, if it does not see that in its paths.
    root: Option<String>,
    scopes: Option<Vec<String>>,
    service_name: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    #[serde(default)]
    on_auth: After,
    /// Who may come in, by the provider's ids; everybody with a login there if left out.
    users: Option<Vec<Admitted>>,
    // Of `oauth2` alone.
    authorize_url: Option<String>,
    token_url: Option<String>,
    scopes_delimiter: Option<String>,
    // Of `oauth2` and `oidc`.
    issuer: Option<String>,
    // Of `oidc` and `google`.
    user_info: Option<bool>,
    form_post: Option<bool>,
}

/// Where the secret of the client goes.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Auth {
    Post,
    Basic,
}

/// What a browser gets when it comes back logged in.
#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum After {
    #[default]
    Replay,
    Back,
    To(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Admitted {
    id: String,
    #[serde(default)]
    scopes: Vec<String>,
}

impl Login {
    /// The guard of `type = "oauth2"`.
    pub(super) fn oauth2(self, secrets: &dyn SecretSource) -> Result<OAuth2, String> {
        self.refuse([("user_info", self.user_info.is_some()), ("form_post", self.form_post.is_some())])?;
        let (Some(authorize), Some(token)) = (&self.authorize_url, &self.token_url) else {
            return Err("needs `authorize_url` and `token_url`".to_owned());
        };
        let mut guard = OAuth2::new(authorize, token, self.registration(secrets)?);
        if let Some(issuer) = &self.issuer {
            guard = guard.issuer(issuer);
        }
        if let Some(delimiter) = &self.scopes_delimiter {
            guard = guard.scopes_delimiter(delimiter);
        }
        Ok(self.of_oauth2(guard))
    }

    /// The guard of `type = "github"`.
    #[cfg(feature = "github")]
    pub(super) fn github(self, secrets: &dyn SecretSource) -> Result<OAuth2, String> {
        self.refuse([("user_info", self.user_info.is_some()), ("form_post", self.form_post.is_some())])?;
        self.refuse_endpoints()?;
        self.refuse([("issuer", self.issuer.is_some())])?;
        let guard = github(self.registration(secrets)?);
        Ok(self.of_oauth2(guard))
    }

    /// The guard of `type = "oidc"`.
    #[cfg(feature = "oidc")]
    pub(super) fn oidc(self, secrets: &dyn SecretSource) -> Result<Oidc, String> {
        self.refuse_endpoints()?;
        let issuer = self.issuer.as_ref().ok_or("needs an `issuer`")?;
        let guard = Oidc::new(issuer, self.registration(secrets)?);
        Ok(self.of_oidc(guard))
    }

    /// The guard of `type = "google"`.
    #[cfg(feature = "google")]
    pub(super) fn google(self, secrets: &dyn SecretSource) -> Result<Oidc, String> {
        self.refuse_endpoints()?;
        self.refuse([("issuer", self.issuer.is_some())])?;
        let guard = google(self.registration(secrets)?);
        Ok(self.of_oidc(guard))
    }

    fn refuse<const N: usize>(&self, fields: [(&str, bool); N]) -> Result<(), String> {
        match fields.into_iter().find(|(_, is_there)| *is_there) {
            Some((name, _)) => Err(format!("`{name}` means nothing to a guard of this type")),
            None => Ok(()),
        }
    }

    fn refuse_endpoints(&self) -> Result<(), String> {
        self.refuse([
            ("authorize_url", self.authorize_url.is_some()),
            ("token_url", self.token_url.is_some()),
            ("scopes_delimiter", self.scopes_delimiter.is_some()),
        ])
    }

    fn registration(&self, secrets: &dyn SecretSource) -> Result<Registration, String> {
        let mut ours = match &self.client_secret {
            Some(named) => Registration::new(&*self.client_id, named.find(secrets)?, &self.redirect_url),
            None => Registration::public(&*self.client_id, &self.redirect_url),
        };
        match (self.auth, &self.client_secret) {
            (Some(_), None) => return Err("`auth` needs a `client_secret`".to_owned()),
            (Some(Auth::Post), _) => ours = ours.auth(ClientAuth::Post),
            (Some(Auth::Basic), _) => ours = ours.auth(ClientAuth::Basic),
            (None, _) => {}
        }
        Ok(match &self.root {
            Some(root) => ours.under(root),
            None => ours,
        })
    }

    fn on_auth(&self) -> OnAuth {
        match &self.on_auth {
            After::Replay => OnAuth::Replay,
            After::Back => OnAuth::RedirectBack,
            After::To(target) => OnAuth::RedirectTo(target.clone()),
        }
    }

    fn of_oauth2(self, guard: OAuth2) -> OAuth2 {
        let mut guard = guard.on_auth(self.on_auth());
        if let Some(scopes) = self.scopes {
            guard = guard.scopes(scopes);
        }
        if let Some(name) = self.service_name {
            guard = guard.service_name(name);
        }
        guard = self.params.into_iter().fold(guard, |guard, (name, value)| guard.service_param(name, value));
        match self.users {
            Some(users) => guard.validate(move |user| admitted(&users, user)),
            None => guard,
        }
    }

    #[cfg(feature = "oidc")]
    fn of_oidc(self, guard: Oidc) -> Oidc {
        let mut guard = guard.on_auth(self.on_auth());
        if let Some(scopes) = self.scopes {
            guard = guard.scopes(scopes);
        }
        if let Some(name) = self.service_name {
            guard = guard.service_name(name);
        }
        if self.user_info == Some(true) {
            guard = guard.request_user_info();
        }
        if self.form_post == Some(true) {
            guard = guard.answered_by_form();
        }
        guard = self.params.into_iter().fold(guard, |guard, (name, value)| guard.service_param(name, value));
        match self.users {
            Some(users) => guard.validate(move |user| admitted(&users, user)),
            None => guard,
        }
    }
}

/// Whoever is on the list, with the scopes that stand there.
fn admitted(users: &[Admitted], user: &UserInfo) -> Verdict {
    let known = users.iter().find(|admitted| admitted.id == user.id);
    known.map(|admitted| ScopeSet::from(admitted.scopes.clone())).into()
}
