//! Letters by SMTP, to the one configured server.
//!
//! Invariant: with `starttls` and `tls` nothing of a letter or credential leaves before the server's certificate was found good;
//! there is no falling back.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Courier, Letter, Undelivered};
use crate::config::{ConfigError, SmtpConfig, SmtpTls};

/// Answers of a server that say that a recipient or letter is no good (RFC 5321 §4.2.3). Others can be a fault of the server or
/// of this one's credentials, which somebody will mend.
const FINAL: [u16; 3] = [550, 551, 553];
/// Connections that are kept.
const CONNECTIONS: u32 = 2;

/// Speaks to one mail server.
#[derive(Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// A courier to the server of `config`. Does not connect yet.
    ///
    /// # Errors
    /// [`ConfigError`] when a certificate cannot be used.
    pub fn new(config: &SmtpConfig, from: &Mailbox) -> Result<Self, ConfigError> {
        let tls = match config.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Required(parameters(config)?),
            SmtpTls::Tls => Tls::Wrapper(parameters(config)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(Duration::from(config.timeout)))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        if let Some((name, password)) = &config.credentials {
            builder = builder.credentials(Credentials::new(name.clone(), password.expose().clone()));
        }
        Ok(Self { transport: builder.build(), from: from.clone() })
    }
}

fn parameters(config: &SmtpConfig) -> Result<TlsParameters, ConfigError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path).map_err(|fault| {
            ConfigError::new(format!("mail.ca_file: cannot read {}: {fault}", path.display()))
        })?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|fault| ConfigError::new(format!("mail.ca_file: {}: {fault}", path.display())))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|fault| ConfigError::new(format!("mail: TLS: {fault}")))
}

#[async_trait]
impl Courier for Smtp {
    async fn carry(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = message(letter, &self.from)?;
        self.transport.send(message).await.map(drop).map_err(|fault| Undelivered {
            is_final: fault.status().is_some_and(|code| FINAL.contains(&u16::from(code))),
            why: complaint(&fault),
        })
    }
}

/// The whole chain of causes in one line.
fn complaint(fault: &smtp::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// Tells other programs not to answer (RFC 3834 §5).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The letter as it travels (RFC 5322): text and page of the same words.
pub(super) fn message(letter: &Letter, from: &Mailbox) -> Result<Message, Undelivered> {
    let cannot = |what: &str| Undelivered { why: format!("cannot be written: {what}"), is_final: true };
    let to = letter.to.parse().map_err(|_| cannot("the recipient is no address"))?;
    let part = |kind, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject.clone())
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .header(AutoSubmitted)
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, letter.text.expose()))
                .singlepart(part(ContentType::TEXT_HTML, letter.html.expose())),
        )
        .map_err(|_| cannot("a header cannot be formed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(to: &str, subject: &str) -> Result<String, Undelivered> {
        let letter = Letter {
            id: "01a2".into(),
            to: to.into(),
            subject: subject.into(),
            text: "Hello".to_owned().into(),
            html: "<p>Hello</p>".to_owned().into(),
        };
        let from = "Doorward <no-reply@auth.example>".parse().unwrap();
        message(&letter, &from).map(|message| String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_letter_has_one_recipient_and_two_forms() {
        let text = written("ada@example.com", "Grüße").unwrap();

        for line in [
            "From: Doorward <no-reply@auth.example>",
            "To: ada@example.com",
            "Message-ID: <01a2@auth.example>",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
        }
        assert!(text.contains("text/plain") && text.contains("text/html"));
    }

    #[test]
    fn nobody_adds_a_header_or_a_recipient() {
        for address in [
            "a@example.com\r\nBcc: eve@example.com",
            "a@example.com, eve@example.com",
            "<a@example.com>",
            "a",
        ] {
            assert!(written(address, "x").is_err(), "{address:?}");
        }
        let text = written("ada@example.com", "x\r\nBcc: eve@example.com").unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }
}
