//! The worked examples of the RFCs.

use doorward_jose::{Algorithm, Jwk, SigningKey, VerifyingKey};

fn key(jwk: &str) -> VerifyingKey {
    VerifyingKey::from_jwk(&serde_json::from_str::<Jwk>(jwk).unwrap()).unwrap()
}

fn check(key: &VerifyingKey, token: &str) {
    use base64::Engine;
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();

    key.verify(message.as_bytes(), &signature).unwrap();
    assert!(key.verify(&message.as_bytes()[1..], &signature).is_err());
}

#[test]
fn rfc_8037_appendix_a_4() {
    let key = key(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);

    check(
        &key,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
}

#[test]
fn rfc_7515_appendix_a_3() {
    let key = key(
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    );

    check(
        &key,
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
}

#[test]
fn rfc_7515_appendix_a_1() {
    use base64::Engine;
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let key = SigningKey::from_secret(&secret).unwrap().verifying_key().unwrap();

    check(
        &key,
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    );
}

#[test]
fn a_key_reads_what_it_writes_in_every_form() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).unwrap();

        let from_pem = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        let from_bytes = SigningKey::from_bytes(algorithm, &key.to_bytes()).unwrap();

        for read in [from_pem, from_bytes] {
            assert_eq!((read.kid(), read.algorithm()), (key.kid(), algorithm));
            assert_eq!(read.public_jwk(), key.public_jwk());
        }
    }
}

#[test]
fn weak_and_broken_keys_are_refused() {
    assert!(SigningKey::from_secret(&[7; 31]).is_err());
    assert!(SigningKey::from_secret(&[7; 32]).is_ok());
    for text in [
        "",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(SigningKey::from_pem(text).is_err(), "{text}");
    }
    for jwk in [
        r#"{"kty":"OKP","crv":"Ed448","x":"AAAA"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
        r#"{"kty":"EC","crv":"P-521","x":"AAAA","y":"AAAA"}"#,
        r#"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"ES256"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}"#,
    ] {
        let jwk: Jwk = serde_json::from_str(jwk).unwrap();
        assert!(VerifyingKey::from_jwk(&jwk).is_err(), "{jwk:?}");
    }
}

#[test]
fn a_shared_key_is_never_published() {
    let key = SigningKey::from_secret(&[7; 32]).unwrap();

    assert!(key.public_jwk().is_none());
    assert!(!format!("{key:?}").contains("7, 7"));
}
