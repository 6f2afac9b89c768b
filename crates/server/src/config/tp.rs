//! `[dialect.tp]`: the environment of services built with TP Auth, turned into Doorward's own settings.
//!
//! Its names are read from the environment of the process and from a file `.env`; what the process has goes before. Lists are
//! JSON or separated by commas. Does not judge what Doorward's own keys say: that happens afterwards, as for everybody.
//!
//! Invariant: without `[dialect.tp] enabled` none of the names is read.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward_core::settings::Settings;
use doorward_core::{Secret, Ttl};
use doorward_jose::{Algorithm, SigningKey};
use http::{HeaderName, Method};
use url::Url;

use super::cors::Cors;
use super::length::Length;
use super::read::{ConfigError, Environment};
use super::sections::Sections;
use super::settle::{Checked, refused};

/// The longest gap between clocks that can be asked for, in minutes.
const MOST_LEEWAY: u32 = 60;
/// A year: longer than any session.
const MOST_EXPIRY: u32 = 366 * 24 * 60;
/// Where Doorward's own paths begin.
const TAKEN: [&str; 10] = [
    "/api/v1",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/account",
    "/.well-known",
    "/v1",
    "/v2",
    "/v3",
];

/// What the dialect's routes go by.
#[derive(Debug, Clone)]
pub struct TpSurface {
    /// Where tokens are given for passwords.
    pub token_url: String,
    /// Where a token is exchanged for a fresh one.
    pub refresh_url: String,
    /// Where pages about the API are looked for.
    pub docs_urls: Vec<String>,
    /// Where the description of the API is looked for.
    pub openapi_url: String,
    /// The scopes as the description tells them.
    pub scopes: BTreeMap<String, String>,
    /// Whether answers have `token` and cookies too.
    pub gives_cookies: bool,
}

/// What the environment says beside what went into the sections.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) surface: TpSurface,
    pub(super) cors: Option<Cors>,
    pub(super) private_key: Option<Secret<String>>,
    leeway: Ttl,
    extend_every: Ttl,
}

impl Said {
    /// Lays what has no key of its own over the rules.
    pub(super) fn lay_over(&self, rules: &mut Settings) {
        rules.tokens.expiry_leeway = self.leeway;
        rules.tokens.extend_every = self.extend_every;
        rules.tokens.tells_account = true;
    }
}

/// Reads the environment into `sections`; `None` when the dialect is off.
pub(super) fn overlay(
    sections: &mut Sections,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Checked<Option<Said>> {
    if !sections.dialect.tp.enabled {
        return Ok(None);
    }
    let private_key = keys(sections, environment)?;
    let tokens = &mut sections.tokens;
    let expiry = within(environment, "EXPIRY", 1_440, 1..=MOST_EXPIRY)?;
    tokens.access_ttl.get_or_insert(Length(Ttl::from_minutes(expiry)));
    let idle = sections.sessions.idle.get_or_insert(Length(Settings::default().sessions.idle));
    *idle = Length(idle.0.max(Ttl::from_minutes(expiry)));
    tokens.issuer.get_or_insert_with(|| environment.get("ISSUER").unwrap_or("prismaticain").to_owned());
    // TP's tokens say of nobody that they are for them, and its services refuse one that does.
    if tokens.audience == Settings::default().audience {
        tokens.audience.clear();
    }
    sections.scopes.extend(scopes(environment)?);
    if let Some(url) = environment.get("DB_URL") {
        let url = memory_database(environment, url)?;
        sections.cache.url.get_or_insert_with(|| Secret::new(url));
        sections.cache.database.get_or_insert(within(environment, "REFRESH_RESTRICT_DB", 8, 0..=65_535)?);
        let login = within(environment, "LOGIN_REDIS_DB", 9, 0..=65_535)?;
        sections.cache.mirror_database.get_or_insert(login);
    }
    let cors = cors(sections, environment, warnings)?;
    Ok(Some(Said {
        surface: surface(sections, environment)?,
        cors,
        private_key,
        leeway: Ttl::from_minutes(within(environment, "LEEWAY", 10, 0..=MOST_LEEWAY)?),
        extend_every: Ttl::from_minutes(within(environment, "REFRESH_RESTRICT_MINUTES", 2, 1..=MOST_EXPIRY)?),
    }))
}

/// The address of the memory database; behind a sentinel, with the service that it names.
fn memory_database(environment: &Environment, url: &str) -> Checked<String> {
    if !environment.get("REDIS_CONNECTION_TYPE").is_some_and(|kind| kind.eq_ignore_ascii_case("sentinel")) {
        return Ok(url.to_owned());
    }
    let Some(service) = environment.get("REDIS_MASTER_SERVICE") else {
        return refused(
            "REDIS_MASTER_SERVICE: REDIS_CONNECTION_TYPE is sentinel; name the service that it watches over",
        );
    };
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(url.to_owned()) };
    let hosts = rest.split('/').next().unwrap_or(rest);
    Ok(format!("{scheme}-sentinel://{hosts}/{service}"))
}

