//! Markdown: its words, without what formats them.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Unreadable;
use super::text::Text;

/// Adds what `markdown` says.
pub(super) fn read(markdown: impl AsRef<str>, text: &mut Text) -> Result<(), Unreadable> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for event in Parser::new_ext(markdown.as_ref(), options) {
        match event {
            Event::Text(words)
            | Event::Code(words)
            | Event::InlineMath(words)
            | Event::DisplayMath(words) => {
                text.push(&*words)?;
            }
            Event::SoftBreak => text.push(" ")?,
            Event::HardBreak | Event::Rule => text.end("\n"),
            Event::Start(Tag::Item | Tag::TableRow | Tag::TableHead) | Event::End(TagEnd::Item) => {
                text.end("\n");
            }
            Event::End(TagEnd::TableCell) => text.push(" ")?,
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Table) => {
                text.end("\n\n");
            }
            _ => {}
        }
    }
    Ok(())
}
