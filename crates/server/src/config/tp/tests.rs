use doorward_core::Ttl;
use doorward_jose::Algorithm;

use crate::config::{Config, Environment, parse};

const ON: &str = "[dialect.tp]\nenabled = true\n";
const SECRET: (&str, &str) = ("SECRET_KEY", "0123456789abcdef0123456789abcdef");

fn with(variables: &[(&str, &str)]) -> Result<Config, String> {
    let environment = Environment::of(variables.iter().copied().chain([SECRET]));
    parse(ON, &environment).map_err(|fault| fault.to_string())
}

fn refused(variables: &[(&str, &str)], words: &str) {
    let fault = with(variables).unwrap_err();
    assert!(fault.contains(words), "{fault:?} does not say {words:?}");
}

#[test]
fn what_is_not_said_is_as_tp_auth_s_documents_have_it() {
    let config = with(&[]).unwrap();
    let (tokens, tp) = (&config.rules.tokens, config.http.tp.unwrap());

    assert_eq!((tokens.algorithm, &*config.rules.issuer), (Algorithm::Hs256, "prismaticain"));
    assert_eq!((tokens.access_ttl, tokens.expiry_leeway), (Ttl::from_days(1), Ttl::from_minutes(10)));
    assert_eq!(tokens.extend_every, Ttl::from_minutes(2));
    assert_eq!((&*tp.token_url, &*tp.refresh_url), ("/token", "/refresh"));
    assert_eq!(
        (tp.docs_urls, &*tp.openapi_url),
        (vec!["/docs".to_owned(), "/redoc".to_owned()], "/openapi.json")
    );
    assert_eq!(config.http.allowed_origins, ["*.prismatica.in"]);
    assert!(config.warnings.iter().any(|warning| warning.starts_with("CORS_URLS")));
}

#[test]
fn none_of_the_names_is_read_without_the_dialect() {
    let environment =
        Environment::of([SECRET, ("ISSUER", "acme"), ("EXPIRY", "rubbish"), ("CORS_URLS", "*")]);

    let config = parse("", &environment).unwrap();

    assert!(config.signing_secret.is_none() && config.http.tp.is_none());
    assert_eq!(config.rules.issuer, "http://127.0.0.1:7272");
}

#[test]
fn lists_are_json_or_have_commas() {
    for text in [
        "[\"https://a.example\", \"*.b.example\"]",
        "https://a.example, *.b.example",
        "https://a.example,*.b.example,",
    ] {
        let config = with(&[("CORS_URLS", text)]).unwrap();

        assert_eq!(config.http.allowed_origins, ["https://a.example", "*.b.example"], "{text}");
    }
    refused(&[("CORS_URLS", "[https://a.example]")], "a JSON list");
}

#[test]
fn a_file_is_read_with_blanks_quotes_and_remarks_and_the_process_goes_before() {
    let file = "# remarks\nISSUER = acme   # ours\nexport EXPIRY='30'\nAUTH_SCOPES = {\"read\": \"Read # Access\"}\n\
                LEEWAY = 1\nLEEWAY = 2\nTOKEN_URL=\"/auth/token\"\nno line\n";
    let environment = Environment::of([SECRET, ("ISSUER", "process")]).beside(file);

    let config = parse(ON, &environment).unwrap();

    assert_eq!(config.rules.issuer, "process");
    assert_eq!(config.rules.tokens.access_ttl, Ttl::from_minutes(30));
    assert_eq!(config.rules.tokens.expiry_leeway, Ttl::from_minutes(2));
    assert_eq!(config.http.tp.unwrap().token_url, "/auth/token");
    assert_eq!(config.rules.scopes["read"], "Read # Access");
}

#[test]
fn what_would_be_insecure_or_makes_no_sense_stops_the_start_and_says_what_to_do() {
    refused(&[("ALGORITHM", "none")], "neither HS256 nor RS256");
    refused(&[("ALGORITHM", "RS256")], "PRIVATE_KEY: ALGORITHM is RS256");
    refused(&[("ALGORITHM", "RS256"), ("PRIVATE_KEY", "bm90IGEga2V5")], "not the base64 of a PEM");
    refused(&[("CORS_URLS", "*")], "every page act as its visitor");
    refused(&[("CORS_URLS", "*.in")], "is no origin");
    refused(&[("CORS_URLS", "null")], "is no origin");
    refused(&[("AUTH_SCOPES", "read,write")], "a JSON object");
    refused(&[("AUTH_SCOPES", "{\"admin:users\": \"x\"}")], "Doorward's own");
    refused(&[("REFRESH_URL", "localhost:50051")], "no path like");
    refused(&[("TOKEN_URL", "/api/v1/login")], "Doorward's own paths");
    refused(&[("TOKEN_URL", "/{id}")], "no path like");
    refused(&[("REFRESH_URL", "/token")], "paths of their own");
    refused(&[("EXPIRY", "0")], "EXPIRY: a whole number");
    refused(&[("LEEWAY", "61")], "LEEWAY: a whole number from 0 to 60");
    refused(&[("ENABLE_CORS", "perhaps")], "True or False");
    let short = Environment::of([("SECRET_KEY", "SomeSecret")]);
    assert!(parse(ON, &short).unwrap_err().to_string().contains("32 bytes or more"));
    assert!(parse(ON, &Environment::default()).unwrap_err().to_string().contains("no secret to sign with"));
}

#[test]
fn the_memory_database_is_the_cache_in_the_database_of_rests_whatever_its_address_says() {
    for (url, known) in [
        ("redis://:pass@localhost:6379/0", "redis://:pass@localhost:6379/0"),
        ("dragonfly://localhost:6380/0", "redis://localhost:6380/0"),
        ("valkeys://localhost", "rediss://localhost"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ] {
        let cache = with(&[("DB_URL", url), ("REFRESH_RESTRICT_DB", "5")]).unwrap().cache.unwrap();

        assert_eq!((&**cache.url.expose(), cache.meters.database), (known, Some(5)));
    }
    let behind_a_sentinel = [
        ("DB_URL", "redis://:pass@localhost:26379/0"),
        ("REDIS_CONNECTION_TYPE", "sentinel"),
        ("REDIS_MASTER_SERVICE", "doors"),
    ];
    let cache = with(&behind_a_sentinel).unwrap().cache.unwrap();
    assert_eq!(
        (&**cache.url.expose(), cache.meters.database),
        ("redis-sentinel://:pass@localhost:26379/doors", Some(8))
    );
    assert!(cache.mirror.is_none());
    refused(&behind_a_sentinel[..2], "REDIS_MASTER_SERVICE");
    refused(&[("DB_URL", "memcached://localhost")], "memcached has no step");
    refused(&[("DB_URL", "localhost:6379")], "no address like");
}

#[test]
fn a_session_may_rest_as_long_as_its_token_lives() {
    let config = with(&[("EXPIRY", "20160")]).unwrap();

    assert_eq!(config.rules.sessions.idle, Ttl::from_days(14));
}