/// How tokens are signed; gives the private key, if one was given.
fn keys(sections: &mut Sections, environment: &Environment) -> Checked<Option<Secret<String>>> {
    let algorithm = environment.get("ALGORITHM");
    if algorithm.is_none() && sections.tokens.algorithm.is_some() {
        return Ok(None);
    }
    match algorithm.unwrap_or("HS256") {
        "HS256" => {
            let crypto = &mut sections.crypto;
            if let Some(secret) = environment.get("SECRET_KEY") {
                if secret.len() < 32 {
                    return refused(
                        "SECRET_KEY: 32 bytes or more, a shorter one can be found out from any token (RFC 7518 §3.2); make one \
                         with `doorward generate-private-key --algorithm HS256`, and give it to your services too",
                    );
                }
                crypto.secret_key.get_or_insert_with(|| Secret::new(secret.to_owned()));
            } else if crypto.secret_key.is_none() && crypto.secret_key_file.is_none() {
                return refused(
                    "SECRET_KEY: ALGORITHM is HS256 and there is no secret to sign with; say one, or say ALGORITHM=RS256 with \
                     PRIVATE_KEY and PUBLIC_KEY",
                );
            }
            Ok(None)
        }
        "RS256" => {
            sections.tokens.algorithm = Some("RS256".to_owned());
            rsa(environment).map(Some)
        }
        other => refused(format!("ALGORITHM: {other:?} is neither HS256 nor RS256")),
    }
}

/// The private key of RS256, which has to belong to the public one.
fn rsa(environment: &Environment) -> Checked<Secret<String>> {
    let Some(private) = environment.get("PRIVATE_KEY") else {
        return refused(
            "PRIVATE_KEY: ALGORITHM is RS256 and there is no key to sign with; say the base64 of its PEM",
        );
    };
    let pem = pem("PRIVATE_KEY", private)?;
    let key = SigningKey::from_pem(&pem).ok().filter(|key| key.algorithm() == Algorithm::Rs256).ok_or_else(
        || ConfigError("PRIVATE_KEY: this is not the PEM of an RSA key of 2048 bits or more".to_owned()),
    )?;
    if let Some(public) = environment.get("PUBLIC_KEY")
        && !is_pair(&key, &self::pem("PUBLIC_KEY", public)?)
    {
        return refused(
            "PUBLIC_KEY: it does not belong to PRIVATE_KEY; your services would refuse every token",
        );
    }
    Ok(Secret::new(pem))
}

/// Whether the modulus of `key` is in the public key `pem`.
fn is_pair(key: &SigningKey, pem: &str) -> bool {
    let jwk = serde_json::to_value(key.public_jwk()).unwrap_or_default();
    let modulus = jwk["n"].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or_default();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let public = STANDARD.decode(body).unwrap_or_default();
    !modulus.is_empty() && public.windows(modulus.len()).any(|part| part == modulus)
}

/// The PEM behind the base64 of it; PEM itself is taken as it is.
fn pem(name: &str, text: &str) -> Checked<String> {
    if text.contains("-----BEGIN ") {
        return Ok(text.replace("\\n", "\n"));
    }
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let decoded = STANDARD.decode(compact).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .filter(|text| text.contains("-----BEGIN "))
        .ok_or_else(|| ConfigError(format!("{name}: this is not the base64 of a PEM file")))
}

fn scopes(environment: &Environment) -> Checked<BTreeMap<String, String>> {
    let Some(text) = environment.get("AUTH_SCOPES").filter(|text| !is_none(text)) else {
        return Ok(BTreeMap::new());
    };
    serde_json::from_str(text).map_err(|_| {
        ConfigError(
            "AUTH_SCOPES: a JSON object like {\"read\": \"Read Access\", \"write\": \"Write Access\"}"
                .to_owned(),
        )
    })
}

