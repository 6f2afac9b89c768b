//! `doorward mail`: what mails look like, and what becomes of them.

use doorward_core::client::Client;
use doorward_core::mail::{MailKind, MailQueue, MailState};
use doorward_core::{Core, MailId};

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, listing, print};
use crate::api::admin::mail::list::MailBody;
use crate::mail::Composer;

/// Mails that are asked for at once.
const PAGE: u32 = 200;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Show a mail as it would be written, or list the kinds of mail.
    Preview {
        /// What it is about, as `verify_email`; the kinds are listed when it is left out.
        kind: Option<String>,
        /// The page instead of the text.
        #[arg(long)]
        html: bool,
    },
    /// List the mails of the queue, youngest first.
    List {
        /// Only those that stand so: `waiting`, `sent` or `failed`.
        #[arg(long)]
        state: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Let mails that wait or failed be tried at once by the running server.
    Retry {
        /// Which; every failed one when it is left out.
        mail: Option<MailId>,
    },
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    match action {
        Action::Preview { kind: None, .. } => {
            MailKind::ALL.iter().try_for_each(|kind| print(&format!("{kind}\n")))
        }
        Action::Preview { kind: Some(kind), html } => {
            let kind = MailKind::from_text(&kind).ok_or_else(|| unknown("mail", &kind))?;
            let letter = Composer::new(&config.mail, &config.http.public_url)?
                .sample(kind)
                .map_err(|fault| Failure::new(Exit::Configuration, format!("mail.templates: {fault}")))?;
            let body = if html { &letter.html } else { &letter.text };
            let head = if html { String::new() } else { format!("Subject: {}\n\n", letter.subject) };
            print(&format!("{head}{}\n", body.expose()))
        }
        Action::List { state, limit, json } => block_on(async {
            let state = match state {
                Some(text) => Some(MailState::from_text(&text).ok_or_else(|| unknown("state", &text))?),
                None => None,
            };
            list(&Node::open(&config).await?.core, (state, limit), json).await
        }),
        Action::Retry { mail } => block_on(async {
            let core = Node::open(&config).await?.core;
            let failed = MailQueue { state: Some(MailState::Failed), before: None, limit: PAGE };
            let ids = match mail {
                Some(id) => vec![id],
                None => core.mails(failed).await?.items.iter().map(|mail| mail.id).collect(),
            };
            for id in &ids {
                core.retry_mail(*id, None, &Client::default()).await?;
            }
            print(&format!("{} mails are due.\n", ids.len()))
        }),
    }
}

async fn list(core: &Core, (state, limit): (Option<MailState>, usize), is_json: bool) -> Result<(), Failure> {
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < limit {
        let most = u32::try_from(limit - found.len()).unwrap_or(PAGE).min(PAGE);
        let page = core.mails(MailQueue { state, before, limit: most }).await?;
        found.extend(page.items.into_iter().map(MailBody::from));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let head = ["id", "state", "kind", "queued", "to", "attempts", "error"];
    listing::show(&found, is_json, head, MailBody::cells)
}

fn unknown(what: &str, text: &str) -> Failure {
    let known: Vec<&str> = match what {
        "state" => MailState::ALL.iter().map(|state| state.as_str()).collect(),
        _ => MailKind::ALL.iter().map(|kind| kind.as_str()).collect(),
    };
    Failure::new(Exit::Configuration, format!("{what}: {text:?} is none of {}", known.join(", ")))
}
