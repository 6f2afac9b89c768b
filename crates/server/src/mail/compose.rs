//! A mail of the queue as a letter: subject, text and page, with links to the configured addresses alone.

use doorward_core::Secret;
use doorward_core::mail::{MailKind, Outgoing, Proof};
use minijinja::{Value, context};

use super::template::{BadTemplate, Templates};
use crate::config::{ConfigError, MailConfig, Pages};

/// A letter, ready to go.
pub struct Letter {
    /// Names it; the same at each attempt.
    pub id: String,
    /// The one recipient.
    pub to: String,
    /// One line.
    pub subject: String,
    /// For programs that show text.
    pub text: Secret<String>,
    /// For programs that show pages.
    pub html: Secret<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Letter({})", self.id)
    }
}

/// Writes letters.
#[derive(Debug)]
pub struct Composer {
    templates: Templates,
    pages: Pages,
    app_name: String,
    public_url: String,
}

impl Composer {
    /// A composer for the server that is known by `public_url`.
    ///
    /// # Errors
    /// [`ConfigError`] when a template of the configured folder cannot be used.
    pub fn new(mail: &MailConfig, public_url: &str) -> Result<Self, ConfigError> {
        let composer = Self {
            templates: Templates::load(mail.templates.as_deref())?,
            pages: mail.pages.clone(),
            app_name: mail.app_name.clone(),
            public_url: public_url.to_owned(),
        };
        for kind in MailKind::ALL {
            composer.sample(*kind).map_err(|fault| ConfigError::new(format!("mail.templates: {fault}")))?;
        }
        Ok(composer)
    }

    /// The letter of `outgoing`.
    ///
    /// # Errors
    /// [`BadTemplate`].
    pub fn compose(&self, outgoing: &Outgoing) -> Result<Letter, BadTemplate> {
        let mail = &outgoing.mail;
        let mut letter = self.write(mail.kind, mail.to.as_str(), &mail.origin, outgoing.proof.as_ref())?;
        letter.id = mail.id.to_string();
        Ok(letter)
    }

    /// A letter of `kind` to nobody, to be looked at.
    ///
    /// # Errors
    /// [`BadTemplate`].
    pub fn sample(&self, kind: MailKind) -> Result<Letter, BadTemplate> {
        let ttl = doorward_core::Ttl::from_minutes(60);
        let proof = kind.purpose().map(|purpose| Proof {
            token: Secret::new("dwx_this-is-what-a-token-looks-like".to_owned()),
            ttl,
            code: purpose.has_code().then(|| Secret::new("12345678".to_owned())),
            code_ttl: doorward_core::Ttl::from_minutes(10),
        });
        self.write(kind, "ada@example.com", "192.0.2.1", proof.as_ref())
    }

    fn write(
        &self,
        kind: MailKind,
        to: &str,
        origin: &str,
        proof: Option<&Proof>,
    ) -> Result<Letter, BadTemplate> {
        let link = proof.map(|proof| self.link(kind, &proof.token)).unwrap_or_default();
        let code = proof.and_then(|proof| proof.code.as_ref()).map(spaced).unwrap_or_default();
        let values: Value = context! {
            app_name => self.app_name.as_str(),
            public_url => self.public_url.as_str(),
            email => to,
            origin => origin,
            link => link.as_str(),
            code => code.as_str(),
            link_ttl => proof.map(|proof| length(proof.ttl)).unwrap_or_default(),
            code_ttl => proof.map(|proof| length(proof.code_ttl)).unwrap_or_default(),
        };
        let (subject, text, html) = self.templates.render(kind, &values)?;
        Ok(Letter { id: String::new(), to: to.to_owned(), subject, text: text.into(), html: html.into() })
    }

    /// Where a mail of `kind` leads to. Nothing that came with a request is part of it.
    fn link(&self, kind: MailKind, token: &Secret<String>) -> String {
        let page = self.pages.of(kind);
        let (base, path) = match page {
            Some(page) => ("", page),
            None => (self.public_url.as_str(), built_in(kind)),
        };
        let separator = if path.contains('?') { '&' } else { '?' };
        format!("{base}{path}{separator}token={}", token.expose())
    }
}

/// The page of Doorward's own that takes the token of a mail of `kind`.
const fn built_in(kind: MailKind) -> &'static str {
    match kind {
        MailKind::ResetPassword => "/account/reset-password",
        MailKind::Invitation => "/account/invitation",
        MailKind::ChangeEmail => "/account/change-email",
        _ => "/account/verify-email",
    }
}

/// The code in two groups, as people read it.
fn spaced(code: &Secret<String>) -> String {
    let code = code.expose();
    let (left, right) = code.split_at(code.len() / 2);
    format!("{left} {right}")
}

/// A length of time in the largest unit that shows it whole.
fn length(ttl: doorward_core::Ttl) -> String {
    let minutes = ttl.as_seconds_ceil() / 60;
    let (number, unit) = match minutes {
        minutes if minutes >= 1440 && minutes % 1440 == 0 => (minutes / 1440, "day"),
        minutes if minutes >= 60 && minutes % 60 == 0 => (minutes / 60, "hour"),
        minutes => (minutes.max(1), "minute"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Environment};

    fn composer(settings: &str) -> Composer {
        let config = config::parse(settings, &Environment::default()).unwrap();
        Composer::new(&config.mail, "https://auth.example").unwrap()
    }

    #[test]
    fn every_mail_has_a_subject_of_one_line_a_text_and_a_page() {
        for kind in MailKind::ALL {
            let letter = composer("").sample(*kind).unwrap();

            assert!(!letter.subject.is_empty() && !letter.subject.contains(['\r', '\n']), "{kind}");
            for body in [letter.text.expose(), letter.html.expose()] {
                assert!(body.contains("Doorward"), "{kind}");
                assert_eq!(body.contains("dwx_this-is"), kind.purpose().is_some(), "{kind}");
            }
            assert!(!letter.text.expose().contains('<'), "{kind}");
            assert!(letter.html.expose().contains("</html>"), "{kind}");
        }
    }

    #[test]
    fn a_link_leads_to_the_public_address_or_to_the_page_that_is_configured() {
        let own = composer("").sample(MailKind::ResetPassword).unwrap();
        let theirs = composer("[mail]\nreset_page = \"https://app.example/new-password?lang=en\"");
        let theirs = theirs.sample(MailKind::ResetPassword).unwrap();

        assert!(own.text.expose().contains("https://auth.example/account/reset-password?token=dwx_"));
        assert!(theirs.text.expose().contains("https://app.example/new-password?lang=en&token=dwx_"));
    }

    #[test]
    fn lengths_of_time_are_told_as_people_say_them() {
        for (minutes, text) in [(1, "1 minute"), (90, "90 minutes"), (60, "1 hour"), (2880, "2 days")] {
            assert_eq!(length(doorward_core::Ttl::from_minutes(minutes)), text);
        }
    }
}
