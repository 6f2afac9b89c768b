use std::os::unix::fs::PermissionsExt;

use doorward_core::Ttl;
use doorward_core::password::HashFunction;
use doorward_jose::Algorithm;

use super::{Config, Environment, ProviderKind, example, parse};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn with(text: &str) -> Result<Config, String> {
    parse(text, &Environment::default()).map_err(|fault| fault.to_string())
}

fn with_env(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    parse(text, &Environment::of(variables.iter().copied())).map_err(|fault| fault.to_string())
}

fn refused(text: &str, word: &str) {
    let fault = with(text).unwrap_err();
    assert!(fault.contains(word), "{fault:?} does not say {word:?}");
}

#[test]
fn nothing_at_all_is_a_good_configuration() {
    let config = with("").unwrap();

    assert_eq!(config.listen.bind.to_string(), "127.0.0.1:7272");
    assert_eq!(config.rules.issuer, "http://127.0.0.1:7272");
    assert_eq!(config.rules.tokens.algorithm, Algorithm::EdDsa);
    assert_eq!(config.hash.function, HashFunction::ARGON2ID_OWASP);
    assert_eq!(config.master_key_file.to_str(), Some("data/master.key"));
    assert!(config.warnings.is_empty() && config.admin_password.is_none() && config.signing_secret.is_none());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let fault = with("[server]\nbind = \"127.0.0.1:1\"\npublic_uri = \"x\"\n").unwrap_err();

    assert_eq!(fault, "doorward.toml line 3: unknown key `public_uri`; did you mean `public_url`?");
    refused("[serve]\n", "did you mean `server`?");
    refused("zzz = 1\n", "known here are");
}

#[test]
fn the_environment_wins_over_the_file() {
    let text = "[server]\nbind = \"127.0.0.1:1\"\n[tokens]\naccess_ttl = \"5m\"\n";

    let config =
        with_env(text, &[("DOORWARD__SERVER__BIND", "127.0.0.1:2"), ("DOORWARD__SERVER__WORKERS", "3")])
            .unwrap();

    assert_eq!(config.listen.bind.port(), 2);
    assert_eq!(config.listen.workers, 3);
    assert_eq!(config.rules.tokens.access_ttl, Ttl::from_minutes(5));
}

#[test]
fn a_variable_changes_one_key_and_leaves_the_keys_beside_it() {
    let name = "DOORWARD__LIMITS__LOGIN_PER_ACCOUNT__BURST";
    let (usual, changed) =
        (with("").unwrap().rules.limits, with_env("", &[(name, "5")]).unwrap().rules.limits);
    assert_eq!(changed.login_per_account.burst, 5);
    assert_eq!(changed.login_per_account.refill, usual.login_per_account.refill);

    let file = "[limits]\nlogin_per_account = { burst = 7, refill = \"9m\" }";
    let changed = with_env(file, &[(name, "5")]).unwrap().rules.limits.login_per_account;
    assert_eq!((changed.burst, changed.refill), (5, Ttl::from_minutes(9)));

    let whole = [("DOORWARD__LIMITS__LOGIN_PER_ACCOUNT", "{ burst = 3, refill = \"2m\" }")];
    assert_eq!(with_env("", &whole).unwrap().rules.limits.login_per_account.burst, 3);
}

#[test]
fn a_cache_is_one_server_or_many_and_a_cluster_has_its_database_in_the_prefix() {
    let cache =
        |text: &str| with(&format!("[cache]\n{text}\ndatabase = 5")).map(|config| config.cache.unwrap());
    for (url, known, database, prefix) in [
        ("valkey+sentinel://a,b/doors", "redis-sentinel://a,b/doors", Some(5), "doorward:"),
        ("valkeys-cluster://a,b", "rediss-cluster://a,b", None, "doorward:5:"),
    ] {
        let cache = cache(&format!("url = \"{url}\"")).unwrap();

        assert_eq!(
            (&**cache.url.expose(), cache.meters.database, &*cache.meters.prefix),
            (known, database, prefix)
        );
    }
    let plain = cache("url = \"redis://a\"\ntls_ca_file = \"ca.pem\"").unwrap_err();
    assert!(plain.contains("without TLS"), "{plain}");
}

#[test]
fn a_number_is_text_where_text_is_wanted() {
    let config = with_env("", &[("DOORWARD__AUTH__DEFAULT_ADMIN_PASSWORD", "1234567890123")]).unwrap();

    assert_eq!(config.admin_password.unwrap().expose(), "1234567890123");
}

