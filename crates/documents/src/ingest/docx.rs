//! DOCX: the paragraphs of its main part.

use std::io::{BufReader, Cursor, Read};

use quick_xml::events::Event;
use quick_xml::{Reader, escape};
use zip::ZipArchive;

use super::Unreadable;
use super::text::Text;

/// Where the text is in the archive.
const MAIN: &str = "word/document.xml";
/// How many bytes of marks there may be for one of text: archives can unpack to a thousand times their size.
const MARKS: u64 = 40;
/// How many files an archive may hold.
const FILES_MAX: usize = 10_000;

/// Adds what the file says.
pub(super) fn read(content: &[u8], text: &mut Text) -> Result<(), Unreadable> {
    let unreadable = || Unreadable::from("This is no DOCX that can be read.");
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|_| unreadable())?;
    if archive.len() > FILES_MAX {
        return Err(unreadable());
    }
    let main = archive.by_name(MAIN).map_err(|_| unreadable())?;
    let most = (text.room() as u64).saturating_mul(MARKS).min(128 << 20);
    let mut reader = Reader::from_reader(BufReader::new(main.take(most)));
    let mut buffer = Vec::new();
    let mut in_text = false;
    loop {
        match reader.read_event_into(&mut buffer).map_err(|_| unreadable())? {
            Event::Eof => return Ok(()),
            Event::Start(tag) if tag.local_name().as_ref() == "t" => in_text = true,
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => in_text = false,
                "p" | "tr" => text.end("\n\n"),
                "tc" => text.push(" ")?,
                _ => {}
            },
            Event::Empty(tag) => match tag.local_name().as_ref() {
                "tab" => text.push("\t")?,
                "br" | "cr" => text.end("\n"),
                _ => {}
            },
            Event::Text(words) if in_text => text.push(words.xml10_content())?,
            Event::GeneralRef(named) if in_text => {
                let name = named.xml10_content();
                if let Ok(Some(c)) = named.resolve_char_ref() {
                    text.push(c.to_string())?;
                } else if let Some(known) = escape::resolve_predefined_entity(&name) {
                    text.push(known)?;
                }
            }
            _ => {}
        }
        buffer.clear();
    }
}
