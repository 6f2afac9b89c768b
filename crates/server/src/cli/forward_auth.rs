//! `doorward forward-auth`: says what a proxy would be told about a request, and why.
//!
//! Without a credential it reads the configuration alone; with one it opens the database, as a server would.

use doorward_core::client::Client;
use doorward_guard::Guards;
use http::header::{ACCEPT, AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request};

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, print};
use crate::app::AppState;
use crate::config::Config;
use crate::forward::{Answer, Gate, Original, judged};
use crate::http::credential::API_KEY;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Say which rule a request falls under, and with a credential whether it passes and what is missing.
    Check(Options),
}

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The address of the request, as `https://wiki.example/page`.
    url: String,
    /// Its method.
    #[arg(long, default_value = "GET")]
    method: Method,
    /// An access token or API key, as in `Authorization: Bearer`.
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// An API key, as in `X-API-Key`.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// The cookies of the browser, as in `Cookie`.
    #[arg(long, value_name = "NAME=VALUE")]
    cookie: Option<String>,
}

impl Options {
    fn headers(&self) -> Vec<(HeaderName, String)> {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let sent = [(AUTHORIZATION, bearer), (API_KEY, self.api_key.clone()), (COOKIE, self.cookie.clone())];
        sent.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let Action::Check(options) = action;
    let config = context.config()?;
    let original = Original::of_url(options.method.as_str(), &options.url)?;
    let known = config.http.forward.iter().find(|host| host.host == original.host);
    let Some(known) = known else {
        return Err(Failure::new(
            Exit::Refused,
            format!("{} is not one of [forward_auth]: refused", original.host),
        ));
    };
    let sent = options.headers();
    if sent.is_empty() {
        let guards = Guards::outline_of_toml(&known.rules)
            .map_err(|fault| Failure::new(Exit::Configuration, fault.to_string()))?;
        return print(&format!("{}\n", guards.explain(&original.method, original.target.path())));
    }
    block_on(judge(&config, &original, sent))
}

async fn judge(config: &Config, original: &Original, sent: Vec<(HeaderName, String)>) -> Result<(), Failure> {
    let core = Node::open(config).await?.core;
    let gate = Gate::new(&AppState::new(core, config.http.clone()))
        .map_err(|fault| Failure::new(Exit::Configuration, fault.to_string()))?;
    let judged = judged(&gate, &original.host, &request(original, sent)?, &Client::default()).await?;
    if let Some(checked) = &judged.checked {
        print(&format!("{} {}: {checked}\n", original.method, original.target.path()))?;
    }
    match judged.answer {
        Answer::Pass(_) => print("It passes.\n"),
        Answer::Go { .. } => Err(Failure::new(Exit::Refused, "the browser is sent to sign in")),
        Answer::Refused(answer) => {
            Err(Failure::new(Exit::Refused, format!("refused with {}", answer.status())))
        }
        Answer::Fault(error) => Err(error.into()),
    }
}

fn request(original: &Original, sent: Vec<(HeaderName, String)>) -> Result<Parts, Failure> {
    let (mut parts, ()) = Request::new(()).into_parts();
    original.put_into(&mut parts)?;
    parts.headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
    for (name, value) in sent {
        let value = HeaderValue::try_from(value)
            .map_err(|_| Failure::new(Exit::Refused, format!("{name}: no header can have this value")))?;
        parts.headers.insert(name, value);
    }
    Ok(parts)
}
