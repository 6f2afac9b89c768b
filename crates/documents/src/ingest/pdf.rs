//! PDF: the text of its pages, one after the other.

use lopdf::{Document, LoadOptions};

use super::Unreadable;
use super::text::Text;

/// What one stream of a file may grow to when it is unpacked, in bytes.
const STREAM_MAX: usize = 64 << 20;

/// Adds what the file says.
pub(super) fn read(content: &[u8], text: &mut Text) -> Result<(), Unreadable> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM_MAX), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(content, options)
        .map_err(|_| Unreadable::from("This is no PDF that can be read."))?;
    if document.is_encrypted() {
        return Err("This PDF is locked with a password.".into());
    }
    // A page that cannot be read is no reason to lose the others.
    for page in document.page_iter().enumerate().map(|(number, _)| number + 1) {
        text.check_time()?;
        let Ok(page) = u32::try_from(page) else { break };
        if let Ok(words) = document.extract_text_with_limit(&[page], STREAM_MAX) {
            text.push(words)?;
            text.end("\n\n");
        }
    }
    Ok(())
}
