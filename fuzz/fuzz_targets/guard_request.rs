//! Any bytes as `Authorization`, `Cookie`, path and form of a guarded request: refused, never let in, never a panic.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use doorward_guard::guards::{ApiKey, Basic, Bearer};
use doorward_guard::{Fate, Guards, KeyDigest, UserInfo, any};
use http::{HeaderValue, Request, Uri};
use libfuzzer_sys::fuzz_target;

static GUARDS: LazyLock<Guards> = LazyLock::new(|| {
    let robot = UserInfo::new("local", "robot");
    Guards::builder()
        .guard("basic", Basic::users([("ada", "5f0c9a41d2e87b36")]).remembered())
        .guard("bearer", Bearer::digests([(KeyDigest::of("b7f0c1d2e3a4958671"), robot)]).in_form().in_query())
        .guard("key", ApiKey::cookie("key").secret("9d8c7b6a5f4e3d2c1b"))
        .rule(any(), "/*", "basic || bearer || key")
        .default_deny()
        .build()
        .unwrap()
});

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());

fuzz_target!(|input: (&[u8], &[u8], &[u8], &[u8])| {
    let (authorization, cookie, target, form) = input;
    let Ok(uri) = Uri::try_from(target) else { return };
    let mut request = Request::post(uri).header("cache-control", "no-store").body(()).unwrap();
    for (name, bytes) in [("authorization", authorization), ("cookie", cookie)] {
        if let (false, Ok(value)) = (bytes.is_empty(), HeaderValue::from_bytes(bytes)) {
            request.headers_mut().insert(name, value);
        }
    }
    let (parts, ()) = request.into_parts();
    let form = Bytes::copy_from_slice(form);
    let checked = RUNTIME.block_on(GUARDS.check(&parts, Some(&form)));
    assert!(!matches!(checked.fate(), Fate::Admit(_)));
});
