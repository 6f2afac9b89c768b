//! What may be said of a document or collection: lengths, forms, characters.

use doorward_core::{Code, Digest, Error};
use serde_json::{Map, Value};

use crate::document::Source;
use crate::ingest::Form;
use crate::settings::Limits;
use crate::shelf::Matter;

const NAME_MAX: usize = 255;
const TITLE_MAX: usize = 500;
const DESCRIPTION_MAX: usize = 2_000;
/// Bytes of a document's metadata.
const METADATA_MAX: usize = 16 * 1024;
/// Chunks that somebody has cut, and bytes of each.
const CHUNKS_MAX: usize = 10_000;
const CHUNK_MAX: usize = 16 * 1024;

pub(super) fn name(name: &str) -> Result<(), Error> {
    line(name, NAME_MAX, "name")
}

pub(super) fn title(title: &str) -> Result<(), Error> {
    line(title, TITLE_MAX, "title")
}

fn line(text: &str, max: usize, field: &'static str) -> Result<(), Error> {
    let is_good =
        !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    let refused = || {
        Error::new(Code::InvalidField, format!("This takes 1 to {max} characters in one line.")).about(field)
    };
    if is_good { Ok(()) } else { Err(refused()) }
}

pub(super) fn description(text: &str) -> Result<(), Error> {
    if text.chars().count() <= DESCRIPTION_MAX {
        return Ok(());
    }
    Err(Error::new(Code::InvalidField, "A description has 2000 characters at most.").about("description"))
}

/// The metadata as text.
pub(super) fn metadata(metadata: &Map<String, Value>) -> Result<String, Error> {
    let text = serde_json::to_string(metadata).map_err(|fault| Error::from(Code::Internal).because(fault))?;
    if text.len() > METADATA_MAX {
        return Err(Error::new(Code::InvalidField, "The metadata are longer than 16 KiB.").about("metadata"));
    }
    // No database keeps it in JSON.
    if metadata.iter().any(|(name, value)| name.contains('\0') || holds_nothing(value)) {
        return Err(Error::new(Code::InvalidField, "The metadata hold a zero character.").about("metadata"));
    }
    Ok(text)
}

/// Whether a zero character is in it.
fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nothing),
        Value::Object(map) => map.iter().any(|(name, value)| name.contains('\0') || holds_nothing(value)),
        _ => false,
    }
}

/// The content of a source, and how it is read.
pub(super) fn matter(
    name: &str,
    media_type: Option<&str>,
    source: Source,
    limits: &Limits,
) -> Result<Matter, Error> {
    let (bytes, form, media_type) = match source {
        Source::Bytes(bytes) => {
            let (form, media_type) = Form::of(name, media_type).ok_or(Code::DocumentTypeUnknown)?;
            (bytes, form, media_type)
        }
        Source::Text(text) => {
            let markdown = Form::of(name, media_type).filter(|(form, _)| *form == Form::Markdown);
            let (form, media_type) = markdown.unwrap_or_else(|| (Form::Text, "text/plain".to_owned()));
            (text.into_bytes(), form, media_type)
        }
        Source::Chunks(chunks) => {
            if chunks.is_empty()
                || chunks.len() > CHUNKS_MAX
                || chunks.iter().any(|chunk| chunk.len() > CHUNK_MAX)
            {
                let text = format!("This takes 1 to {CHUNKS_MAX} chunks of at most {CHUNK_MAX} bytes.");
                return Err(Error::new(Code::InvalidField, text).about("chunks"));
            }
            let bytes =
                serde_json::to_vec(&chunks).map_err(|fault| Error::from(Code::Internal).because(fault))?;
            (bytes, Form::Chunks, "application/json".to_owned())
        }
    };
    if bytes.is_empty() {
        return Err(Error::new(Code::InvalidField, "There is nothing in this document.").about("file"));
    }
    if bytes.len() > limits.document_bytes {
        return Err(Code::BodyTooLarge.into());
    }
    let digest = Digest::of(&bytes).to_string();
    Ok(Matter { bytes, form, media_type, digest })
}
