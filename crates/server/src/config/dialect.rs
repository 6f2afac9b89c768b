//! `[dialect.<name>]`: which other systems' clients are served.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::settle::{Checked, refused};

/// Other systems whose clients find their routes here, over the same accounts. All are off unless switched on.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dialects {
    /// Clients of R2R: `/v1`, `/v2` and `/v3`.
    pub r2r: R2r,
    /// Clients of AuthX.
    pub authx: Authx,
    /// Services built with TP Auth.
    pub tp: Tp,
}

/// Clients of R2R: `/v1`, `/v2` and `/v3`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct R2r {
    /// Serve them.
    pub enabled: bool,
}

/// Clients of AuthX.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Authx {
    /// Serve them.
    pub enabled: bool,
    /// Where their routes begin.
    pub prefix: String,
    /// The name of the cookie with the access token.
    pub access_cookie: String,
    /// The name of the cookie with the refresh token.
    pub refresh_cookie: String,
    /// What a login under a name that nobody has is answered with, and a forgotten password at an address that nobody has:
    /// `401` tells strangers nothing, `404` is what AuthX answers.
    pub unknown_login: u16,
    /// The address of the application whose pages `/confirm` and `/reset_password` take the tokens of letters; the server's own
    /// when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

impl Default for Authx {
    fn default() -> Self {
        Self {
            enabled: false,
            prefix: "/api/users".to_owned(),
            access_cookie: "authx_access".to_owned(),
            refresh_cookie: "authx_refresh".to_owned(),
            unknown_login: 401,
            base_url: None,
        }
    }
}

/// Services built with TP Auth.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tp {
    /// Serve them. TP Auth's environment (`SECRET_KEY`, `ISSUER`, `AUTH_SCOPES` and the others) is read then, from a file `.env` too.
    pub enabled: bool,
    /// Answer with `token` beside `access_token`, and set the cookies `user_id` and `access_token`, as services that read these
    /// expect it; the cookie is then taken for the token by the dialect's own routes.
    pub cookies: bool,
}

impl Authx {
    /// Judges what is written.
    ///
    /// # Errors
    /// A sentence that names the key.
    fn check(&self) -> Checked<()> {
        let is_segment = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        };
        let is_path = self.prefix.strip_prefix('/').is_some_and(|path| path.split('/').all(is_segment));
        if !is_path || self.prefix.starts_with("/api/v1") {
            return refused(format!(
                "dialect.authx.prefix: {:?} is no free path like \"/api/users\", without a slash at its end",
                self.prefix
            ));
        }
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        for (key, name) in [("access_cookie", &self.access_cookie), ("refresh_cookie", &self.refresh_cookie)]
        {
            if !is_name(name) {
                return refused(format!("dialect.authx.{key}: {name:?} is no name of a cookie"));
            }
        }
        if self.access_cookie == self.refresh_cookie {
            return refused("dialect.authx.refresh_cookie: give it another name than access_cookie");
        }
        if ![401, 404].contains(&self.unknown_login) {
            return refused("dialect.authx.unknown_login: 401 or 404");
        }
        Ok(())
    }

    /// The page of the application for this path, where the dialect is on.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub(super) fn page(&self, path: &str, public_url: &str) -> Checked<Option<String>> {
        if !self.enabled {
            return Ok(None);
        }
        let base = self.base_url.as_deref().unwrap_or(public_url).trim_end_matches('/');
        let is_good = Url::parse(base).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
        });
        if is_good {
            Ok(Some(format!("{base}{path}")))
        } else {
            refused(format!("dialect.authx.base_url: {base:?} is no address like \"https://app.example\""))
        }
    }
}

/// Judges `[dialect]`.
///
/// # Errors
/// A sentence that names the key.
pub(super) fn dialects(sections: &Dialects) -> Checked<Dialects> {
    sections.authx.check()?;
    Ok(sections.clone())
}
