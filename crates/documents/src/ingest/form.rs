//! Which files are taken, and how each is read.

/// How a content is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Markdown,
    Html,
    Pdf,
    Docx,
    Csv,
    Json,
    /// A list of chunks that somebody has cut already.
    Chunks,
}

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Endings of names, media types, and the form behind both; the first media type of a form is what it is called.
const KNOWN: &[(Form, &[&str], &[&str])] = &[
    (Form::Markdown, &["md", "markdown", "mdown"], &["text/markdown", "text/x-markdown"]),
    (Form::Html, &["html", "htm", "xhtml"], &["text/html", "application/xhtml+xml"]),
    (Form::Pdf, &["pdf"], &["application/pdf"]),
    (Form::Docx, &["docx"], &[DOCX]),
    (Form::Csv, &["csv", "tsv"], &["text/csv", "text/tab-separated-values"]),
    (Form::Json, &["json"], &["application/json"]),
    (Form::Text, &["txt", "text", "rst", "log", "org", "adoc", "tex"], &["text/plain", "text/x-rst"]),
];

/// Media types that say nothing: those of programs that do not know.
const UNSAID: &[&str] = &["application/octet-stream", "binary/octet-stream", ""];

impl Form {
    /// The form and media type of a file; `None` when it is of no kind that is taken. What its sender says goes before its name.
    pub(crate) fn of(name: &str, media_type: Option<&str>) -> Option<(Self, String)> {
        let said = media_type.unwrap_or_default();
        let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if UNSAID.contains(&essence.as_str()) {
            return Self::of_name(name);
        }
        // Many programs call everything with letters in it plain text.
        if essence == "text/plain"
            && let Some(known) = Self::of_name(name)
        {
            return Some(known);
        }
        KNOWN
            .iter()
            .find(|(_, _, types)| types.contains(&essence.as_str()))
            .map(|(form, _, _)| (*form, essence.clone()))
    }

    fn of_name(name: &str) -> Option<(Self, String)> {
        let (_, ending) = name.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        KNOWN
            .iter()
            .find(|(_, endings, _)| endings.contains(&ending.as_str()))
            .map(|(form, _, types)| (*form, types[0].to_owned()))
    }

    /// The stable text of the form.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Chunks => "chunks",
        }
    }

    /// The form with this text.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        [Self::Text, Self::Markdown, Self::Html, Self::Pdf, Self::Docx, Self::Csv, Self::Json, Self::Chunks]
            .into_iter()
            .find(|form| form.as_str() == text)
    }
}