#[test]
fn a_variable_that_cannot_be_used_is_named() {
    for (name, value, word) in [
        ("DOORWARD__SERVER__BNID", "127.0.0.1:1", "did you mean `bind`?"),
        ("DOORWARD__SERVER", "x", "the form is"),
        ("DOORWARD__SERVER__WORKERS", "many", "DOORWARD__SERVER__WORKERS"),
        ("DOORWARD____", "x", "the form is"),
    ] {
        let fault = with_env("", &[(name, value)]).unwrap_err();
        assert!(fault.contains(word) && fault.contains(name), "{fault}");
    }
}

#[test]
fn r2r_configuration_keeps_its_meaning_in_both_spellings() {
    let seed = "
        [auth]
        provider = \"r2r\"
        access_token_minutes_lifetime = 60
        access_token_days_lifetime = 7
        require_authentication = true
        require_email_verification = false
        default_admin_email = \"root@example.com\"
        default_admin_password = \"a password of my own\"
        [crypto]
        provider = \"bcrypt\"
        salt_rounds = 10";
    let shipped = "
        [auth]
        access_token_lifetime_in_minutes = 60
        refresh_token_lifetime_in_days = 7
        [crypto]
        provider = \"bcrypt\"
        bcrypt_rounds = 10";

    for text in [seed, shipped] {
        let config = with(text).unwrap();
        assert_eq!(config.rules.tokens.access_ttl, Ttl::from_minutes(60));
        assert_eq!(config.rules.sessions.idle, Ttl::from_days(7));
        assert_eq!(config.hash.function, HashFunction::Bcrypt { cost: 10 });
    }
    assert_eq!(with(seed).unwrap().admin_email, "root@example.com");
    assert_eq!(
        with("[crypto]\nprovider = \"bcrypt\"").unwrap().hash.function,
        HashFunction::Bcrypt { cost: 12 }
    );
}

#[test]
fn r2r_variables_keep_their_meaning() {
    let config = with_env(
        "",
        &[
            ("R2R_SECRET_KEY", SECRET),
            ("R2R_ACCESS_LIFE_IN_MINUTES", "30"),
            ("R2R_REFRESH_LIFE_IN_DAYS", "3"),
        ],
    )
    .unwrap();

    assert_eq!(config.rules.tokens.algorithm, Algorithm::Hs256);
    assert_eq!(config.signing_secret.unwrap().expose(), SECRET);
    assert_eq!(config.rules.tokens.access_ttl, Ttl::from_minutes(30));
    assert_eq!(config.rules.sessions.idle, Ttl::from_days(3));
}

#[test]
fn r2r_variables_of_google_and_github_make_them_providers_where_its_clients_are_served() {
    let variables = [
        ("GOOGLE_CLIENT_ID", "g"),
        ("GOOGLE_CLIENT_SECRET", "secret of google"),
        ("GOOGLE_REDIRECT_URI", "https://front.example/google"),
        ("GITHUB_CLIENT_ID", "h"),
        ("GITHUB_CLIENT_SECRET", "secret of github"),
    ];
    let dialect = "[server]\npublic_url = \"https://a.example\"\n[dialect.r2r]\nenabled = true\n";
    let config = with_env(dialect, &variables).unwrap();
    let own = format!("{dialect}[providers.google]\nclient_id = \"own\"\nclient_secret = \"own\"\n");
    let own = with_env(&own, &variables).unwrap();

    let told = config.http.providers.iter().map(|provider| {
        (&*provider.name, &*provider.label, provider.kind.clone(), provider.redirect_uri.as_deref())
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (
                "github",
                "GitHub",
                ProviderKind::GitHub(None),
                Some("https://a.example/v3/users/oauth/github/callback")
            ),
            ("google", "Google", ProviderKind::Google, Some("https://front.example/google")),
        ]
    );
    assert_eq!(own.http.providers[1].client_id, "own");
    assert!(with_env("", &variables).unwrap().http.providers.is_empty());
}

#[test]
fn providers_that_cannot_work_are_named() {
    let provider = |rest: &str| format!("[providers.one]\nclient_id = \"x\"\nclient_secret = \"y\"\n{rest}");
    refused(&provider(""), "providers.one.issuer");
    refused(&provider("issuer = \"nowhere\""), "providers.one.issuer");
    refused("[providers.google]\nclient_id = \"x\"\n", "providers.google.client_secret");
    refused("[providers.password]\nclient_id = \"x\"\nclient_secret = \"y\"\n", "another name");
    let one = provider("issuer = \"https://one.example\"\nredirect_uri = \"https://front.example/back\"\n");
    refused(&format!("{one}{}", one.replace("one", "two")), "take another one than providers.one has");
}

