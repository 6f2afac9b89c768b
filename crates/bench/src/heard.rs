//! A small service behind three guards that hears of revocations while it is asked, and the same without news.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use doorward_guard::guards::{ApiKey, Basic, JwkSet, Jwt};
use doorward_guard::testkit::{NewsScript, ProviderKey};
use doorward_guard::{Guards, KeyDigest, SystemClock, UserInfo, WhenStale, any};
use doorward_jose::KeyError;

use crate::small::{AUDIENCE, ISSUER, issuer_key};

/// Ends that are known before the first request.
const KNOWN: usize = 10_000;
/// The news: an end so often, a sign of life with each tenth.
const EVERY: Duration = Duration::from_millis(100);

/// The service without news.
pub(crate) fn without_news() -> Result<Guards> {
    three(Jwt::keys(&JwkSet::new(issuer_key()?.public_jwk()), ISSUER, AUDIENCE))
}

/// The service with news, and the work of telling and hearing them.
pub(crate) fn with_news() -> Result<(Guards, impl Future<Output = ()> + Send + 'static)> {
    let (guards, script, hearing) = listening(WhenStale::FailClosed)?;
    let work = async move {
        tokio::spawn(hearing);
        if let Err(fault) = tell(&script).await {
            eprintln!("the news have ended: {fault}");
        }
    };
    Ok((guards, work))
}

/// The service with news that were told, and none to come: what is counted is the requests alone.
pub(crate) async fn with_told_news() -> Result<Guards> {
    let (guards, script, hearing) = listening(WhenStale::FailOpen)?;
    tokio::spawn(hearing);
    tell_known(&script).await?;
    Ok(guards)
}

fn listening(
    when_stale: WhenStale,
) -> Result<(Guards, NewsScript, impl Future<Output = ()> + Send + 'static)> {
    let key = Arc::new(issuer_key()?);
    let signed_by = ProviderKey::new(key.kid(), key.clone());
    let script = NewsScript::new(signed_by, (ISSUER, AUDIENCE), SystemClock);
    let people = Jwt::keys(&JwkSet::new(key.public_jwk()), ISSUER, AUDIENCE);
    let (news, hearing) = people.revocation_news("").source(script.clone()).start();
    Ok((three(people.revocations(news.when_stale(when_stale)))?, script, hearing))
}

fn name(number: usize) -> String {
    format!("01a20d51-5d08-7c6f-a843-{number:012x}")
}

async fn tell_known(script: &NewsScript) -> Result<(), KeyError> {
    script.start(&[]).await?;
    for first in (0..KNOWN).step_by(500) {
        let ended: Vec<String> = (first..first + 500).map(name).collect();
        script.end(&ended.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    }
    script.heartbeat().await
}

async fn tell(script: &NewsScript) -> Result<(), KeyError> {
    tell_known(script).await?;
    let mut ticks = tokio::time::interval(EVERY);
    for number in KNOWN.. {
        ticks.tick().await;
        script.end(&[&name(number)]).await?;
        if number.is_multiple_of(10) {
            script.heartbeat().await?;
        }
    }
    Ok(())
}

fn three(people: Jwt) -> Result<Guards> {
    let robot = UserInfo::new("local", "robot").with_scopes(["read"]);
    Ok(Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]))
        .guard("people", people)
        .guard("key", ApiKey::header("x-api-key").digests([(KeyDigest::of("k"), robot)]))
        .rule(any(), "/private", "people || (basic && key)")
        .scopes(["read"])
        .public(any(), "/open")
        .default_deny()
        .build()?)
}
