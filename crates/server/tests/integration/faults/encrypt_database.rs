//! Connections to PostgreSQL over the network: to the server that was meant, and to no other.

use doorward_testkit::{PostgresServer, free_folder};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::cli::{Ended, doorward};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut about = CertificateParams::new(Vec::new()).unwrap();
    about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(about, KeyPair::generate().unwrap()).unwrap()
}

/// A server on 127.0.0.1 with a certificate of `authority` for `name`.
fn server(authority: &Authority, name: &str) -> PostgresServer {
    let key = KeyPair::generate().unwrap();
    let about = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = about.signed_by(&key, authority).unwrap();
    let mut server = PostgresServer::start(&[]);
    let (certificate, key) =
        (server.keep("cert.pem", &certificate.pem()), server.keep("key.pem", &key.serialize_pem()));
    server.restart_with(&[
        "listen_addresses=127.0.0.1",
        "ssl=on",
        &format!("ssl_cert_file={}", certificate.display()),
        &format!("ssl_key_file={}", key.display()),
    ]);
    server
}

/// How `doorward migrate` fares with `server`, which it is told is called localhost.
fn migrate(server: &PostgresServer, believed: &Authority) -> Ended {
    let folder = free_folder();
    std::fs::write(folder.path().join("ca.pem"), believed.pem()).unwrap();
    let url = format!("postgres://doorward@localhost:{}/postgres?hostaddr=127.0.0.1", server.port());
    let settings = format!("[database]\nurl = \"{url}\"\ntls = \"required\"\ntls_ca_file = \"ca.pem\"\n");
    std::fs::write(folder.path().join("doorward.toml"), settings).unwrap();
    doorward(folder.path(), &["migrate"])
}

#[test]
fn a_server_is_believed_by_its_name_and_authority_alone() {
    let (ours, others) = (authority(), authority());
    let (right, misnamed) = (server(&ours, "localhost"), server(&ours, "db.example"));

    assert!(migrate(&right, &ours).done().contains("migration"));
    assert_eq!(right.ask("SELECT count(*) > 0 FROM schema_version"), "t");

    for refused in [migrate(&right, &others), migrate(&misnamed, &ours)] {
        let line = refused.refused(74);
        assert!(line.contains("certificate"), "{line}");
    }
    assert_eq!(misnamed.ask("SELECT to_regclass('schema_version') IS NULL"), "t");
}

#[test]
fn a_server_that_offers_no_tls_is_not_spoken_to_without() {
    let plain = PostgresServer::start(&["listen_addresses=127.0.0.1"]);
    let refused = migrate(&plain, &authority());

    assert!(refused.refused(74).contains("TLS"), "{}", refused.err);
    assert_eq!(plain.ask("SELECT to_regclass('schema_version') IS NULL"), "t");
}
