//! From a file to chunks: which form it has, what its text is, how that is cut.
//!
//! Files come from anybody. Each is read on a thread of low priority, within a time and up to a length of text; whatever a
//! reader does, panic included, fails that one document.
//!
//! | to find | look in |
//! |---|---|
//! | which files are taken | [`form`] |
//! | how each is read | `html.rs`, `markdown.rs`, `pdf.rs`, `docx.rs`, `table.rs` |
//! | how a text is cut | [`mod@cut`] |
//! | who does it when | [`crew`] |

pub(crate) mod crew;
pub(crate) mod cut;
mod docx;
mod form;
mod html;
mod markdown;
mod pdf;
mod table;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

pub(crate) use form::Form;
use text::Text;
use tokio::sync::oneshot;

use crate::settings::{Cut, Limits};

/// How much reading threads yield to those that answer requests.
const NICENESS: i32 = 15;
/// What reading may take beyond its time until nobody waits for it any more.
const GRACE: Duration = Duration::from_secs(2);
/// Room for readers that call themselves.
const STACK: usize = 8 << 20;

/// Why a document cannot be searched: a sentence for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

impl From<&str> for Unreadable {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// The chunks of `content`.
pub(crate) async fn read(
    form: Form,
    content: Vec<u8>,
    limits: Limits,
    cut: Cut,
) -> Result<Vec<String>, Unreadable> {
    let (answer, told) = oneshot::channel();
    let started =
        std::thread::Builder::new().name("documents-reader".to_owned()).stack_size(STACK).spawn(move || {
            let _ = rustix::process::setpriority_process(None, NICENESS);
            let read = catch_unwind(AssertUnwindSafe(|| chunks(form, &content, &limits, cut)));
            let _ =
                answer.send(read.unwrap_or_else(|_| Err("This file is damaged in an unusual way.".into())));
        });
    if started.is_err() {
        return Err("There was no room to read this file.".into());
    }
    match tokio::time::timeout(limits.parse_time + GRACE, told).await {
        Ok(Ok(read)) => read,
        Ok(Err(_)) => Err("Reading this file was broken off.".into()),
        Err(_) => Err("Reading this file took too long.".into()),
    }
}

fn chunks(form: Form, content: &[u8], limits: &Limits, cut: Cut) -> Result<Vec<String>, Unreadable> {
    let mut text = Text::new(limits.text_bytes, Instant::now() + limits.parse_time);
    match form {
        Form::Text => text.push(decoded(content)?)?,
        Form::Markdown => markdown::read(decoded(content)?, &mut text)?,
        Form::Html => html::read(decoded(content)?, &mut text)?,
        Form::Pdf => pdf::read(content, &mut text)?,
        Form::Docx => docx::read(content, &mut text)?,
        Form::Csv => table::read_csv(content, &mut text)?,
        Form::Json => table::read_json(content, &mut text)?,
        Form::Chunks => {
            let chunks: Vec<String> = serde_json::from_slice(content)
                .map_err(|_| Unreadable::from("This is no list of chunks."))?;
            return Ok(chunks
                .iter()
                .map(|chunk| text::clean(chunk))
                .filter(|chunk| !chunk.is_empty())
                .collect());
        }
    }
    let chunks = cut::cut(text.as_str(), cut);
    if chunks.is_empty() { Err("There is no text in this file.".into()) } else { Ok(chunks) }
}

/// The text of bytes: UTF-8 mostly, and what is not is replaced, as long as it can be text at all.
fn decoded(content: &[u8]) -> Result<std::borrow::Cow<'_, str>, Unreadable> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    if content.contains(&0) {
        return Err("This is not text.".into());
    }
    Ok(String::from_utf8_lossy(content))
}
