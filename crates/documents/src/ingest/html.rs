//! HTML: what a reader would see, without looking at pictures, scripts or styles.
//!
//! Reads tokens and builds no tree: nothing in it can be nested too deep.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};

use super::Unreadable;
use super::text::Text;

/// Bytes that are handed over at a time.
const STEP: usize = 16 * 1024;

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "title",
    "tr",
    "ul",
];

/// Adds what `html` says.
pub(super) fn read(html: impl AsRef<str>, text: &mut Text) -> Result<(), Unreadable> {
    let sink = Words { text: RefCell::new(text), hidden: Cell::new(false), fault: RefCell::new(None) };
    let tokenizer = Tokenizer::new(sink, Default::default());
    let input = BufferQueue::default();
    let mut rest = html.as_ref();
    while !rest.is_empty() {
        let mut end = STEP.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (part, after) = rest.split_at(end);
        rest = after;
        input.push_back(StrTendril::from(part));
        let _ = tokenizer.feed(&input);
        if let Some(fault) = tokenizer.sink.fault.take() {
            return Err(fault);
        }
    }
    tokenizer.end();
    tokenizer.sink.fault.take().map_or(Ok(()), Err)
}

struct Words<'a> {
    text: RefCell<&'a mut Text>,
    hidden: Cell<bool>,
    fault: RefCell<Option<Unreadable>>,
}

impl TokenSink for Words<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(characters) if !self.hidden.get() => {
                if let Err(fault) = self.text.borrow_mut().push(&*characters) {
                    self.fault.replace(Some(fault));
                }
                TokenSinkResult::Continue
            }
            Token::TagToken(tag) => self.tag(&tag),
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Words<'_> {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if BLOCKS.contains(&name) {
            let is_heading = matches!(name, "h1" | "h2" | "h3" | "h4" | "p");
            self.text.borrow_mut().end(if is_heading { "\n\n" } else { "\n" });
        }
        let raw = match name {
            "script" => RawKind::ScriptData,
            "style" | "noscript" | "iframe" | "xmp" | "noembed" | "noframes" => RawKind::Rawtext,
            "title" | "textarea" => RawKind::Rcdata,
            _ => return TokenSinkResult::Continue,
        };
        let is_start = tag.kind == TagKind::StartTag;
        self.hidden.set(is_start && !matches!(name, "title" | "textarea"));
        if is_start { TokenSinkResult::RawData(raw) } else { TokenSinkResult::Continue }
    }
}
