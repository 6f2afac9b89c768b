//! The templates of mails: those in the binary, each replaceable by a file of the same name in a folder.
//!
//! A mail has two: `<kind>.txt`, whose first line is the subject and is followed by an empty one, and `<kind>.html`.
//!
//! Invariant: a name that a template uses and nobody gives is a fault, not an empty place; what stands in a page is escaped.

use std::path::Path;

use doorward_core::mail::MailKind;
use minijinja::{Environment, UndefinedBehavior, Value};

use crate::config::ConfigError;

/// The longest subject, in characters.
const SUBJECT_MAX: usize = 200;

macro_rules! embedded {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../templates/mail/", $name))),)*]
    };
}

const EMBEDDED: &[(&str, &str)] = embedded![
    "layout.html",
    "verify_email.txt",
    "verify_email.html",
    "reset_password.txt",
    "reset_password.html",
    "change_email.txt",
    "change_email.html",
    "invitation.txt",
    "invitation.html",
    "password_changed.txt",
    "password_changed.html",
    "email_changed.txt",
    "email_changed.html",
    "second_factor_added.txt",
    "second_factor_added.html",
    "second_factor_removed.txt",
    "second_factor_removed.html",
    "recovery_code_used.txt",
    "recovery_code_used.html",
    "passkey_added.txt",
    "passkey_added.html",
    "passkey_removed.txt",
    "passkey_removed.html",
    "account_deleted.txt",
    "account_deleted.html",
];

/// A template cannot be used; the text says which and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadTemplate(String);

/// The templates of all mails.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// The embedded templates, and over them the files in `folder`.
    ///
    /// # Errors
    /// [`ConfigError`] when a file cannot be read, is none of the known names, or is no template.
    pub fn load(folder: Option<&Path>) -> Result<Self, ConfigError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in EMBEDDED {
            environment.add_template(name, text).map_err(|fault| unusable(&fault))?;
        }
        for (name, text) in folder.map(files).transpose()?.unwrap_or_default() {
            if !EMBEDDED.iter().any(|(known, _)| *known == name) {
                let known: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
                let text = format!("mail.templates: {name} is none of {}", known.join(", "));
                return Err(ConfigError::new(text));
            }
            environment.add_template_owned(name, text).map_err(|fault| unusable(&fault))?;
        }
        Ok(Self(environment))
    }

    /// Subject, text and page of a mail of `kind`.
    ///
    /// # Errors
    /// [`BadTemplate`].
    pub fn render(&self, kind: MailKind, values: &Value) -> Result<(String, String, String), BadTemplate> {
        let text = self.one(&format!("{kind}.txt"), values)?;
        let html = self.one(&format!("{kind}.html"), values)?;
        let (subject, text) = text
            .split_once("\n\n")
            .filter(|(subject, _)| !subject.trim().is_empty() && !subject.contains('\n'))
            .ok_or_else(|| BadTemplate(format!("{kind}.txt begins with a subject and an empty line")))?;
        // A line break in a header would begin another header.
        let subject = subject.chars().filter(|c| !c.is_control()).take(SUBJECT_MAX).collect();
        Ok((subject, text.to_owned(), html))
    }

    fn one(&self, name: &str, values: &Value) -> Result<String, BadTemplate> {
        let rendered = self.0.get_template(name).and_then(|template| template.render(values.clone()));
        rendered.map_err(|fault| BadTemplate(format!("{name}: {}", complaint(&fault))))
    }
}

/// The files of a folder by name.
fn files(folder: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let fault = |path: &Path, fault: &std::io::Error| {
        ConfigError::new(format!("mail.templates: cannot read {}: {fault}", path.display()))
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|cause| fault(folder, &cause))? {
        let path = entry.map_err(|cause| fault(folder, &cause))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".txt") || name.ends_with(".html") {
            let text = std::fs::read_to_string(&path).map_err(|cause| fault(&path, &cause))?;
            found.push((name, text));
        }
    }
    Ok(found)
}

fn unusable(fault: &minijinja::Error) -> ConfigError {
    let name = fault.name().unwrap_or_default();
    ConfigError::new(format!("mail.templates: {name}: {}", complaint(fault)))
}

/// What is wrong and where, in one line.
fn complaint(fault: &minijinja::Error) -> String {
    let place = fault.line().map_or_else(String::new, |line| format!("line {line}: "));
    format!("{place}{fault}").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn with(name: &str, text: &str) -> Result<Templates, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        Templates::load(Some(folder.path()))
    }

    #[test]
    fn a_file_takes_the_place_of_the_template_of_its_name() {
        let templates =
            with("account_deleted.txt", "Bye {{ email }}\r\nBcc: eve@example.com\n\nGone.").unwrap();

        let refused = templates
            .render(MailKind::AccountDeleted, &context! { email => "a", app_name => "b", public_url => "c" });

        assert!(refused.unwrap_err().to_string().contains("begins with a subject"));
    }

    #[test]
    fn a_line_break_in_a_value_makes_no_second_header() {
        let templates = with("account_deleted.txt", "Bye {{ email }}\n\nGone.").unwrap();
        let values = context! { email => "a\rBcc: eve@example.com", app_name => "b", public_url => "c" };

        let (subject, _, _) = templates.render(MailKind::AccountDeleted, &values).unwrap();

        assert_eq!(subject, "Bye aBcc: eve@example.com");
    }

    #[test]
    fn what_stands_in_a_page_is_escaped() {
        let templates = Templates::load(None).unwrap();
        let values = context! { email => "<script>", app_name => "b", public_url => "c" };

        let (_, _, html) = templates.render(MailKind::AccountDeleted, &values).unwrap();

        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let unknown = with("verify_mail.txt", "x").unwrap_err().to_string();
        let broken = with("verify_email.txt", "{% if %}").unwrap_err().to_string();

        assert!(unknown.contains("verify_mail.txt is none of"), "{unknown}");
        assert!(broken.contains("verify_email.txt: line 1"), "{broken}");
        let unset = with("verify_email.txt", "a {{ b }}\n\nc").unwrap();
        assert!(unset.render(MailKind::VerifyEmail, &context! {}).is_err());
    }
}
