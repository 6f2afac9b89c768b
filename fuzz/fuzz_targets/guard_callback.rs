//! Any query, form and cookie where providers send browsers back to: nobody is logged in by it, and nothing panics.
#![no_main]

use std::convert::Infallible;
use std::sync::LazyLock;

use bytes::Bytes;
use doorward_guard::guards::{OAuth2, Oidc, Registration};
use doorward_guard::{Fetch, FetchError, GuardBody, GuardLayer, Guards, SealKey, Sessions, Waiting, any};
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower::{Layer, ServiceExt};

/// A provider that gives no tokens.
struct Refusing;

impl Fetch for Refusing {
    fn fetch(&self, _request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        Box::pin(async { Err(FetchError::new("nobody answers")) })
    }
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());

static LAYER: LazyLock<GuardLayer> = LazyLock::new(|| {
    let ours = |name: &str| Registration::new("app", "s3cret", &format!("https://app.example/auth/{name}"));
    let oauth = OAuth2::new("https://idp.example/a", "https://idp.example/t", ours("oauth")).fetch(Refusing);
    let oidc = Oidc::new("https://idp.example", ours("oidc")).fetch(Refusing).answered_by_form();
    Guards::builder()
        .guard("oauth", oauth)
        .guard("oidc", oidc)
        .rule(any(), "/*", "oauth")
        .rule(any(), "/other", "oidc")
        .sessions(Sessions::sealed(SealKey::from_bytes([7; 32])))
        .build()
        .unwrap()
        .layer()
});

fn send(request: Request<Full<Bytes>>) -> Response<()> {
    let handler = tower::service_fn(|_: Request<GuardBody<Full<Bytes>>>| async {
        panic!("somebody was let in");
        #[expect(unreachable_code, reason = "the type of the answer")]
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let Ok(answer) = RUNTIME.block_on(LAYER.layer(handler).oneshot(request));
    answer.map(drop)
}

/// The state of a login that was begun here, and its cookie.
static BEGUN: LazyLock<(String, String)> = LazyLock::new(|| {
    let page = Request::get("/p").header("sec-fetch-mode", "navigate").body(Full::default()).unwrap();
    let answer = send(page);
    let text = |name| answer.headers()[name].to_str().unwrap();
    let state = text(header::LOCATION).split("state=").nth(1).unwrap().split('&').next().unwrap();
    (state.to_owned(), text(header::SET_COOKIE).split(';').next().unwrap().to_owned())
});

fuzz_target!(|input: (&str, &[u8], &[u8], bool)| {
    let (query, cookie, form, has_begun) = input;
    let (state, kept) = &*BEGUN;
    let uri = format!("/auth/oauth?{}", query.replace('$', state));
    let (Ok(get), Ok(mut post)) = (
        Request::get(uri).body(Full::default()),
        Request::post("/auth/oidc").body(Full::from(form.to_vec())),
    ) else {
        return;
    };
    let mut get = get;
    for request in [&mut get, &mut post] {
        if let (false, Ok(value)) = (cookie.is_empty(), HeaderValue::from_bytes(cookie)) {
            request.headers_mut().append(header::COOKIE, value);
        }
        if has_begun {
            request.headers_mut().append(header::COOKIE, HeaderValue::try_from(kept).unwrap());
        }
    }
    for request in [get, post] {
        let answer = send(request);
        assert!(!answer.status().is_success() && !answer.status().is_redirection(), "{}", answer.status());
        let lines = answer.headers().get_all(header::SET_COOKIE).iter();
        assert!(!lines.map(|line| line.as_bytes()).any(|line| line.starts_with(b"__Host-doorward-guard=")));
    }
});