#[test]
fn one_setting_said_twice_has_to_say_the_same() {
    refused("[auth]\naccess_token_lifetime_in_minutes = 60\n[tokens]\naccess_ttl = \"10m\"", "keep one");
    refused("[crypto]\nprovider = \"bcrypt\"\nbcrypt_rounds = 10\nsalt_rounds = 11", "keep one");
    assert!(with("[auth]\naccess_token_lifetime_in_minutes = 60\n[tokens]\naccess_ttl = \"1h\"").is_ok());
    let fault = with_env(&format!("[crypto]\nsecret_key = \"{SECRET}x\""), &[("R2R_SECRET_KEY", SECRET)])
        .unwrap_err();
    assert!(fault.contains("keep one") && !fault.contains(SECRET), "{fault}");
}

#[test]
fn a_secret_may_lie_in_a_file_and_not_in_both_places() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let from_file = format!("[crypto]\nsecret_key_file = {file:?}\n");

    assert_eq!(with(&from_file).unwrap().signing_secret.unwrap().expose(), SECRET);
    refused(&format!("{from_file}secret_key = \"{SECRET}\""), "one of the two");
    refused("[crypto]\nsecret_key_file = \"/nowhere/at/all\"", "cannot read");
    std::fs::write(&file, "\n").unwrap();
    refused(&from_file, "is empty");
}

#[test]
fn a_secret_that_others_can_read_starts_with_a_warning() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, SECRET).unwrap();
    let rights = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    let warnings = || with(&format!("[crypto]\nsecret_key_file = {file:?}\n")).unwrap().warnings;

    rights(0o640);
    assert!(warnings()[0].contains("chmod 600"), "{:?}", warnings());
    rights(0o600);
    assert!(warnings().is_empty());
}

#[test]
fn what_would_be_insecure_without_being_said_is_refused() {
    for (text, word) in [
        ("[server]\nbind = \"0.0.0.0:1\"", "plain HTTP"),
        (
            "[auth]\nrequire_authentication = false\n[server]\nbind = \"0.0.0.0:1\"\ninsecure_plain_http = true",
            "administrator",
        ),
        ("[auth]\ndefault_admin_password = \"change_me_immediately\"", "every manual"),
        ("[crypto]\nsecret_key = \"short\"", "32 bytes"),
        ("[crypto]\nsecret_key = \"wNFbczH3QhUVcPALwtWZCPi0lrDlGV3P1DPRVEQCPbM\"", "published"),
        ("[server]\nbind = \"0.0.0.0:1\"\ninsecure_plain_http = true", "public_url"),
        ("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]", "everybody"),
        ("[server]\ntrusted_proxies = [\"::/0\"]", "everybody"),
        ("[tokens]\nleeway = \"6m\"", "5m at most"),
        ("[tokens]\nrefresh_retry_window = \"6m\"", "5m at most"),
        ("[crypto]\nprovider = \"bcrypt\"\nbcrypt_rounds = 3", "4 to 31"),
        ("[crypto]\nargon2_passes = 0", "one pass"),
        ("[password]\nmin_length = 7", "eight"),
        ("[password]\nmax_length = 63", "64"),
        ("[cors]\nallowed_origins = [\"*\"]", "no origin"),
        ("[cors]\nallowed_origins = [\"https://app.example/\"]", "no origin"),
    ] {
        refused(text, word);
    }
}

#[test]
fn what_is_said_aloud_starts_with_a_warning() {
    let open = with("[auth]\nrequire_authentication = false").unwrap();
    assert!(open.warnings[0].contains("AUTHENTICATION IS OFF") && !open.http.requires_authentication);

    let wide = "[auth]\nrequire_authentication = false\neverybody_is_admin_on_this_network = true\n\
                [server]\nbind = \"0.0.0.0:1\"\npublic_url = \"http://a.example\"\ninsecure_plain_http = true";
    assert_eq!(with(wide).unwrap().warnings.len(), 2);
}

