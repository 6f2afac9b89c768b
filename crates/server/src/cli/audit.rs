//! `doorward audit`: the audit log, read, followed, signed and verified without a running server.

use std::time::Duration;

use doorward_core::audit::chain::Record;
use doorward_core::audit::checkpoint::Checkpoint;
use doorward_core::audit::{AuditFilter, Deed, WantedOutcome};
use doorward_core::{Core, Timestamp, Ttl};

use super::exit::{Exit, Failure};
use super::node::{Node, block_on};
use super::{Context, print};
use crate::api::admin::audit::LineBody;
use crate::config::Length;

/// How often a follower looks for new lines.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// List lines, youngest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// How many lines at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Print lines as they are written, until interrupted.
    Follow {
        #[command(flatten)]
        filter: Filter,
    },
    /// Check every line against the chain and its signed checkpoints; names the first bad line.
    Verify {
        /// A checkpoint that was printed before and kept elsewhere.
        #[arg(long, value_name = "dwc_…")]
        checkpoint: Option<String>,
    },
    /// Sign the end of the log and print the checkpoint, to be kept elsewhere.
    Checkpoint,
}

/// Which lines are wanted.
#[derive(Debug, clap::Args)]
pub(super) struct Filter {
    /// Lines about this account: an id, an address or a user name.
    #[arg(long, value_name = "ACCOUNT")]
    subject: Option<String>,
    /// Lines of what this account did.
    #[arg(long, value_name = "ACCOUNT")]
    actor: Option<String>,
    /// Lines of this kind, as `login_failed`.
    #[arg(long)]
    deed: Option<String>,
    /// `done`, `refused`, or the code of a refusal.
    #[arg(long)]
    outcome: Option<String>,
    /// Lines no older than this, as `24h`.
    #[arg(long, value_name = "LENGTH")]
    since: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &Context, action: Action) -> Result<(), Failure> {
    let config = context.config()?;
    block_on(async {
        let core = Node::open(&config).await?.core;
        match action {
            Action::List { filter, limit } => list(&core, &filter, limit).await,
            Action::Follow { filter } => follow(&core, &filter).await,
            Action::Verify { checkpoint } => verify(&core, checkpoint.as_deref()).await,
            Action::Checkpoint => print(&format!("{}\n", core.checkpoint_audit().await?)),
        }
    })
}

async fn list(core: &Core, filter: &Filter, limit: usize) -> Result<(), Failure> {
    let wanted = filter.read(core).await?;
    let (mut before, mut left) = (None, limit);
    while left > 0 {
        let page = core.audit(&wanted, before, u32::try_from(left).unwrap_or(u32::MAX)).await?;
        left = left.saturating_sub(page.records.len());
        filter.print(&page.records)?;
        let Some(next) = page.next else { break };
        before = Some(next);
    }
    Ok(())
}

async fn follow(core: &Core, filter: &Filter) -> Result<(), Failure> {
    let wanted = filter.read(core).await?;
    let mut after = core.audit_news(&wanted, None).await?.next;
    loop {
        let page = core.audit_news(&wanted, after).await?;
        filter.print(&page.records)?;
        if page.next == after {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        after = page.next;
    }
}

async fn verify(core: &Core, checkpoint: Option<&str>) -> Result<(), Failure> {
    let anchor = checkpoint.map(|text| {
        Checkpoint::read(text)
            .ok_or_else(|| Failure::new(Exit::Refused, "--checkpoint: this is no checkpoint of an audit log"))
    });
    match core.verify_audit(anchor.transpose()?.as_ref()).await? {
        Ok(verified) => print(&format!(
            "{} lines are as they were written, up to line {} with the digest {}; {} of them have lost their personal data, as \
             the log tells\n",
            verified.lines, verified.head.seq, verified.head.digest, verified.erased
        )),
        Err(broken) => {
            Err(Failure::new(Exit::Refused, format!("the audit log is not as it was written: {broken}")))
        }
    }
}

impl Filter {
    async fn read(&self, core: &Core) -> Result<AuditFilter, Failure> {
        let unknown = |name: &str| Failure::new(Exit::Refused, format!("{name}: there is none of that name"));
        let mut filter = AuditFilter::default();
        if let Some(account) = &self.subject {
            filter.subject = Some(core.account_meant(account).await?);
        }
        if let Some(account) = &self.actor {
            filter.actor = Some(core.account_meant(account).await?);
        }
        if let Some(deed) = &self.deed {
            filter.deed = Some(Deed::from_text(deed).ok_or_else(|| unknown("--deed"))?);
        }
        if let Some(outcome) = &self.outcome {
            filter.outcome = Some(WantedOutcome::from_text(outcome).ok_or_else(|| unknown("--outcome"))?);
        }
        filter.from = self.since.as_deref().map(|since| Self::start(core.now(), since)).transpose()?;
        Ok(filter)
    }

    fn start(now: Timestamp, since: &str) -> Result<Timestamp, Failure> {
        let length: Option<Ttl> = Length::parse(since).map(|length| length.0);
        length.map(|length| now - length).ok_or_else(|| {
            Failure::new(Exit::Refused, format!("--since: {since:?} is no length of time like \"24h\""))
        })
    }

    fn print(&self, records: &[Record]) -> Result<(), Failure> {
        let lines = records.iter().map(|record| if self.json { as_json(record) } else { as_text(record) });
        print(&lines.collect::<Result<String, _>>()?)
    }
}

fn as_json(record: &Record) -> Result<String, Failure> {
    let text = serde_json::to_string(&LineBody::from(record)).map_err(anyhow::Error::from)?;
    Ok(format!("{text}\n"))
}

fn as_text(record: &Record) -> Result<String, Failure> {
    let event = &record.event;
    let name =
        |user: Option<doorward_core::UserId>| user.map_or_else(|| "-".to_owned(), |user| user.to_string());
    Ok(format!(
        "{:>8}  {}  {:<22}  {:<20}  by {}  about {}  {}  {}\n",
        record.link.seq,
        event.at,
        event.deed.as_str(),
        event.outcome.as_str(),
        name(event.actor),
        name(event.subject),
        if event.personal.is_none() { "(erased)" } else { event.address() },
        // Whatever it holds, a line stays a line.
        event.detail().escape_debug(),
    ))
}