/// Which pages may call. Credentials for everybody's pages would be a gift of every account to every page.
fn cors(
    sections: &mut Sections,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Checked<Option<Cors>> {
    if !is_true(environment, "ENABLE_CORS", true)? {
        return Ok(None);
    }
    let origins = list(environment, "CORS_URLS")?.unwrap_or_else(|| {
        if sections.cors.allowed_origins.is_empty() {
            warnings.push(
                "CORS_URLS is not set: pages of *.prismatica.in may call, as TP Auth's documents have it; name your own, or set \
                 ENABLE_CORS=False"
                    .to_owned(),
            );
            return vec!["*.prismatica.in".to_owned()];
        }
        Vec::new()
    });
    let with_credentials = is_true(environment, "CORS_ALLOW_CREDENTIALS", true)?;
    if with_credentials && origins.iter().any(|origin| origin == "*") {
        return refused(
            "CORS_URLS: \"*\" together with CORS_ALLOW_CREDENTIALS would let every page act as its visitor; name the origins, or \
             set CORS_ALLOW_CREDENTIALS=False",
        );
    }
    sections.cors.allowed_origins.extend(origins);
    let methods = list(environment, "CORS_ALLOW_METHODS")?.map_or_else(
        || Ok(Cors::default().methods),
        |names| names.iter().map(|name| parsed::<Method>("CORS_ALLOW_METHODS", name)).collect::<Checked<_>>(),
    )?;
    let headers = match list(environment, "CORS_ALLOW_HEADERS")? {
        Some(names) if !names.iter().any(|name| name == "*") => {
            let names = names.iter().map(|name| parsed::<HeaderName>("CORS_ALLOW_HEADERS", name));
            Some(names.collect::<Checked<_>>()?)
        }
        _ => None,
    };
    Ok(Some(Cors { with_credentials, methods, headers }))
}

fn surface(sections: &Sections, environment: &Environment) -> Checked<TpSurface> {
    let path = |name, default: &str| self::path(name, environment.get(name).unwrap_or(default));
    let free = |name, default| {
        let path = path(name, default)?;
        let authx = &sections.dialect.authx;
        let of_authx = authx.enabled.then_some(&*authx.prefix);
        let mut taken = TAKEN.into_iter().chain(of_authx);
        let is_taken = taken.any(|taken| path == taken || path.starts_with(&format!("{taken}/")));
        if is_taken {
            refused(format!("{name}: {path} is one of Doorward's own paths; choose another"))
        } else {
            Ok(path)
        }
    };
    let (token_url, refresh_url) = (free("TOKEN_URL", "/token")?, free("REFRESH_URL", "/refresh")?);
    let fixed = ["/token", "/logout", "/api/healthcheck"];
    if token_url == refresh_url || fixed.contains(&&*refresh_url) || fixed[1..].contains(&&*token_url) {
        return refused(
            "TOKEN_URL and REFRESH_URL: paths of their own, beside /token, /logout and /api/healthcheck",
        );
    }
    let own = [&*token_url, &*refresh_url, fixed[0], fixed[1], fixed[2], "/"];
    let mut pages: Vec<String> = vec![path("DOCS_URL", "/docs")?, path("REDOC_URL", "/redoc")?];
    let openapi_url = path("OPENAPI_URL", "/openapi.json")?;
    pages.dedup();
    if pages.iter().chain([&openapi_url]).any(|page| own.contains(&&**page)) || pages.contains(&openapi_url) {
        return refused("DOCS_URL, REDOC_URL and OPENAPI_URL: paths of their own");
    }
    Ok(TpSurface {
        token_url,
        refresh_url,
        docs_urls: pages,
        openapi_url,
        scopes: sections.scopes.clone(),
        gives_cookies: sections.dialect.tp.cookies,
    })
}

/// A path, or the path of an address: services name the server they fetch tokens from by its whole address.
fn path(name: &str, text: &str) -> Checked<String> {
    let of_address = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let path = of_address.map_or_else(|| text.to_owned(), |url| url.path().to_owned());
    let is_good = path.len() > 1
        && path.starts_with('/')
        && !path.contains("//")
        && path.bytes().all(|c| c.is_ascii_alphanumeric() || b"/._-".contains(&c));
    if is_good {
        return Ok(path);
    }
    refused(format!(
        "{name}: {text:?} is no path like \"/token\"; the address of the gRPC service is a setting of its own"
    ))
}

/// A JSON list, or names separated by commas.
fn list(environment: &Environment, name: &str) -> Checked<Option<Vec<String>>> {
    let Some(text) = environment.get(name).map(str::trim).filter(|text| !is_none(text)) else {
        return Ok(None);
    };
    if text.starts_with('[') {
        let read = serde_json::from_str(text);
        return read
            .map(Some)
            .map_err(|_| ConfigError(format!("{name}: a JSON list like [\"a\", \"b\"], or a, b")));
    }
    Ok(Some(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()))
}

fn is_none(text: &str) -> bool {
    text.trim() == "None"
}

fn is_true(environment: &Environment, name: &str, default: bool) -> Checked<bool> {
    let Some(text) = environment.get(name) else { return Ok(default) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => Ok(true),
        "false" | "0" | "no" | "off" | "f" | "n" => Ok(false),
        _ => refused(format!("{name}: True or False")),
    }
}

fn within(
    environment: &Environment,
    name: &str,
    default: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Checked<u32> {
    let value = environment.get(name).map_or(Some(default), |text| text.parse().ok());
    value.filter(|value| range.contains(value)).ok_or_else(|| {
        ConfigError(format!("{name}: a whole number from {} to {}", range.start(), range.end()))
    })
}

fn parsed<T: FromStr<Err: Display>>(name: &str, text: &str) -> Checked<T> {
    text.parse().map_err(|fault| ConfigError(format!("{name}: {text:?}: {fault}")))
}

#[cfg(test)]
mod tests;