#[test]
fn a_listed_proxy_may_speak_plain_http_to_the_server() {
    let config =
        with("[server]\nbind = \"10.1.2.3:1\"\ntrusted_proxies = [\"10.0.0.0/8\", \"192.0.2.7\"]").unwrap();

    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert!(config.warnings.is_empty());
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (text, word) in [
        ("[server]\nbind = \"nonsense\"", "address and port"),
        ("[server]\npublic_url = \"https://auth.example/path\"", "without a path"),
        ("[server]\npublic_url = \"ftp://auth.example\"", "no address like"),
        ("[server]\ntls_cert_file = \"a.pem\"", "both or neither"),
        ("[server]\ntrusted_proxies = [\"everyone\"]", "no network"),
        ("[database]\nurl = \"mysql://localhost\"", "postgres://"),
        (
            "[database]\nurl = \"postgres://a/b\"\nread_replica_url = \"mysql://localhost\"",
            "read_replica_url",
        ),
        (
            "[database]\nurl = \"postgres://a/b\"\nread_replica_url = \"postgres://c/b\"\nread_replica_lag = \"1s\"",
            "least",
        ),
        ("[database]\nurl = \"sqlite::memory:\"", "the path of a file"),
        ("[tokens]\nalgorithm = \"none\"", "EdDSA"),
        ("[tokens]\naccess_ttl = 15", "length of time"),
        ("[tokens]\naccess_ttl = \"0\"", "for a while"),
        ("[auth]\nprovider = \"custom\"", "only one"),
        ("[limits]\nlogin_per_account = { burst = 0, refill = \"1m\" }", "greater than zero"),
        ("[auth]\ndefault_admin_email = \"nobody\"", "auth.default_admin_email"),
        ("[server]\nhead_timeout = \"0\"", "some time"),
        ("[server]\nmax_head = \"1KiB\"", "8KiB"),
        ("[tokens]\nkey_rotation = \"10m\"", "1h or more"),
        ("[tokens]\naudience = \"\"", "for whom"),
        ("[scopes]\nemail = \"Read mail\"", "by this name"),
        ("[sessions]\nidle = \"0\"", "for a while"),
        ("[log]\nlevel = \"inof\"", "log.level"),
        ("[log]\nlevel = \"info,doorward\"", "log.level"),
        ("[revocations]\nheartbeat = \"0\"", "10ms to 1m"),
        ("not toml at all", "line 1"),
    ] {
        refused(text, word);
    }
    refused(&format!("[tokens]\nalgorithm = \"RS256\"\n[crypto]\nsecret_key = \"{SECRET}\""), "remove one");
}

#[test]
fn the_log_takes_levels_and_directives() {
    for level in ["warn", "off", "INFO", "info,doorward=debug", "warn,hyper::proto=trace"] {
        assert!(with(&format!("[log]\nlevel = \"{level}\"")).is_ok(), "{level}");
    }
}

#[test]
fn no_number_of_connections_is_too_large_to_start_with() {
    let config = with(&format!("[server]\nmax_connections = {}", i64::MAX)).unwrap();

    assert!(config.listen.max_connections <= tokio::sync::Semaphore::MAX_PERMITS);
}

#[test]
fn the_generated_file_is_the_default_configuration() {
    let uncommented: String = example()
        .lines()
        .map(|line| line.strip_prefix('#').filter(|key| key.starts_with(char::is_alphabetic)).unwrap_or(line))
        .filter(|line| !line.ends_with('='))
        .fold(String::new(), |text, line| text + line + "\n");

    let config = with(&uncommented).unwrap_or_else(|fault| panic!("{fault}\n{uncommented}"));

    assert_eq!(format!("{config:?}"), format!("{:?}", with("").unwrap()));
}

#[test]
fn grpc_is_off_and_opens_to_other_machines_with_tls_and_a_secret_alone() {
    assert!(with("").unwrap().grpc.is_none());
    assert!(with("[grpc]\nlisten = \"127.0.0.1:1\"").unwrap().grpc.is_some());

    let tls = "tls_cert_file = \"c.pem\"\ntls_key_file = \"k.pem\"";
    for more in ["", tls, &format!("secret = \"{SECRET}\"")] {
        refused(&format!("[grpc]\nlisten = \"0.0.0.0:1\"\n{more}"), "other machines");
    }
    assert!(with(&format!("[grpc]\nlisten = \"0.0.0.0:1\"\nsecret = \"{SECRET}\"\n{tls}")).is_ok());
    refused("[grpc]\nlisten = \"127.0.0.1:1\"\nsecret = \"short\"", "32 letters");
    refused("[grpc]\nlisten = \"127.0.0.1:1\"\ntls_key_file = \"k.pem\"", "both or neither");
}

#[test]
fn secrets_are_not_printed() {
    let config =
        with(&format!("[crypto]\nsecret_key = \"{SECRET}\"\n[auth]\ndefault_admin_password = \"{SECRET}\""))
            .unwrap();

    assert!(!format!("{config:?}").contains(SECRET));
}

#[test]
fn a_secret_of_the_wrong_kind_is_refused_without_being_repeated() {
    let fault = with("[auth]\ndefault_admin_password = 12345678901\n").unwrap_err();

    assert_eq!(fault, "doorward.toml line 2: a secret is text in quotes");
}
