//! The small services called within this process a stated number of times: for counting instructions.
//!
//! Invariant: two runs of one case with different numbers differ by the calls alone.

use std::convert::Infallible;
use std::hint::black_box;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use doorward_guard::{Around, Guards, KeyDigest};
use tower::Service;

use crate::floor::SignatureCheck;
use crate::heard;
use crate::small::{self, TOKEN, Users, signed_token};

/// The fewest tokens that the case about first sights signs before it sends any.
pub(crate) const TOKENS: usize = 400;
const PRIVATE: &str = "/private";

/// Calls the case called `which`, `count` times.
pub(crate) fn run(which: &str, count: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        match which {
            "bare" => repeat(small::plain(), &[get(PRIVATE).bearing(TOKEN)], count).await,
            "open" => repeat(around(&small::three()?), &[get("/open").bearing(TOKEN)], count).await,
            "layer" => repeat(around(&small::three()?), &[get(PRIVATE).bearing(TOKEN)], count).await,
            "jwt" => {
                repeat(around(&small::signed()?), &[get(PRIVATE).bearing(&signed_token(0)?)], count).await
            }
            "unheard" => repeat(around(&heard::without_news()?), &one_token()?, count).await,
            "heard" => repeat(around(&heard::with_told_news().await?), &one_token()?, count).await,
            "jwt-first" => repeat(around(&small::signed()?), &tokens(TOKENS.max(count))?, count).await,
            "session" => {
                let login = get(PRIVATE).with(AUTHORIZATION, "Basic YWRhOmxvdmVsYWNl");
                by_cookie(around(&small::remembered()?), login, count).await
            }
            "axum-login" => by_cookie(small::with_axum_login(Users::Memory), get("/login"), count).await,
            "digest" => {
                (0..count).for_each(|_| _ = black_box(KeyDigest::of(black_box(TOKEN))));
                Ok(())
            }
            "check" => {
                let token = signed_token(0)?;
                let check = SignatureCheck::of(token.rsplit_once('.').map_or(&*token, |(signed, _)| signed))?;
                (0..count).try_for_each(|_| check.run())
            }
            other => bail!("there is no case called {other}"),
        }
    })
}

fn around(guards: &Guards) -> Around<Router> {
    guards.around(small::plain())
}

/// A request to be sent again and again.
#[derive(Clone)]
struct Call {
    path: &'static str,
    header: Option<(HeaderName, String)>,
}

fn get(path: &'static str) -> Call {
    Call { path, header: None }
}

impl Call {
    fn with(self, name: HeaderName, value: impl Into<String>) -> Self {
        Self { header: Some((name, value.into())), ..self }
    }

    fn bearing(self, token: &str) -> Self {
        self.with(AUTHORIZATION, format!("Bearer {token}"))
    }

    async fn send<S>(&self, app: &mut S) -> Result<Response>
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        let mut request = Request::get(self.path).header(HOST, "localhost");
        if let Some((name, value)) = &self.header {
            request = request.header(name, value);
        }
        let Ok(answer) = app.call(request.body(Body::empty())?).await;
        anyhow::ensure!(answer.status().is_success(), "{} says {}", self.path, answer.status());
        Ok(answer)
    }
}

fn one_token() -> Result<[Call; 1]> {
    Ok([get(PRIVATE).bearing(&signed_token(0)?)])
}

fn tokens(count: usize) -> Result<Vec<Call>> {
    (0..count).map(|number| Ok(get(PRIVATE).bearing(&signed_token(number)?))).collect()
}

/// Sends `calls` in turn, `count` of them.
async fn repeat<S>(mut app: S, calls: &[Call], count: usize) -> Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    for call in calls.iter().cycle().take(count) {
        call.send(&mut app).await?;
    }
    Ok(())
}

/// Logs in, and sends the cookie from then on.
async fn by_cookie<S>(mut app: S, login: Call, count: usize) -> Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let answer = login.send(&mut app).await?;
    let line = answer.headers().get(SET_COOKIE).map(HeaderValue::to_str).context("no cookie")??;
    let cookie = line.split(';').next().unwrap_or_default();
    repeat(app, &[get(PRIVATE).with(COOKIE, cookie)], count).await
}
